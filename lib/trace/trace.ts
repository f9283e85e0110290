// The format of a trace: what a model did while it was recorded, line by line in the order it happened. A state at any
// moment is what the lines up to there come to (state.ts), so that a file, a page and a stream are one thing. Types
// only; docs/trace.md says the same for readers of other languages.
import type { TreeChange } from '../base/tree-change.js'
import type { Ledger, TokenCost } from '../engine/ledger.js'
import type { ObservedStep } from '../engine/observed.js'
import type { RunEvent } from '../run/report/event.js'
import type { ChoiceScores, VoteCounts } from '../run/report/results.js'

/** Readers refuse another one. A new field is no new version; a changed or missing one is. */
export const traceVersion = 1

/** What a model did while it was recorded, as JSON has it. */
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

/** The model that did it. */
export interface TracedModel {
  /** Of its file, without the folder. */
  readonly name: string
  /** Architecture, size and format of the weights. */
  readonly description: string
  /** As `model.info` has it. */
  readonly fingerprint: string
  /** Cells of its KV cache, so many tokens at most; null: any number. */
  readonly contextTokens: number | null
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
  | TracedTree
)

/** Texts of tokens that later lines name by their ids: pairs. Half a character is written as `<E2>`, byte by byte. */
export interface TokenTexts {
  readonly type: 'texts'
  readonly texts: readonly (readonly [token: number, text: string])[]
}

/** A run begins. */
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
  /** A letter for each: 'd' drawn by the model, 'f' the constraint left no choice, 'k' kept from the attempt before. */
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

/** Fills whose text does not count any more. The 'rollback' event of the hole just before or behind it says why. */
export interface GivenUp {
  readonly type: 'given-up'
  readonly run: number
  readonly fills: readonly number[]
}

/** A run ended: what it came to, and what it cost. */
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
  /** Numbers of the fills in the texts: also ones that were given up before, where the least bad one was kept. */
  readonly kept: readonly number[]
  /** By path of the hole. */
  readonly choices: Readonly<Record<string, ChoiceScores>>
  readonly votes: Readonly<Record<string, VoteCounts>>
}

/** A text and the tokens it is made of. */
export interface TracedText {
  /** Path of the branch; null: the run's own text. */
  readonly branch: string | null
  /**
   * Its first pieces and tokens are as many of the own text of that run, so that a long chat is not told again each
   * turn. A branch begins as the text of its own run.
   */
  readonly kept: { readonly run: number; readonly pieces: number; readonly tokens: number } | null
  /** Those behind the kept ones. */
  readonly pieces: readonly TracedPiece[]
  /** Those behind the kept ones; [] for an engine that has none. */
  readonly tokens: readonly number[]
  /** What all tokens, the kept ones too, cost this run: stretches of one class in order, with their lengths. */
  readonly costs: readonly (readonly [cost: TokenCost, tokens: number])[]
}

/** Who wrote a stretch of text: 'literal' the prompt, 'input' and 'known' the caller, 'mark' the chat template. */
export interface TracedPiece {
  readonly kind: 'literal' | 'input' | 'known' | 'generated' | 'mark'
  readonly hole: string | null
  readonly text: string
}

/** One step of the engine, which began `micros` before `at`. */
export type EngineStep = { readonly type: 'step' } & ObservedStep

/** What the steps changed in the tree of cached tokens since the line of this type before. */
export type TracedTree = { readonly type: 'tree' } & TreeChange
