// Values out of the middle of a constraint, by name: which names one has, how they come together where constraints are
// put together, and what they mean in a text. Decides only that; which stretch of a text a part has is read elsewhere.
import { ConstraintError } from '../base/errors.js'
import { isRecord, quoted, shown } from '../base/seen.js'
import type { Constraint } from './constraint-type.js'

/** What marks a constraint whose value is an object of its captures. */
export interface Capturing {
  /** The names that it captures. */
  readonly captures: readonly string[]
}

/** The values captured under one name, in the order of the text, however often there was one. */
export type Times<V> = readonly V[] & { readonly '~times'?: never }

/** The captures of a part; none where it has none. */
// biome-ignore lint/complexity/noBannedTypes: the empty object is the neutral element of an intersection.
export type CapturesOf<P> = P extends Constraint<infer V> & Capturing ? V : {}
/** Whether one of the parts (a union) captures. */
export type HasCaptures<P> = [Extract<P, Capturing>] extends [never] ? false : true
/** The marker, where a part captures. */
export type MarkOf<P> = P extends Capturing ? Capturing : unknown

type Flat<T> = { readonly [K in keyof T]: T[K] }
type KeysOf<U> = U extends unknown ? keyof U : never
type ValueAt<U, K> = U extends unknown ? (K extends keyof U ? U[K] : never) : never

/** Of parts that all are there. */
export type CapturesOfAll<P extends readonly unknown[]> = Flat<Merged<P>>
type Merged<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Rest]
  ? CapturesOf<Head> & Merged<Rest>
  : unknown
/** Of alternatives (a union): what not all of them have may be absent. */
export type CapturesOfEither<P> = EitherOf<CapturesOf<P>>
type EitherOf<U> = Flat<
  { readonly [K in CommonKeysOf<U>]: ValueAt<U, K> } & {
    readonly [K in Exclude<KeysOf<U>, CommonKeysOf<U>>]?: ValueAt<U, K>
  }
>
type CommonKeysOf<U> = Extract<keyof U, PropertyKey>
/** Of a part that may be left out. */
export type CapturesOfOptional<P> = Flat<Partial<CapturesOf<P>>>
/** Of a part that comes several times. */
export type CapturesOfMany<P> = ListsOf<CapturesOf<P>>
type ListsOf<C> = { readonly [K in keyof C]-?: ListOf<NonNullable<C[K]>> }
type ListOf<V> = '~times' extends keyof V ? V : Times<V>

/** One that was captured: the stretch of the text and what it is read as. */
export interface Captured {
  readonly name: string
  readonly part: Constraint
  readonly text: string
}

/** 'one': once at most. 'list': any number of times. */
export type CaptureNames = ReadonlyMap<string, 'one' | 'list'>

/** What a constraint captures in a member text. */
export interface CaptureReader {
  readonly names: CaptureNames
  /** In the order of the text. */
  read(text: string, reading: Reading): readonly Captured[]
}

/** How far one reading got into levels of recursion: each is read within the one around it. */
export class Reading {
  readonly #depth: number
  /** Characters that may still be read within levels, whichever. */
  readonly #left: { characters: number }

  private constructor(depth: number, left: { characters: number }) {
    this.#depth = depth
    this.#left = left
  }

  static begun(): Reading {
    return new Reading(0, { characters: nestedMax })
  }

