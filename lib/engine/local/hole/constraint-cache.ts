// Constraints compiled for one vocabulary, each once. A large one is compiled step by step with turns of the event
// loop in between, whoever waits for it, and all compiling of a turn together takes so long at most.
import { createHash } from 'node:crypto'
import { settleOrAbort } from '../../../async/signal.js'
import type { Constraint } from '../../../constraint/constraint-type.js'
import { type ConstraintIr, IrBuilder } from '../../../constraint/ir.js'
import { finished, lowerInSteps, type Steps } from '../../../constraint/steps.js'
import type { NativeConstraint } from '../../../native/addon.js'

/** A constraint for one vocabulary. */
export interface Compiled {
  readonly native: NativeConstraint
  /** Equal for equal constraints only, whoever made them. */
  readonly fingerprint: string
}

/** Milliseconds of compiling in one turn of the event loop; a step may take somewhat longer. */
const turnMs = 10

const encoder = new TextEncoder()

export class ConstraintCache {
  readonly #compile: (ir: ConstraintIr) => NativeConstraint
  readonly #compiled = new WeakMap<Constraint, Compiled>()
  readonly #begun = new WeakMap<Constraint, Promise<void>>()
  /** Settles when the next turn begins; null: nothing was compiled in this one. */
  #turn: Promise<void> | null = null
  #turnEnd = 0

  constructor(compile: (ir: ConstraintIr) => NativeConstraint) {
    this.#compile = compile
  }

  /** Compiles at once what is not yet. Throws what lowering and compiling throw. */
  get(constraint: Constraint): Compiled {
    let compiled = this.#compiled.get(constraint)
    if (compiled === undefined) {
      compiled = finished(this.#steps(constraint))
      this.#compiled.set(constraint, compiled)
    }
    return compiled
  }

  /** Whether the constraint has the text as it stands. */
  has(constraint: Constraint, text: string): boolean {
    return this.get(constraint).native.has(encoder.encode(text))
  }

  /** The same as `get`, with turns for others where it takes long. Rejects with AbortError, too. */
  async prepared(constraint: Constraint, signal: AbortSignal): Promise<Compiled> {
    if (!this.#compiled.has(constraint)) {
      const begun = this.#begun.get(constraint) ?? this.#begin(constraint)
      // What it comes to concerns those who still wait.
      begun.catch(() => undefined)
      if (!this.#compiled.has(constraint)) await settleOrAbort(signal, () => begun)
    }
    return this.get(constraint)
  }

  #begin(constraint: Constraint): Promise<void> {
    const begun = this.#work(constraint)
    if (!this.#compiled.has(constraint)) this.#begun.set(constraint, begun)
    return begun
  }

  async #work(constraint: Constraint): Promise<void> {
    try {
      const steps = this.#steps(constraint)
      for (;;) {
        // Before each step, so that a long one at the start of a turn counts.
        while (this.#isSpent()) await this.#turn
        const step = steps.next()
        if (step.done !== true) continue
        this.#compiled.set(constraint, step.value)
        return
      }
    } finally {
      this.#begun.delete(constraint)
    }
  }

  #isSpent(): boolean {
    const now = performance.now()
    if (this.#turn === null) {
      this.#turnEnd = now + turnMs
      this.#turn = new Promise((resolve) => {
        setImmediate(() => {
          this.#turn = null
          resolve()
        })
      })
    }
    return now >= this.#turnEnd
  }

  *#steps(constraint: Constraint): Steps<Compiled> {
    const builder = new IrBuilder()
    const ir = builder.finish(yield* lowerInSteps(constraint, builder))
    yield
    const hash = createHash('sha256').update(`${ir.words.length} `).update(ir.words).update(ir.bytes)
    return { native: this.#compile(ir), fingerprint: hash.digest('base64') }
  }
}
