// Which matcher judges the tokens of one attempt: while too few are drawn one that knows no end, then the hole's own.
// Decides when the one takes the other's place, and owns both. Draws nothing.
import type { DrawOptions, NativeMatcher } from '../../../native/addon.js'
import type { MatcherStart } from '../serve/draw-key.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import { beginningOf, type Kept } from './drawn.js'
import { matcherOf, type OpenHole } from './open-hole.js'
import type { TokenBudget } from './token-budget.js'

export class Matchers {
  readonly #hole: OpenHole
  readonly #tokensMin: number
  #current: NativeMatcher
  #start: MatcherStart
  #isUnended: boolean

  constructor(hole: OpenHole, tokensMin: number) {
    const { unended, prefix, ban, start } = hole
    this.#hole = hole
    this.#tokensMin = tokensMin
    this.#isUnended = unended !== null
    this.#current = unended === null ? matcherOf(hole) : unended.native.matcher(prefix, null, ban)
    this.#start = unended?.start ?? start
  }

  get current(): NativeMatcher {
    return this.#current
  }

  get start(): MatcherStart {
    return this.#start
  }

  /** Whether the value can't end yet, but for want of anything more that may come. */
  get isUnended(): boolean {
    return this.#isUnended
  }

  /** The options, and while the value can't end the model's own ends forbidden. */
  draw(vocabulary: Vocabulary, options: DrawOptions): DrawOptions {
    return this.#isUnended ? { ...options, bias: withoutEnds(vocabulary, options.bias) } : options
  }

  /** Tokens that may be drawn before somebody has to look here again. */
  drawsLeft({ spent }: TokenBudget): number {
    return this.#isUnended ? Math.max(1, this.#tokensMin - spent) : Number.POSITIVE_INFINITY
  }

  /** Accepts the beginning of an earlier attempt; returns as much of it as fits still. `budgetAfter`: such a one. */
  begin(kept: Kept, budgetAfter: (kept: Kept) => TokenBudget): Kept {
    // With enough tokens there may be the beginning of an end among them.
    if (this.#isUnended && budgetAfter(kept).spent >= this.#tokensMin) this.#take([])
    let count = 0
    while (count < kept.tokens.length && this.#current.accept(kept.tokens[count]!)) count += 1
    return beginningOf(kept, count)
  }

  /** After a request: where the value may end now, its own matcher stands behind its tokens, `own`. */
  goOn(own: Int32Array, { spent }: TokenBudget): void {
    if (this.#isUnended && spent >= this.#tokensMin && !this.#current.isEnded()) this.#take(own)
  }

  dispose(): void {
    this.#current.dispose()
  }

  #take(own: Iterable<number>): void {
    this.#current.dispose()
    this.#current = matcherOf(this.#hole)
    this.#start = this.#hole.start
    this.#isUnended = false
    for (const token of own) this.#current.accept(token)
  }
}

const endBiases = new WeakMap<Vocabulary, WeakMap<ReadonlyMap<number, number>, ReadonlyMap<number, number>>>()

/** The bias, and the model's own ends forbidden. */
function withoutEnds(vocabulary: Vocabulary, bias: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const known = endBiases.get(vocabulary) ?? new WeakMap()
  endBiases.set(vocabulary, known)
  let made = known.get(bias)
  if (made === undefined) {
    const all = new Map(bias)
    const { eog } = vocabulary.table()
    for (let token = eog.indexOf(1); token >= 0; token = eog.indexOf(1, token + 1)) {
      all.set(token, Number.NEGATIVE_INFINITY)
    }
    made = all
    known.set(bias, made)
  }
  return made
}
