// Writes arrays of pairwise different items (uniqueItems). Decides where that can be told: where no two items can be
// equal anyway, and where the values are few and known.
import type { RegexId } from '../../ir/ir.js'
import { disjoint } from '../shape/disjoint.js'
import type { Expression } from '../shape/expression.js'
import { finiteTextsOf } from '../shape/finite-texts.js'
import { valueFits } from '../shape/fits.js'
import type { ArrayShape, StringShape } from '../shape/shapes.js'
import { type Json, jsonKey } from '../value/json-value.js'
import type { EmitContext } from './emit-context.js'
import { listedNumbers } from './numbers.js'

/** Distinct values up to which an array of unique ones is followed. */
export const uniqueMax = 64

/** Items of which no two can be equal whatever they are. */
export function isTriviallyUnique(emitter: EmitContext, shape: ArrayShape): boolean {
  if (shape.max === null) return false
  const items = Array.from({ length: shape.max }, (_, index) => shape.prefix[index] ?? shape.rest)
  if (items.length > 16) return false
  return items.every((item, index) =>
    items.slice(index + 1).every((other) => disjoint(item, other, emitter.normaliser)),
  )
}

/** Arrays of pairwise different values out of few, as one lexeme; null where the values are not few. */
export function uniqueArray(emitter: EmitContext, shape: ArrayShape, depth: number): RegexId | null {
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
function sequenceOf(
  emitter: EmitContext,
  shape: ArrayShape,
  items: readonly RegexId[],
  comma: RegexId,
): RegexId {
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
function listedTexts(emitter: EmitContext, shape: StringShape): string[] | null {
  for (const rule of shape.rules) {
    const keys = rule.isNegated ? null : finiteTextsOf(rule, uniqueMax)
    if (keys) return keys.filter((text) => valueFits(shape, text, emitter.normaliser))
  }
  return null
}

/** All values of an expression, where they are few. */
function finiteValues(emitter: EmitContext, expression: Expression): Json[] | null {
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
