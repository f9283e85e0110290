// What a prompt is made of: immutable parts, each carrying the types of the values it captures and the inputs it
// needs. Decides the shapes and their inference only; never validates, never knows an engine.
import type { Constraint } from '../constraint/constraint-type.js'
import type { MessageHead } from './message-head.js'
import type { HoleOptions } from './options.js'
import type { Tool, ToolLimits } from './tool-part.js'

/**
 * Carries types through a template; exists at compile time only.
 * `Values`: what is captured. `Inputs`: what must be given. `Known`: what may be given instead of generated.
 */
export interface Typed<Values, Inputs, Known> {
  readonly '~values'?: Values
  readonly '~inputs'?: Inputs
  readonly '~known'?: Known
}

// biome-ignore lint/complexity/noBannedTypes: the empty object is the neutral element of an intersection.
export type Nothing = {}

/** Text that is the same in every run. */
export interface TextPart {
  readonly kind: 'text'
  readonly text: string
}

/** Text that every run gives. */
export interface Input<N extends string = string>
  extends Typed<Nothing, { readonly [name in N]: string }, Nothing> {
  readonly kind: 'input'
  /** The key under which a run gives its text. */
  readonly name: N
}

/** What a hole without a constraint of its own may hold: any text up to a stop. */
export interface FreeText {
  /** Texts that end the value (they are not part of it); empty: the literal after the hole ends it. */
  readonly stops: readonly string[]
}

/** How a hole is filled. */
export type HoleMethod =
  | { readonly kind: 'sample' }
  /** Whole options are scored; only where the constraint is a choice. */
  | { readonly kind: 'score'; readonly options: readonly string[]; readonly score: ScoreKind }
  /** By a beam search of this width. */
  | { readonly kind: 'beam'; readonly width: number }

export type ScoreKind = 'sum' | 'mean' | 'unconditional'

/** The named place the model fills. */
export interface Hole<N extends string = string, V = unknown>
  extends Typed<{ readonly [name in N]: V }, Nothing, { readonly [name in N]?: V }> {
  readonly kind: 'hole'
  /** The key of its value. */
  readonly name: N
  /** What it may hold. */
  readonly language: Constraint<V> | FreeText
  readonly method: HoleMethod
  /** As the caller gave them, without defaults. */
  readonly options: HoleOptions<V>
}

/** What the model thinks before the rest of its message. */
export interface Thinking<N extends string = string>
  extends Typed<{ readonly [name in N]: string }, Nothing, { readonly [name in N]?: string }> {
  readonly kind: 'thinking'
  /** Any text; what ends it, the chat template says. */
  readonly hole: Hole<N, string>
}

/** A chat message; the model's own template puts its marks around it. */
export interface Message<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K>, MessageHead {
  readonly kind: 'message'
  /** What was thought before, where that is known. */
  readonly thinking?: string
  readonly parts: readonly Part[]
}

/** How the texts of branches go on in the transcript after them. */
export type Join = string | null | ((texts: readonly string[]) => string)

/** Prompts that run side by side from here. */
export interface Branches<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'branches'
  readonly branches: Readonly<Record<string, Prompt>>
  readonly join: Join
}

/** One prompt for each item, side by side from here. */
export interface Each<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'each'
  readonly name: string
  readonly items: readonly unknown[] | ((values: ValuesSoFar) => readonly unknown[])
  readonly prompts: (item: unknown, index: number) => Prompt
  readonly join: Join
}

/** One prompt again and again; from `min` on the model decides whether to go on. */
export interface Repeat<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'repeat'
  readonly name: string
  readonly prompt: Prompt
  readonly min: number
  readonly max: number
  readonly separator: string
}

/** Several fills side by side, of which one is kept. */
export interface Choose<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'choose'
  readonly method:
    | { readonly kind: 'best'; readonly count: number; readonly score: ScoreFunction }
    | { readonly kind: 'vote'; readonly count: number; readonly by: VoteFunction | null }
  readonly prompt: Prompt
}

/** A score for one of several fills; the highest wins, the first among equals. */
export type ScoreFunction = (
  // biome-ignore lint/suspicious/noExplicitAny: the typed builders narrow it; the walk only passes it on.
  values: any,
  detail: { readonly text: string; readonly tokens: number },
) => number | Promise<number>

/** What one of several fills votes for: any value that JSON has; undefined: for nothing. */
export type VoteFunction = (
  // biome-ignore lint/suspicious/noExplicitAny: the typed builders narrow it; the walk only passes it on.
  values: any,
) => unknown