  /** One level further in, which has this text. Throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
  deeper(text: string): Reading {
    this.#left.characters -= text.length
    if (this.#depth < depthMax && this.#left.characters >= 0) return new Reading(this.#depth + 1, this.#left)
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `A text nests deeper than ${depthMax} levels, or its levels have more than ${nestedMax} characters together, ` +
        'and captures are told of no more; expected a simpler one.',
    )
  }
}

const readers = new WeakMap<object, CaptureReader>()
const noNames: CaptureNames = new Map()

const depthMax = 200
/** Reading so many takes a second or two. */
const nestedMax = 50_000

/** Notes what a constraint captures, and gives it back. */
export function noteCaptures<C extends object>(made: C, reader: CaptureReader): C {
  readers.set(made, reader)
  return made
}

/** What marks a constraint whose value is that of another one. */
export function markOf(other: Constraint): Capturing | Record<never, never> {
  const captures = [...captureNames(other).keys()]
  return captures.length === 0 ? {} : { captures }
}

/** Notes that a constraint captures what another one does, and gives it back. */
export function noteCapturesOf<C extends object>(made: C, other: Constraint): C {
  const reader = readers.get(other)
  return reader === undefined ? made : noteCaptures(made, reader)
}

export function captureNames(constraint: Constraint): CaptureNames {
  return readers.get(constraint)?.names ?? noNames
}

/** What it captures in one of its texts. Throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
export function capturedIn(constraint: Constraint, text: string, reading: Reading): readonly Captured[] {
  return readers.get(constraint)?.read(text, reading) ?? []
}

/** Of parts that all are there. Throws ConstraintError CAPTURE_TWICE. */
export function namesOfAll(parts: readonly Constraint[]): CaptureNames {
  const all = new Map<string, 'one' | 'list'>()
  for (const part of parts) {
    for (const [name, times] of captureNames(part)) {
      if (all.has(name)) throw twice(name, 'in two parts of one constraint; give each its own name')
      all.set(name, times)
    }
  }
  return all
}

/** Of alternatives. Throws ConstraintError CAPTURE_TWICE. */
export function namesOfEither(parts: readonly Constraint[]): CaptureNames {
  const all = new Map<string, 'one' | 'list'>()
  for (const part of parts) {
    for (const [name, times] of captureNames(part)) {
      if ((all.get(name) ?? times) === times) all.set(name, times)
      else throw twice(name, 'one value in one alternative and a list in another; give each its own name')
    }
  }
  return all
}

/** Of a part that comes several times. */
export function namesOfMany(names: CaptureNames): CaptureNames {
  return new Map([...names.keys()].map((name) => [name, 'list']))
}

function twice(name: string, how: string): ConstraintError {
  return new ConstraintError('CAPTURE_TWICE', `The capture ${quoted(name)} is ${how}.`)
}

/** The object of the captures; a name that was captured nowhere is absent, or an empty list. */
export function captureObject(
  names: CaptureNames,
  captured: readonly Captured[],
  values: readonly unknown[],
): Readonly<Record<string, unknown>> {
  const found = new Map<string, unknown>()
  for (const [name, times] of names) if (times === 'list') found.set(name, [])
  for (const [index, { name }] of captured.entries()) {
    const value = values[index]
    if (names.get(name) === 'list') (found.get(name) as unknown[]).push(value)
    else if (names.has(name)) found.set(name, value)
  }
  return Object.fromEntries(found)
}

/** What a caller gives as captures, by name. Throws ConstraintError VALUE_INVALID. */
export type KnownCaptures = ReadonlyMap<string, unknown>

export function knownCaptures(names: CaptureNames, value: unknown): KnownCaptures {
  if (!isRecord(value)) throw invalid(`is ${shown(value)}, expected an object of its captures`)
  const known = new Map(Object.entries(value).filter(([, one]) => one !== undefined))
  const other = [...known.keys()].find((name) => !names.has(name))
  if (other === undefined) return known
  throw invalid(
    `has ${quoted(other)}, expected no other names than ${[...names.keys()].map(quoted).join(', ')}`,
  )
}

/** Those that a part has names for, as the object that it takes. */
export function capturesFor(part: Constraint, known: KnownCaptures): Readonly<Record<string, unknown>> {
  const names = captureNames(part)
  return Object.fromEntries([...known].filter(([name]) => names.has(name)))
}

export function invalid(why: string): ConstraintError {
  return new ConstraintError('VALUE_INVALID', `A value of captures ${why}.`)
}
