// Writes array shapes as rules. Decides how items are counted (lengths, contains, uniqueness); an item is any part
// the emitter gives for its expression. No rule here derives the empty text: closing brackets end the chains.
import type { RegexId } from '../../ir/ir.js'
import { tooComplex } from '../refusal.js'
import { disjoint } from '../shape/disjoint.js'
import type { Expression } from '../shape/expression.js'
import { finiteTextsOf } from '../shape/finite-texts.js'
import { valueFits } from '../shape/fits.js'
import type { ArrayShape, Contained, StringShape } from '../shape/shapes.js'
import type { Json } from '../value/json-value.js'
import { jsonKey } from '../value/json-value.js'
import type { Emitter } from './emit.js'
import { draftPart, lexemePart, type Part } from './grammar.js'
import { listedNumbers } from './numbers.js'

/** Distinct values up to which an array of unique ones is followed. */
const uniqueMax = 64
const statesMax = 8_000

/** The alternatives of an array value. */
export function emitArray(emitter: Emitter, shape: ArrayShape, depth: number): Part[][] {
  if (shape.isUnique && !isTriviallyUnique(emitter, shape)) {
    const lexeme = uniqueArray(emitter, shape, depth)
    if (lexeme !== null) return [[lexemePart(lexeme)]]
    const reason =
      `items can be kept apart only where they are of at most ${uniqueMax} known values; ` +
      'with lenient they are checked at the end'
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
  readonly #emitter: Emitter
  readonly #shape: ArrayShape
  readonly #depth: number
  readonly #comma: Part
  readonly #close: Part

  constructor(emitter: Emitter, shape: ArrayShape, depth: number) {
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

/** Items counted by what they contain: a state is the position and the count of each `contains`. */
class CountedItems {
  readonly #emitter: Emitter
  readonly #shape: ArrayShape
  readonly #depth: number
  readonly #drafts = new Map<string, number>()
  readonly #queue: [position: number, counts: readonly number[], draft: number][] = []
  readonly #lastPosition: number

  constructor(emitter: Emitter, shape: ArrayShape, depth: number) {
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

/** Items of which no two can be equal whatever they are. */
function isTriviallyUnique(emitter: Emitter, shape: ArrayShape): boolean {
  if (shape.max === null) return false
  const items = Array.from({ length: shape.max }, (_, index) => shape.prefix[index] ?? shape.rest)
  if (items.length > 16) return false
  return items.every((item, index) =>
    items.slice(index + 1).every((other) => disjoint(item, other, emitter.normaliser)),
  )
}

/** Arrays of pairwise different values out of few, as one lexeme; null where the values are not few. */
function uniqueArray(emitter: Emitter, shape: ArrayShape, depth: number): RegexId | null {
  const { builder, layout } = emitter
  const lists = [...shape.prefix, shape.rest].map((expression) => finiteValues(emitter, expression))
  if (lists.includes(null) || shape.contained.length > 0) return null
  const all = [...new Map(lists.flatMap((list) => list!.map((value) => [jsonKey(value), value]))).values()]
  if (all.length > uniqueMax) return null
  if (shape.min > all.length) return builder.nothing
  const spelled = (values: readonly Json[]): RegexId =>
    builder.altOf(values.map((value) => emitter.known(value, depth + 1)))
  const comma = layout.comma(depth)
  const sequence = sequenceOf(
    emitter,
    shape,
    lists.map((list) => spelled(list!)),
    comma,
  )
  // Each value at most once. Said without a complement, so that a repeated value has no continuation at its first byte.
  const different = all.map((value) => {
    const others = spelled(all.filter((other) => other !== value))
    const before = builder.repeat(builder.concat(others, comma), 0, null)
    const after = builder.repeat(builder.concat(comma, others), 0, null)
    return builder.concat(before, builder.alt(others, emitter.known(value, depth + 1)), after)
  })
  const whole = builder.concat(
    layout.open('[', depth),
    builder.and(sequence, ...different),
    layout.close(']', depth),
  )
  return shape.min === 0 ? builder.alt(layout.emptyBrackets('[]'), whole) : whole
}

/** One or more items with commas between, by position and within the limits of the length. */
function sequenceOf(emitter: Emitter, shape: ArrayShape, items: readonly RegexId[], comma: RegexId): RegexId {
  const { builder } = emitter
  const rest = items.at(-1)!
  const count = Math.max(1, shape.prefix.length)
  const most = shape.max === null ? null : Math.max(0, shape.max - count)
  let tail = builder.repeat(builder.concat(comma, rest), Math.max(0, shape.min - count), most)
  for (let index = count - 1; index >= 1; index--) {
    const more = builder.concat(comma, items[index]!, tail)
    tail = index >= shape.min ? builder.optional(more) : more
  }
  return builder.concat(items[0]!, tail)
}

/** All texts of a string shape, where a pattern lists them. */
function listedTexts(emitter: Emitter, shape: StringShape): string[] | null {
  for (const rule of shape.rules) {
    const keys = rule.isNegated ? null : finiteTextsOf(rule, uniqueMax)
    if (keys) return keys.filter((text) => valueFits(shape, text, emitter.normaliser))
  }
  return null
}

/** All values of an expression, where they are few. */
function finiteValues(emitter: Emitter, expression: Expression): Json[] | null {
  const values: Json[] = []
  for (const shape of emitter.normaliser.shapes(expression)) {
    if (shape.type === 'values') {
      if (shape.values.length > uniqueMax) return null
      values.push(...shape.values)
    } else if (shape.type === 'null') values.push(null)
    else if (shape.type === 'boolean') values.push(true, false)
    else if (shape.type === 'number' || shape.type === 'string') {
      const listed = shape.type === 'number' ? listedNumbers(shape, uniqueMax) : listedTexts(emitter, shape)
      if (listed === null) return null
      values.push(...listed)
    } else return null
    if (values.length > uniqueMax) return null
  }
  return values
}