/** The assistant's turn with tools: calls and their results, again and again, then an answer. */
export interface Tools<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'tools'
  readonly name: string
  readonly tools: Readonly<Record<string, Tool>>
  readonly answer: Hole
  readonly limits: ToolLimits
}

/** Values captured before a part, by name. */
export type ValuesSoFar = Readonly<Record<string, unknown>>

/** A part computed from the values captured before it. */
export interface Computed {
  readonly kind: 'computed'
  readonly make: (values: ValuesSoFar) => Prompt
}

export type Part =
  | TextPart
  | Input
  | Hole
  | Thinking
  | Message
  | Branches
  | Each
  | Repeat
  | Choose
  | Tools
  | Computed
  | { readonly kind: 'prompt'; readonly prompt: Prompt }

/** An immutable template. */
export interface Prompt<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'prompt'
  /** In the order they are written; no text is empty, and no two stand side by side. */
  readonly parts: readonly Part[]
  /** Null: its values are not checked together. */
  readonly check: PromptCheck | null
}

/** A check on everything a prompt captured. */
export interface PromptCheck {
  // biome-ignore lint/suspicious/noExplicitAny: `checked` narrows it to the prompt's values.
  readonly check: (values: any, text: string) => true | string | Promise<true | string>
  readonly retries: number
}

// What a template literal may contain. The functions are methods by type, so that a caller may say which values they
// need: `(values: { category: string }) => ...`.
type ComputedFunction = { make(values: ValuesSoFar): Interpolation }['make']
export type Interpolation =
  | string
  | number
  /** Nothing, so that `condition && part` may stand in a template. */
  | false
  | Prompt
  | Input
  | Hole
  | Thinking
  | Message
  | Branches
  | Each
  | Repeat
  | Choose
  | Tools
  | ComputedFunction

// The types of one interpolation; a function counts for what it returns.
type Resolve<P> = P extends (...values: never) => infer R ? R : P
type ValuesOfPart<P> = P extends { readonly '~values'?: infer V } ? V : Nothing
type InputsOfPart<P> = P extends { readonly '~inputs'?: infer I } ? I : Nothing
type KnownOfPart<P> = P extends { readonly '~known'?: infer K } ? K : Nothing

type Kind = 'values' | 'inputs' | 'known'
type TypesOfPart<P, F extends Kind> = P extends string | number | false
  ? Nothing
  : F extends 'values'
    ? ValuesOfPart<P>
    : F extends 'inputs'
      ? InputsOfPart<P>
      : KnownOfPart<P>

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
type OneOf<U> =
  true extends IsUnion<U>
    ? Flat<
        { readonly [K in AlwaysOf<U>]: MemberOf<U, K> } & {
          readonly [K in Exclude<KeysOf<U>, AlwaysOf<U>>]?: MemberOf<U, K>
        }
      >
    : U

// Boxed, so that a union inside one part (a value's type) is not torn apart.
type Box<P, F extends Kind> = { readonly box: OneOf<TypesOfPart<Resolve<P>, F>> }
/** What is in all of the boxes. */
export type Intersect<U> = (U extends { readonly box: infer T } ? (all: T) => void : never) extends (
  all: infer A,
) => void
  ? A
  : Nothing
type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never

type Typed3<P extends readonly unknown[], F extends Kind> = P extends readonly []
  ? Nothing
  : Flat<Intersect<{ [I in keyof P]: Box<P[I], F> }[number]>>

/** Values captured by the parts of a template. */
export type ValuesOf<P extends readonly unknown[]> = Typed3<P, 'values'>
/** Inputs needed by the parts of a template. */
export type InputsOf<P extends readonly unknown[]> = Typed3<P, 'inputs'>
/** Known values the parts of a template take. */
export type KnownOf<P extends readonly unknown[]> = Typed3<P, 'known'>

/** Values a prompt captures; of one of several prompts, what all of them capture and, if need be, the others. */
export type PromptValues<P> = OneOf<ValuesOfPart<P>>
/**
 * Values of a conversation once a prompt was run in it: a name captured again has the new value's type, or either where
 * it may be captured again.
 */
export type Grown<V, W> = unknown extends V
  ? W
  : unknown extends W
    ? W
    : Flat<
        {
          [K in keyof V as K extends AlwaysOf<W> ? never : K]: K extends keyof W
            ? V[K] | Required<W>[K]
            : V[K]
        } & {
          [K in keyof W as K extends Exclude<keyof V, AlwaysOf<W>> ? never : K]: W[K]
        }
      >

/** Inputs a prompt needs. */
export type PromptInputs<P> = OneOf<InputsOfPart<P>>
/** Known values a prompt takes. */
export type PromptKnown<P> = OneOf<KnownOfPart<P>>

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
