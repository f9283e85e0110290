// What a prompt is made of: immutable parts, each carrying the types of the values it captures and the inputs it
// needs. Decides the shapes only; never validates, never knows an engine.
import type { Constraint } from '../constraint/constraint-type.js'
import type { Stop } from '../constraint/stops.js'
import type { MessageHead } from './message-head.js'
import type { HoleOptions } from './options.js'
import type { ScoreMethod } from './scores.js'
import type { Tool, ToolLimits } from './tool-part.js'

/**
 * Carries types through a template; exists at compile time only.
 * `Values`: what is captured. `Inputs`: what must be given. `Known`: what may be given instead of generated. `Stops`:
 * by what texts holes may be ended, by name.
 */
export interface Typed<Values, Inputs, Known, Stops = unknown> {
  readonly '~values'?: Values
  readonly '~inputs'?: Inputs
  readonly '~known'?: Known
  readonly '~stops'?: Stops
}

// biome-ignore lint/complexity/noBannedTypes: the empty object is the neutral element of an intersection.
export type Nothing = {}

/** Text that is the same in every run. */
export interface TextPart {
  readonly kind: 'text'
  readonly text: string
}

/** Text, and numbers as they are written in decimal. */
export type InputText = string | number | bigint

/** Text that every run gives. */
export interface Input<N extends string = string, T = unknown>
  extends Typed<Nothing, { readonly [name in N]: T }, Nothing> {
  readonly kind: 'input'
  /** The key under which a run gives it. */
  readonly name: N
  /** The text of what a run gives. Default: that is text or a number. */
  readonly format?: { format(value: T): string }['format']
}

/** What a hole without a constraint of its own may hold: any text up to a stop. */
export interface FreeText {
  /** What ends the value; empty: the literal after the hole does. */
  readonly stops: readonly Stop[]
  /** Default: 'cut'. */
  readonly stopText?: StopText
}

/**
 * What becomes of the text of the stop that ended a value. 'cut': it is nowhere. 'kept': it stands in the transcript
 * behind the value. 'value': it is the value's end.
 */
export type StopText = 'cut' | 'kept' | 'value'

/** How a hole is filled. */
export type HoleMethod =
  | { readonly kind: 'sample' }
  /** Whole options are scored; only where the constraint is a choice. */
  | ScoreMethod
  /** By a beam search of this width. */
  | { readonly kind: 'beam'; readonly width: number }

/** The named place the model fills. */
export interface Hole<N extends string = string, V = unknown, S = unknown>
  extends Typed<
    { readonly [name in N]: V },
    Nothing,
    { readonly [name in N]?: V },
    { readonly [name in N]: S }
  > {
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
export interface Message<V = unknown, I = unknown, K = unknown, S = unknown>
  extends Typed<V, I, K, S>,
    MessageHead {
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

/** Prompts of which the model chooses one, by writing what it begins with. */
export interface OneOf<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'one-of'
  /** The key of the chosen key. */
  readonly name: string
  readonly prompts: Readonly<Record<string, Prompt>>
}

/** A prompt that runs on a fork from here, of which a value stays and no text. */
export interface Ask<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'ask'
  readonly name: string
  readonly prompt: Prompt
  /** null: its last value, or its text where it captures none. */
  readonly pick: PickFunction | null
}

export type PickFunction = (
  // biome-ignore lint/suspicious/noExplicitAny: the typed builder narrows it; the walk only passes it on.
  values: any,
  detail: { readonly text: string },
) => unknown

/** A hole whose value is appended to a list. */
export interface Collect<N extends string = string, V = unknown>
  extends Typed<{ readonly [name in N]: readonly V[] }, Nothing, { readonly [name in N]?: readonly V[] }> {
  readonly kind: 'collect'
  /** Of the list. */
  readonly name: N
  readonly hole: Hole
}

/** Several fills side by side, of which one is kept. */
export interface Choose<V = unknown, I = unknown, K = unknown> extends Typed<V, I, K> {
  readonly kind: 'choose'
  readonly method:
    | { readonly kind: 'best'; readonly count: number; readonly score: ScoreFunction | 'logprob' }
    | { readonly kind: 'beam'; readonly count: number }
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

/** A part computed from the values captured before it, at once or in time. */
export interface Computed {
  readonly kind: 'computed'
  readonly make: (values: ValuesSoFar) => Prompt | PromiseLike<Prompt>
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
  | OneOf
  | Choose
  | Ask
  | Collect
  | Tools
  | Computed
  | { readonly kind: 'prompt'; readonly prompt: Prompt }

/** An immutable template. */
export interface Prompt<V = unknown, I = unknown, K = unknown, S = unknown> extends Typed<V, I, K, S> {
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
  | bigint
  /** Nothing, so that `condition && part` and a part that may be missing can stand in a template. */
  | false
  | null
  | undefined
  /** Its parts, one after the other. */
  | readonly Interpolation[]
  /** Waited for when the walk comes to it. */
  | PromiseLike<Interpolation>
  | Prompt
  | Input
  | Hole
  | Thinking
  | Message
  | Branches
  | Each
  | Repeat
  | OneOf
  | Choose
  | Ask
  | Collect
  | Tools
  | ComputedFunction
