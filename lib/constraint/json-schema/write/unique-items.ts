// Writes arrays of pairwise different items (uniqueItems). Decides where that can be held: where no two items can be
// equal anyway, and where items are scalars or known values, each of which has one spelling or those the core knows.
import type { RegexId } from '../../ir/ir.js'
import { type DisjointSource, disjoint } from '../shape/disjoint.js'
import type { Expression } from '../shape/expression.js'
import { finiteTextsOf } from '../shape/finite-texts.js'
import { valueFits } from '../shape/fits.js'
import type { ArrayShape, NumberShape, StringShape } from '../shape/shapes.js'
import { compareDecimals, Decimal } from '../value/decimal.js'
import { isObject, type Json, jsonKey } from '../value/json-value.js'
import type { EmitContext } from './emit-context.js'
import { exactDigitsMax, knownTexts, listedNumbers } from './numbers.js'

/** Values an item is listed for, where it has to be known how many there are. */
const listedMax = 64

/** Items of which no two can be equal whatever they are. */
export function isTriviallyUnique(source: DisjointSource, shape: ArrayShape): boolean {
  if (shape.max === null) return false
  const items = Array.from({ length: shape.max }, (_, index) => shape.prefix[index] ?? shape.rest)
  if (items.length > 16) return false
  return items.every((item, index) => items.slice(index + 1).every((other) => disjoint(item, other, source)))
}

/** Arrays of pairwise different scalars and known values, as one lexeme; a sentence where that can't be held. */
export function uniqueArray(emitter: EmitContext, shape: ArrayShape, depth: number): RegexId | string {
  const { builder, layout } = emitter
  if (shape.contained.length > 0) return 'items can be kept apart only where they are not counted by contains'
  if (!hasEnough(emitter, shape))
    return 'items by position can be kept apart only where each surely has enough values'
  const items: RegexId[] = []
  const all = [...shape.prefix, shape.rest]
  const shorts = all.flatMap((expression) => shortsOf(emitter, expression))
  for (const expression of all) {
    const item = itemOf(emitter, expression, shorts, depth + 1)
    if (typeof item === 'string') return item
    items.push(item)
  }
  const comma = layout.comma(depth)
  const list =
    shape.prefix.length === 0
      ? builder.distinct(items[0]!, comma, Math.max(1, shape.min), shape.max)
      : builder.and(
          sequenceOf(emitter, shape, items, comma),
          builder.distinct(builder.altOf(items), comma, 1, null),
        )
  const whole = builder.concat(layout.open('[', depth), list, layout.close(']', depth))
  return shape.min === 0 ? builder.alt(layout.emptyBrackets('[]'), whole) : whole
}

/** Whether each item that has to be there has another value left, whatever stands before it. */
function hasEnough(emitter: EmitContext, { prefix, rest, min }: ArrayShape): boolean {
  if (prefix.length === 0) return true
  for (let index = 1; index < min; index++) {
    const at = prefix[index] ?? rest
    const needed = index < prefix.length ? index + 1 : min
    if (valuesOf(emitter, at) < needed) return false
    if (index >= prefix.length) break
  }
  return true
}

/** How many values an expression surely has. */
function valuesOf(emitter: EmitContext, expression: Expression): number {
  const values: Json[] = []
  for (const shape of emitter.normaliser.shapes(expression)) {
    if (shape.type === 'values') values.push(...shape.values)
    else if (shape.type === 'null') values.push(null)
    else if (shape.type === 'boolean') values.push(true, false)
    else if (shape.type === 'number') {
      const listed = listedNumbers(shape, listedMax)
      if (listed === null && isWide(shape)) return Number.POSITIVE_INFINITY
      values.push(...(listed ?? []))
    } else if (shape.type === 'string') {
      if (shape.rules.length === 0 && shape.max !== 0) return Number.POSITIVE_INFINITY
      values.push(...listedTexts(emitter, shape))
    }
  }
  return new Set(values.map(jsonKey)).size
}

/** Of a number that isn't listed: whether there is more than one. */
function isWide({ min, max }: NumberShape): boolean {
  return min === null || max === null || compareDecimals(min.value, max.value) !== 0
}

/** All texts of a string shape, where a pattern lists them. */
function listedTexts(emitter: EmitContext, shape: StringShape): string[] {
  for (const rule of shape.rules) {
    const keys = rule.isNegated ? null : finiteTextsOf(rule, listedMax)
    if (keys) return keys.filter((text) => valueFits(shape, text, emitter.normaliser))
  }
  return []
}

