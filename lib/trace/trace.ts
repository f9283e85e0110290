// The format of a trace: what a model did while it was recorded, line by line in the order it happened. A state at any
// moment is what the lines up to there come to (state.ts), so that a file, a page and a stream are one thing. Types
// only; docs/trace.md says the same for readers of other languages.
import type { Ledger } from '../engine/ledger.js'
import type { RunEvent } from '../run/report/event.js'
import type { ChoiceScores, VoteCounts } from '../run/report/results.js'

/** Readers refuse another one. A new field is no new version; a changed or missing one is. */
export const traceVersion = 1

export interface Trace {
  readonly format: 'espalier-trace'
  readonly version: typeof traceVersion
  /** Of the package that wrote it. */
  readonly espalier: string
  /** When it began: ISO 8601, UTC. */
  readonly began: string
  readonly model: TracedModel
  /** Lines that were given up for room, all of them before the first one. */
  readonly dropped: number
  readonly lines: readonly TraceLine[]
}

export interface TracedModel {
  readonly name: string
  readonly architecture: string
  /** Tokens a text may have. */
  readonly contextTokens: number
  /** Cells of the KV cache; 0 where the engine has none. */
  readonly cells: number
  /** What it remembers by: 'full', 'window', 'recurrent', 'hybrid', or what the engine says. */
  readonly memory: string
}

/** `at`: milliseconds since the trace began. */
export type TraceLine = { readonly at: number } & (
  | TokenTexts
  | RunBegin
  | RunHappening
  | Fill
  | GivenUp
  | RunEnd
  | EngineStep
  | TreeChange
)

/** Texts of tokens that later lines name by their ids: pairs. Half a character is written as `<E2>`, byte by byte. */
export interface TokenTexts {
  readonly type: 'texts'
  readonly texts: readonly (readonly [token: number, text: string])[]
}

export interface RunBegin {
  readonly type: 'run'
  /** Of the run in this trace, from 0 on. */
  readonly run: number
  /** The run whose text it goes on from; null: none, or none of this trace. */
  readonly after: number | null
  readonly seed: number
  /** The prompt in a line: texts as they stand, holes as `{name}`. At most 200 characters. */
  readonly prompt: string
}

/** What a stream tells too, but for single tokens and unfinished values. */
export interface RunHappening {
  readonly type: 'event'
  readonly run: number
  readonly event: Exclude<RunEvent, { readonly type: 'token' | 'partial' }>
}

/**
 * One attempt at a hole, in tokens; told when it ended. One that nothing gave up is part of the text. The lists have an
 * entry for each token, in order.
 */
export interface Fill {
  readonly type: 'fill'
  readonly run: number
  /** Of the fill in this run, from 0 on. */
  readonly fill: number
  /** Path of the hole. */
  readonly hole: string
  /** When it was asked for, as `at`. */
  readonly since: number
  /** Tokens before the hole's first one; of them `healed` were taken off and spelled anew with the value. */
  readonly from: number
  readonly healed: number
  readonly tokens: readonly number[]
  /** A letter for each: 'd' drawn by the model, 's' the only one the constraint allowed, 'f' forced, 'k' kept from before. */
  readonly kinds: string
  /** ln p of each by the model alone; null: nothing drew it, or it was not recorded. */
  readonly logprobs: readonly (number | null)[]
  /** ln of what all allowed tokens had together; null as above. Their sum is the distortion. */
  readonly allowed: readonly (number | null)[]
  /** The model's most probable ones, the best first; null as above. */
  readonly alternatives: readonly (readonly Alternative[] | null)[]
  /** The value's text. */
  readonly text: string
  /** How it ended: 'stop', 'literal', 'complete', 'end', 'limit', or 'unfinished', 'rejected', 'dead-end'. */
  readonly end: string
  /** What the hole takes, in a few words: 'any text', 'a constraint'. */
  readonly takes: string
}

/** `allowed`: 1, or 0 where the constraint, a ban or an attempt rejected before did not let it come. */
export type Alternative = readonly [token: number, logprob: number, allowed: 0 | 1]

/** Fills whose text does not count any more. The 'rollback' event that comes next, if any, says why. */
export interface GivenUp {
  readonly type: 'given-up'
  readonly run: number
  readonly fills: readonly number[]
}

export interface RunEnd {
  readonly type: 'end'
  readonly run: number
  readonly outcome: 'done' | 'failed' | 'aborted'
  /** Null where it is done. */
  readonly error: { readonly code: string; readonly message: string } | null
  /** The run's text, and then those of branches that are results; [] where it is not done. */
  readonly texts: readonly TracedText[]
  /** Null where it is not done. */
  readonly ledger: Ledger | null
  readonly values: Readonly<Record<string, unknown>>
  /** By path of the hole. */
  readonly choices: Readonly<Record<string, ChoiceScores>>
  readonly votes: Readonly<Record<string, VoteCounts>>
}

/** A text and the tokens it is made of. */
export interface TracedText {
  /** Path of the branch; null: the run's own text. */
  readonly branch: string | null
  readonly pieces: readonly TracedPiece[]
  /** [] for an engine that has none. */
  readonly tokens: readonly number[]
  /**
   * A letter for each token, by what it cost this run: 'c' cached, 'r' restored from host memory, 'p' prefilled,
   * 'd' drawn, 'f' forced, 'a' decoded again.
   */
  readonly classes: string
}

/** Who wrote a stretch of text: 'literal' the prompt, 'input' and 'known' the caller, 'mark' the chat template. */
export interface TracedPiece {
  readonly kind: 'literal' | 'input' | 'known' | 'generated' | 'mark'
  readonly hole: string | null
  readonly text: string
}

/** One step of the engine, whichever runs it was for. */
export interface EngineStep {
  readonly type: 'step'
  /** From 0 on. */
  readonly step: number
  /** Microseconds: all of it, and inside of llama_decode. It began so long before `at`. */
  readonly micros: number
  readonly decodeMicros: number
  /** llama_decode calls. */
  readonly calls: number
  /** Rows of llama_decode by what they were for. `again` are those of the others that had been decoded before. */
  readonly rows: {
    readonly known: number
    readonly drawn: number
    readonly scored: number
    readonly again: number
  }
  /** Requests in the step, and those that had to wait for a later one. */
  readonly working: number
  readonly waiting: number
  /** Cells in use after it; the highest one in use, which every llama_decode attends up to. */
  readonly cells: number
  readonly attended: number
  /** Bytes of host memory that hold parked states. */
  readonly parkedBytes: number
  /** How many of each were carried out: forks, truncations and so on. */
  readonly ops: {
    readonly fork: number
    readonly truncate: number
    readonly park: number
    readonly restore: number
    readonly shift: number
    readonly repack: number
  }
}

/** What a step changed in the tree of cached tokens. */
export interface TreeChange {
  readonly type: 'tree'
  readonly nodes: readonly TracedNode[]
  readonly gone: readonly GoneNode[]
}

/** A node as it is now. The tokens from `tokensFrom` of the node on are new: `tokens`. */
export interface TracedNode {
  readonly id: number
  /** Null: it begins a text. */
  readonly parent: number | null
  /** Tokens before its first one. */
  readonly from: number
  readonly length: number
  /** In cells, or in host memory. */
  readonly state: 'live' | 'parked'
  /** Whether a request or a pin holds it or something below it. */
  readonly held: boolean
  readonly tokensFrom: number
  readonly tokens: readonly number[]
}

/** 'joined': its tokens are its parent's now. 'freed': its cells, or its bytes of host memory, were given to others. */
export interface GoneNode {
  readonly id: number
  readonly why: 'joined' | 'freed'
}
