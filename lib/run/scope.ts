// What a walk carries along besides its state: the engine, the options, the ledger, and for each namespace (a run, a
// branch, an item) what it was given. Decides paths and which paths of tokens were tried. Never touches a transcript.

import { createHash } from 'node:crypto'
import type { FillAttempt } from '../base/errors.js'
import type { Constraint } from '../constraint/constraint-type.js'
import type { ConstraintIr } from '../constraint/ir.js'
import { IrBuilder } from '../constraint/ir.js'
import type { Engine } from '../engine/engine.js'
import type { NativeConstraint, TokenLogprobs } from '../native/addon.js'
import { depthMax, tooDeep } from '../prompt/depth.js'
import type { SamplingOptions } from '../prompt/options.js'
import type { Answers } from './answers.js'
import type { Appended } from './append.js'
import type { TokenBoundary } from './boundary.js'
import type { ChatHistory, RenderChat } from './chat.js'
import type { Listener } from './event.js'
import { nothingRejected, type Rejected } from './exclude.js'
import type { RunLedger } from './ledger.js'
import type { Overflow } from './overflow.js'
import type { Pace } from './pace.js'
import type { ChoiceScores } from './score.js'
import type { Turns } from './side-by-side.js'
import { commonLength, type TranscriptState } from './transcript.js'

/** Everything one run shares. */
export interface RunContext {
  readonly engine: Engine
  readonly boundary: TokenBoundary
  readonly chat: RenderChat | null
  readonly history: ChatHistory
  readonly sampling: SamplingOptions
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
  /** Of the holes whose options ask for them, by path. */
  readonly logprobs: Map<string, readonly TokenLogprobs[]>
  /** What may be lost at the end of the context; null: nothing. */
  readonly overflow: Overflow | null
  /** Transcripts of branches that are results though no text of theirs was joined. */
  readonly kept: TranscriptState[]
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

  add(path: Int32Array): void {
    this.#paths.push(path)
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

/** A constraint for one vocabulary. */
export interface Compiled {
  readonly native: NativeConstraint
  /** Equal for equal constraints only, whoever made them. */
  readonly fingerprint: string
}

/** Constraints compiled for one vocabulary. */
export class ConstraintCache {
  readonly #compile: (ir: ConstraintIr) => NativeConstraint
  readonly #compiled = new WeakMap<Constraint, Compiled>()

  constructor(compile: (ir: ConstraintIr) => NativeConstraint) {
    this.#compile = compile
  }

  get(constraint: Constraint): Compiled {
    let compiled = this.#compiled.get(constraint)
    if (compiled === undefined) {
      const builder = new IrBuilder()
      const ir = builder.finish(constraint.lower(builder))
      const hash = createHash('sha256').update(`${ir.words.length} `).update(ir.words).update(ir.bytes)
      compiled = { native: this.#compile(ir), fingerprint: hash.digest('base64') }
      this.#compiled.set(constraint, compiled)
    }
    return compiled
  }
}

export function pathOf(scope: Scope, name: string): string {
  return scope.prefix + name
}
