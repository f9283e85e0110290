// Writes array shapes whose items are counted by what they contain (contains, minContains, maxContains). Decides which
// states there are: a position and a count for each `contains`. No rule here derives the empty text.
import { tooComplex } from '../refusal.js'
import type { Expression } from '../shape/expression.js'
import type { ArrayShape, Contained } from '../shape/shapes.js'
import type { EmitContext } from './emit-context.js'
import { draftPart, lexemePart, type Part } from './grammar.js'

const statesMax = 8_000

export class CountedItems {
  readonly #emitter: EmitContext
  readonly #shape: ArrayShape
  readonly #depth: number
  readonly #drafts = new Map<string, number>()
  readonly #queue: [position: number, counts: readonly number[], draft: number][] = []
  readonly #lastPosition: number

  constructor(emitter: EmitContext, shape: ArrayShape, depth: number) {
    this.#emitter = emitter
    this.#shape = shape
    this.#depth = depth
    const froms = shape.contained.map(({ from }) => from)
    this.#lastPosition = Math.max(shape.prefix.length, shape.min, shape.max ?? 0, ...froms)
  }

  start(): number {
    const first = this.#state(
      0,
      this.#shape.contained.map(() => 0),
    )
    for (let entry = this.#queue.shift(); entry; entry = this.#queue.shift()) this.#define(...entry)
    return first
  }

  #state(position: number, counts: readonly number[]): number {
    const capped = counts.map((count, index) => Math.min(count, limitOf(this.#shape.contained[index]!)))
    const at = Math.min(position, this.#lastPosition + 1)
    const key = `${at}:${capped.join()}`
    let draft = this.#drafts.get(key)
    if (draft === undefined) {
      if (this.#drafts.size >= statesMax)
        throw tooComplex('states of an array', this.#drafts.size + 1, statesMax)
      draft = this.#emitter.declare('counted')
      this.#drafts.set(key, draft)
      this.#queue.push([at, capped, draft])
    }
    return draft
  }

  #define(position: number, counts: readonly number[], draft: number): void {
    const { prefix, rest, min, max, contained } = this.#shape
    const { layout } = this.#emitter
    const alternatives: Part[][] = []
    const isEnough = contained.every((each, index) => counts[index]! >= each.min)
    if (position > 0 && position >= min && isEnough) {
      alternatives.push([lexemePart(layout.close(']', this.#depth))])
    }
    if (max === null || position < max) {
      const comma: Part[] = position === 0 ? [] : [lexemePart(layout.comma(this.#depth))]
      for (const { parts, next } of this.#choices(position, counts)) {
        const item = this.#emitter.value(
          this.#emitter.normaliser.all([prefix[position] ?? rest, ...parts]),
          this.#depth + 1,
        )
        if (item) alternatives.push([...comma, item, draftPart(this.#state(position + 1, next))])
      }
    }
    this.#emitter.grammar.define(draft, alternatives)
  }

  /** Every way the next item may count, with what it must satisfy then. */
  #choices(position: number, counts: readonly number[]): { parts: Expression[]; next: number[] }[] {
    const { expressions } = this.#emitter.normaliser
    let choices: { parts: Expression[]; next: number[] }[] = [{ parts: [], next: [] }]
    this.#shape.contained.forEach(({ expression, from, min, max }, index) => {
      const count = counts[index]!
      choices = choices.flatMap(({ parts, next }) => {
        if (position < from) return [{ parts, next: [...next, count] }]
        const options: { parts: Expression[]; next: number[] }[] = []
        // Without a maximum it does no harm to leave a containing item uncounted.
        const others = max === null ? parts : [...parts, expressions.not(expression)]
        options.push({ parts: others, next: [...next, count] })
        const isUseful = max === null ? count < min : count < max
        if (isUseful) options.push({ parts: [...parts, expression], next: [...next, count + 1] })
        return options
      })
    })
    return choices
  }
}

function limitOf({ min, max }: Contained): number {
  return max ?? min
}
