// Known strings against a pattern that somebody wrote. Decides which patterns may take a time out of proportion to the
// text, as `(a+)+$` does, and gives those a limited one; all others are tested at once.
import { type Context, createContext, Script } from 'node:vm'
import type { RegexNode } from '../../regex/regex-node.js'

/** Characters up to which even a hostile pattern takes a few milliseconds at most. */
const shortMax = 16
/** Characters from which a pattern with any repeat may take long. */
const longMin = 1_000
/** Milliseconds one pattern may take in all: by the clock, so with room for a busy machine. */
export const patternMsMax = 1000

const script = new Script('pattern.test(text)')
let context: Context | null = null

export class PatternTest {
  readonly #pattern: RegExp
  readonly #isRisky: boolean
  #msLeft = patternMsMax

  /** `tree`: null where the pattern is beyond what is read. */
  constructor(pattern: RegExp, tree: RegexNode | null) {
    this.#pattern = pattern
    this.#isRisky = tree === null || hasRisk(tree)
  }

  /** Whether the pattern is found in the text; null where that takes too long to tell. */
  test(text: string): boolean | null {
    if (text.length <= shortMax || (!this.#isRisky && text.length < longMin)) return this.#pattern.test(text)
    if (this.#msLeft <= 0) return null
    const began = performance.now()
    try {
      context ??= createContext({})
      Object.assign(context, { pattern: this.#pattern, text })
      return script.runInContext(context, { timeout: this.#msLeft }) as boolean
    } catch {
      this.#msLeft = 0
      return null
    } finally {
      this.#msLeft = Math.floor(this.#msLeft - (performance.now() - began))
    }
  }
}

/** Whether there is a choice or a repeat within a repeat, so that one text may be cut in many ways. */
function hasRisk(node: RegexNode): boolean {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return node.parts.some(hasRisk)
    case 'repeat':
      return node.max === null || node.max > 1 ? hasRiskRepeated(node.part) : hasRisk(node.part)
    default:
      return false
  }
}

/** Of what stands within a repeat. */
function hasRiskRepeated(node: RegexNode): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.parts.some(hasRiskRepeated)
    case 'choice':
      return true
    case 'repeat':
      return node.max !== node.min || hasRiskRepeated(node.part)
    default:
      return false
  }
}
