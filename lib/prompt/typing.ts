// What a template captures, needs and takes, told from the types of its parts. Decides the inference only: nothing of
// it exists when a program runs.
import type { Interpolation, Nothing } from './part.js'

// The types of one interpolation; a function counts for what it returns, and a promise for what it becomes.
type Resolve<P> = P extends (...values: never) => infer R ? Awaits<R> : Awaits<P>
type Awaits<P> = P extends PromiseLike<infer R> ? R : P
type ValuesOfPart<P> = P extends { readonly '~values'?: infer V } ? V : Nothing
type InputsOfPart<P> = P extends { readonly '~inputs'?: infer I } ? I : Nothing
type KnownOfPart<P> = P extends { readonly '~known'?: infer K } ? K : Nothing
type StopsOfPart<P> = P extends { readonly '~stops'?: infer S } ? (unknown extends S ? Nothing : S) : Nothing

type Kind = 'values' | 'inputs' | 'known' | 'stops'
/** `D`: as many elements as lists of any length are around it; what is in very many is not told. */
type TypesOfPart<P, F extends Kind, D extends readonly unknown[] = []> = P extends
  | string
  | number
  | bigint
  | false
  | null
  | undefined
  ? Nothing
  : P extends readonly unknown[]
    ? TypesOfList<P, F, D>
    : F extends 'values'
      ? ValuesOfPart<P>
      : F extends 'inputs'
        ? InputsOfPart<P>
        : F extends 'known'
          ? KnownOfPart<P>
          : StopsOfPart<P>
/** Of a list nobody knows the length of, each part may be there or not. */
type TypesOfList<
  P extends readonly unknown[],
  F extends Kind,
  D extends readonly unknown[],
> = number extends P['length']
  ? [IsOpen<P[number]>, D['length']] extends [false, 0 | 1 | 2]
    ? Partial<Merged<TypesOfPart<Resolve<P[number]>, F, [...D, unknown]>>>
    : Nothing
  : Typed3<P, F>

type IsUnion<U, All = U> = U extends unknown
  ? (<T>() => T extends U ? 1 : 2) extends <T>() => T extends All ? 1 : 2
    ? false
    : true
  : never
type KeysOf<U> = U extends unknown ? keyof U : never
type MemberOf<U, K extends PropertyKey> = U extends unknown ? (K extends keyof U ? U[K] : never) : never
type HasAlways<U, K extends PropertyKey> = U extends unknown
  ? K extends keyof U
    ? Nothing extends Pick<U, K>
      ? false
      : true
    : false
  : never
type AlwaysOf<U> =
  KeysOf<U> extends infer K extends PropertyKey
    ? K extends unknown
      ? false extends HasAlways<U, K>
        ? never
        : K
      : never
    : never
/** One of several: what all of them have is there, what only some have may be. */
type Merged<U> =
  true extends IsUnion<U>
    ? Flat<
        { readonly [K in AlwaysOf<U>]: MemberOf<U, K> } & {
          readonly [K in Exclude<KeysOf<U>, AlwaysOf<U>>]?: MemberOf<U, K>
        }
      >
    : U

/** Of several parts all that one of them may have; what one part has stays as it is, also where it is a union. */
type Together<P, T> = true extends IsUnion<P> ? Merged<T> : T

// Boxed, so that a union inside one part (a value's type) is not torn apart. Of what may be any part nothing is known.
type Box<P, F extends Kind> = {
  readonly box: IsOpen<Resolve<P>> extends true ? Nothing : Together<Resolve<P>, TypesOfPart<Resolve<P>, F>>
}
type IsOpen<P> = [P] extends [never] ? true : Interpolation extends P ? true : false
/** What is in all of the boxes. */
export type Intersect<U> = (U extends { readonly box: infer T } ? (all: T) => void : never) extends (
  all: infer A,
) => void
  ? A
  : Nothing
export type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never

type Typed3<P extends readonly unknown[], F extends Kind> = P extends readonly []
  ? Nothing
  : Flat<Intersect<{ [I in keyof P]: Box<P[I], F> }[number]>>

/** Values captured by the parts of a template. */
export type ValuesOf<P extends readonly unknown[]> = Typed3<P, 'values'>
/** Inputs needed by the parts of a template. */
export type InputsOf<P extends readonly unknown[]> = Typed3<P, 'inputs'>
/** Known values the parts of a template take. */
export type KnownOf<P extends readonly unknown[]> = Typed3<P, 'known'>

/** Texts that may end the holes of a template, by name. */
export type StopsOf<P extends readonly unknown[]> = Typed3<P, 'stops'>

/** Values a prompt captures; of one of several prompts, what all of them capture and, if need be, the others. */
export type PromptValues<P> = Together<P, ValuesOfPart<P>>
/**
 * Values of a conversation once a prompt was run in it: a name captured again has the new value's type, or either where
 * it may be captured again.
 */
export type Grown<V, W> = unknown extends V
  ? W
  : unknown extends W
    ? W
    : V extends unknown
      ? W extends unknown
        ? GrownBy<V, W>
        : never
      : never
type GrownBy<V, W> = Flat<
  {
    [K in keyof V as K extends AlwaysOf<W> ? never : K]: K extends keyof W ? V[K] | Required<W>[K] : V[K]
  } & {
    [K in keyof W as K extends Exclude<keyof V, AlwaysOf<W>> ? never : K]: W[K]
  }
>

/** Inputs a prompt needs. */
export type PromptInputs<P> = Together<P, InputsOfPart<P>>
/** Known values a prompt takes. */
export type PromptKnown<P> = Together<P, KnownOfPart<P>>

// Members without a string key (the neutral element) accept any object; this one accepts none.
type Exactly<T> = keyof T extends never ? Readonly<Record<string, never>> : T

/** Everything a run of the prompt may be given: its inputs, and known values for holes. */
export type Given<I, K> = Exactly<Flat<I & K>>

/**
 * Beside a prompt that is given nothing: nothing to ask for where it needs no inputs, else the inputs, so that the
 * compiler says which property is missing.
 */
export type Complete<I> = Nothing extends I ? unknown : I

/** What is given with options behind it: undefined stands for nothing where nothing is needed. */
export type GivenOrNone<I, K> = Given<I, K> | (Nothing extends I ? undefined : never)
