// What was rejected in one namespace and must not come again: whole draws wherever they went, and texts at the places
// they stood at.
import type { Rejected } from '../../constraint/exclude.js'
import type { Drawn } from '../../engine/fill.js'
import type { TranscriptState } from './transcript.js'

const nothingRejected: Rejected = { texts: [], beginnings: [] }

export class Tried {
  readonly #closed: Drawn[] = []
  readonly #rejected = new Map<string, Rejected>()
  /** How often all that was captured here was rejected together. */
  rounds = 0

  close(...drawn: readonly Drawn[]): void {
    this.#closed.push(...drawn)
  }

  /** Draws that must not be completed again. */
  get closed(): readonly Drawn[] {
    return this.#closed
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
}
