// What a walk carries along besides its state: the engine, the options, the ledger, and for each namespace (a run, a
// branch, an item) what it was given. Decides paths and which paths of tokens were tried. Never touches a transcript.

import type { FillAttempt } from '../base/errors.js'
import type { Engine, Lineage } from '../engine/engine.js'
import type { TokenLogprobs } from '../native/addon.js'
import { depthMax, tooDeep } from '../prompt/depth.js'
import type { SamplingOptions } from '../prompt/options.js'
import type { Answers } from './answers.js'
import type { Appended } from './append.js'
import type { TokenBoundary } from './boundary.js'
import type { ChatHistory, RenderChat } from './chat.js'
import type { ConstraintCache } from './constraint-cache.js'
import type { Listener } from './event.js'
import { nothingRejected, type Rejected } from './exclude.js'
import type { RunLedger } from './ledger.js'
import type { Overflow } from './overflow.js'
import type { Pace } from './pace.js'
import type { ChoiceScores } from './score.js'
import type { Turns } from './side-by-side.js'
import { commonLength, type TranscriptState } from './transcript.js'
import type { VoteCounts } from './vote.js'

/** Everything one run shares. */
export interface RunContext {
  readonly engine: Engine
  readonly boundary: TokenBoundary
  readonly chat: RenderChat | null
  readonly history: ChatHistory
  readonly sampling: SamplingOptions
  /** What computes where nothing is before; null: no adapters. */
  readonly adapted: Lineage | null
  readonly seed: number
  readonly signal: AbortSignal
  readonly ledger: RunLedger
  readonly listener: Listener
  readonly constraints: ConstraintCache
  readonly answers: Answers
  readonly turns: Turns
  /** What is appended before the walk comes to it. */
  readonly opening: Appended
  readonly pace: Pace
  /** Attempts made at each path so far, for seeds and for the error that ends them. */
  readonly attempts: Map<string, FillAttempt[]>
  readonly choices: Map<string, ChoiceScores>
  readonly votes: Map<string, VoteCounts>
  /** Of the holes whose options ask for them, by path. */
  readonly logprobs: Map<string, readonly TokenLogprobs[]>
  /** What may be lost at the end of the context; null: nothing. */
  readonly overflow: Overflow | null
  /** Transcripts of branches that are results though no text of theirs was joined. */
  readonly kept: TranscriptState[]
}

/** The same run, for a walk that may be given up: what it comes to stays apart until it is adopted. */
export function apart(run: RunContext): RunContext {
  return { ...run, choices: new Map(), votes: new Map(), logprobs: new Map(), kept: [] }
}

/** Takes what came of a walk apart. */
export function adopt(run: RunContext, { choices, votes, logprobs, kept }: RunContext): void {
  for (const [path, scores] of choices) run.choices.set(path, scores)
  for (const [path, counts] of votes) run.votes.set(path, counts)
  for (const [path, list] of logprobs) run.logprobs.set(path, list)
  run.kept.push(...kept)
}

/** One namespace of values. Immutable but for `tried`. */
export interface Scope {
  readonly run: RunContext
  /** Put before names: '' for the run, `pro.` for a branch, `items[2].` for an item. */
  readonly prefix: string
  /** Put before paths for seeds only: tells the candidates of a choice apart. */
  readonly seedPrefix: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly known: Readonly<Record<string, unknown>>
  /** Values of the namespaces around this one. */
  readonly outer: Readonly<Record<string, unknown>>
  readonly tried: TriedPaths
  /** Walks within walks: messages, branches, turns. Functions may make them without end. */
  readonly depth: number
}

/** The scope of a walk within this one. Throws PromptError NESTING_TOO_DEEP. */
export function deeper(scope: Scope): Scope {
  const depth = scope.depth + 1
  if (depth > depthMax) throw tooDeep('Prompts are nested', depth, depthMax)
  return { ...scope, depth }
}

/** Token paths, from the start of a transcript, that must not be completed again, and the texts they were. */
export class TriedPaths {
  readonly #paths: Int32Array[] = []
  readonly #rejected = new Map<string, Rejected>()
  /** How often all that was captured here was rejected together. */
  rounds = 0

  add(path: Int32Array): void {
    this.#paths.push(path)
  }

  get count(): number {
    return this.#paths.length
  }

  /** The whole text was rejected in a hole that opened there. */
  addText(at: TranscriptState, text: string): void {
    const { texts, beginnings } = this.rejectedAt(at)
    this.#rejected.set(at.pieces.textKey(), { texts: [...texts, text], beginnings })
  }

  /** No text that begins so is wanted in a hole that opened there. */
  addBeginning(at: TranscriptState, text: string): void {
    const { texts, beginnings } = this.rejectedAt(at)
    this.#rejected.set(at.pieces.textKey(), { texts, beginnings: [...beginnings, text] })
  }

  /** By the text before the hole: other tokens that spell it are the same place. */
  rejectedAt(at: TranscriptState): Rejected {
    if (this.#rejected.size === 0) return nothingRejected
    return this.#rejected.get(at.pieces.textKey()) ?? nothingRejected
  }

  /** What is left of the tried paths that begin with `tokens`. */
  after(tokens: Int32Array): Int32Array[] {
    const left: Int32Array[] = []
    for (const path of this.#paths) {
      if (path.length > tokens.length && commonLength(path, tokens) === tokens.length) {
        left.push(path.subarray(tokens.length))
      }
    }
    return left
  }
}

export function pathOf(scope: Scope, name: string): string {
  return scope.prefix + name
}