/** Every item of the expression, spelled so that the core tells its value; a sentence where that can't be. */
function itemOf(
  emitter: EmitContext,
  expression: Expression,
  shorts: readonly Decimal[],
  depth: number,
): RegexId | string {
  const { builder, normaliser } = emitter
  const parts: RegexId[] = []
  const known: RegexId[] = []
  const numbers: RegexId[] = []
  const nested = new Map<string, Json>()
  for (const shape of normaliser.shapes(expression)) {
    for (const mark of shape.marks) normaliser.leaveOut(mark)
    if (shape.type === 'array' || shape.type === 'object') {
      return 'items can be kept apart only where they are scalars or known values'
    }
    if (shape.type === 'number') numbers.push(emitter.scalar(shape, depth))
    else if (shape.type !== 'values') parts.push(emitter.scalar(shape, depth))
    else {
      for (const value of shape.values) {
        if (value instanceof Decimal) {
          if (isShort(value)) parts.push(builder.literal(printedText(value)))
          else known.push(emitter.known(value, depth))
        } else if (!isNested(value)) parts.push(emitter.known(value, depth))
        else nested.set(jsonKey(value), value)
      }
    }
  }
  for (const value of nested.values()) parts.push(nestedOf(emitter, value, depth))
  if (known.length > 0) parts.push(builder.and(builder.altOf(known), plainNumber(emitter)))
  if (numbers.length > 0) {
    const others = shorts.map((value) => builder.not(builder.literal(value.toString())))
    parts.push(builder.and(builder.altOf(numbers), plainNumber(emitter), exactNumber(emitter), ...others))
  }
  return builder.altOf(parts)
}

/** Known numbers that JavaScript prints with an exponent: they have this spelling alone, and are no other numbers. */
function shortsOf({ normaliser }: EmitContext, expression: Expression): Decimal[] {
  return normaliser
    .shapes(expression)
    .flatMap((shape) => (shape.type === 'values' ? shape.values : []))
    .filter((value) => value instanceof Decimal && isShort(value)) as Decimal[]
}

function printedText(value: Decimal): string {
  return knownTexts(value)[0]!
}

function isShort(value: Decimal): boolean {
  return printedText(value).includes('e')
}

function isNested(value: Json): value is Json[] | Map<string, Json> {
  return Array.isArray(value) || isObject(value)
}

/** In one order, and but for white space with one spelling. */
function nestedOf(emitter: EmitContext, value: Json, depth: number): RegexId {
  const { builder, layout } = emitter
  if (value instanceof Decimal) return builder.literal(printedText(value))
  if (!isNested(value)) return emitter.known(value, depth)
  const brackets = Array.isArray(value) ? '[]' : '{}'
  const parts: RegexId[] = []
  for (const [key, item] of value.entries()) {
    if (parts.length > 0) parts.push(layout.comma(depth))
    if (typeof key === 'string') parts.push(emitter.known(key, depth), layout.colon(depth))
    parts.push(nestedOf(emitter, item, depth + 1))
  }
  if (parts.length === 0) return layout.emptyBrackets(brackets)
  return builder.concat(
    layout.open(brackets[0]!, depth),
    builder.concatOf(parts),
    layout.close(brackets[1]!, depth),
  )
}

/** Numbers without exponent or idle zeros but for one `.0`: the spellings of which the core knows which are equal. */
function plainNumber({ builder }: EmitContext): RegexId {
  return builder.block('plain number', () => {
    const digit = builder.class([[0x30, 0x39]])
    const digits = builder.repeat(digit, 0, null)
    const significant = builder.class([[0x31, 0x39]])
    const zero = builder.literal('0')
    const fraction = builder.alt(zero, builder.concat(digits, significant))
    return builder.concat(
      builder.optional(builder.literal('-')),
      builder.alt(zero, builder.concat(significant, digits)),
      builder.optional(builder.concat(builder.literal('.'), fraction)),
    )
  })
}

/** Whether a number that is not a known one may be written so in a list of distinct items. */
export function isToldApart(text: string): boolean {
  const size = text.startsWith('-') ? text.length - 1 : text.length
  return /^-?\d[\d.]*$/.test(text) && size <= exactDigitsMax + Number(text.includes('.'))
}

/** Of as many digits as a double tells apart. */
function exactNumber({ builder }: EmitContext): RegexId {
  return builder.block('number of few digits', () => {
    const digit = builder.class([[0x30, 0x39]])
    const some = builder.class([
      [0x30, 0x39],
      [0x2e, 0x2e],
    ])
    const whole = builder.repeat(digit, 1, exactDigitsMax)
    const fraction = builder.concat(digit, builder.repeat(some, 0, exactDigitsMax))
    const isWhole = builder.concat(whole, builder.optional(builder.literal('.0')))
    const hasPoint = builder.and(
      fraction,
      builder.concat(builder.repeat(digit, 1, null), builder.literal('.'), builder.repeat(digit, 1, null)),
    )
    return builder.concat(builder.optional(builder.literal('-')), builder.alt(isWhole, hasPoint))
  })
}

/** One or more items with commas between, by position and within the limits of the length. */
function sequenceOf(
  { builder }: EmitContext,
  shape: ArrayShape,
  items: readonly RegexId[],
  comma: RegexId,
): RegexId {
  const rest = items.at(-1)!
  const count = shape.prefix.length
  const most = shape.max === null ? null : Math.max(0, shape.max - count)
  let tail = builder.repeat(builder.concat(comma, rest), Math.max(0, shape.min - count), most)
  for (let index = count - 1; index >= 1; index--) {
    const more =
      shape.max !== null && index >= shape.max ? builder.nothing : builder.concat(comma, items[index]!, tail)
    tail = index >= shape.min ? builder.optional(more) : more
  }
  return builder.concat(items[0]!, tail)
}
