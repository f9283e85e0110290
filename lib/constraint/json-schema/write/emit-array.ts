// Writes array shapes as rules. Decides how lengths are counted; an item is any part the emitter gives for its
// expression, and arrays with contains or uniqueItems have files of their own. No rule here derives the empty text:
// closing brackets end the chains.
import type { Expression } from '../shape/expression.js'
import type { ArrayShape } from '../shape/shapes.js'
import { CountedItems } from './counted-items.js'
import type { EmitContext } from './emit-context.js'
import { draftPart, lexemePart, type Part } from './grammar.js'
import { isTriviallyUnique, uniqueArray } from './unique-items.js'

/** The alternatives of an array value. */
export function emitArray(emitter: EmitContext, shape: ArrayShape, depth: number): Part[][] {
  if (shape.isUnique && !isTriviallyUnique(emitter.normaliser, shape)) {
    const lexeme = uniqueArray(emitter, shape, depth)
    if (typeof lexeme !== 'string') return [[lexemePart(lexeme)]]
    const reason = `${lexeme}; with lenient they are checked at the end`
    emitter.normaliser.leaveOut({ keyword: 'uniqueItems', pointer: `${shape.pointer}/uniqueItems`, reason })
  }
  const alternatives: Part[][] = []
  if (shape.min === 0 && shape.contained.every(({ min }) => min === 0)) {
    alternatives.push([lexemePart(emitter.layout.emptyBrackets('[]'))])
  }
  if (shape.max === 0) return alternatives
  const open = lexemePart(emitter.layout.open('[', depth))
  if (shape.contained.length > 0) {
    return [...alternatives, [open, draftPart(new CountedItems(emitter, shape, depth).start())]]
  }
  const chain = new ItemChain(emitter, shape, depth)
  return [...alternatives, ...chain.whole().map((parts) => [open, ...parts])]
}

/** Items by position, then any number of the rest. */
class ItemChain {
  readonly #emitter: EmitContext
  readonly #shape: ArrayShape
  readonly #depth: number
  readonly #comma: Part
  readonly #close: Part

  constructor(emitter: EmitContext, shape: ArrayShape, depth: number) {
    this.#emitter = emitter
    this.#shape = shape
    this.#depth = depth
    this.#comma = lexemePart(emitter.layout.comma(depth))
    this.#close = lexemePart(emitter.layout.close(']', depth))
  }

  /** One or more items and the closing bracket. */
  whole(): Part[][] {
    const { prefix, rest, min, max } = this.#shape
    const first = this.#item(prefix[0] ?? rest)
    if (first === null) return []
    let tail = this.#repeated(Math.max(1, prefix.length), rest)
    for (let index = prefix.length - 1; index >= 1; index--) {
      const draft = this.#emitter.declare('items')
      const item = this.#item(prefix[index]!)
      const alternatives: Part[][] = index >= min ? [[this.#close]] : []
      if (item && (max === null || index < max))
        alternatives.push(...tail.map((parts) => [this.#comma, item, ...parts]))
      this.#emitter.grammar.define(draft, alternatives)
      tail = [[draftPart(draft)]]
    }
    return tail.map((parts) => [first, ...parts])
  }

  /** After `count` items: further ones of the rest as often as the limits say, and the closing bracket. */
  #repeated(count: number, rest: Expression): Part[][] {
    const { min, max } = this.#shape
    const item = this.#item(rest)
    const least = Math.max(0, min - count)
    const most = max === null ? null : Math.max(0, max - count)
    if (item === null) return least === 0 ? [[this.#close]] : []
    const pair = [this.#comma, item]
    const exact = this.#power(pair, least)
    if (most !== null && most < least) return []
    if (most === null) {
      const draft = this.#emitter.declare('rest')
      this.#emitter.grammar.define(draft, [pair, [draftPart(draft), ...pair]])
      return [
        [...exact, this.#close],
        [...exact, draftPart(draft), this.#close],
      ]
    }
    return this.#upTo(pair, most - least).map((parts) => [...exact, ...parts])
  }

  /** The pair exactly `count` times. */
  #power(pair: readonly Part[], count: number): Part[] {
    if (count === 0) return []
    if (count === 1) return [...pair]
    const half = this.#power(pair, count >> 1)
    const draft = this.#emitter.declare('half')
    this.#emitter.grammar.define(draft, [half])
    return [draftPart(draft), draftPart(draft), ...(count % 2 === 1 ? pair : [])]
  }

  /** The pair at most `count` times, then the closing bracket; blocks keep the number of rules near its root. */
  #upTo(pair: readonly Part[], count: number): Part[][] {
    if (count === 0) return [[this.#close]]
    const size = Math.max(16, Math.ceil(Math.sqrt(count)))
    const blocks = Math.floor(count / size)
    const few: Part[] = [this.#close]
    for (let left = 1; left < size; left++) few.push(this.#either([this.#close], [...pair, few[left - 1]!]))
    let chain: Part = few[count % size]!
    const block = blocks > 0 ? this.#power(pair, size) : []
    for (let index = 0; index < blocks; index++) chain = this.#either([few[size - 1]!], [...block, chain])
    return [[chain]]
  }

  #either(...alternatives: Part[][]): Part {
    const draft = this.#emitter.declare('up-to')
    this.#emitter.grammar.define(draft, alternatives)
    return draftPart(draft)
  }

  #item(expression: Expression): Part | null {
    return this.#emitter.value(expression, this.#depth + 1)
  }
}
