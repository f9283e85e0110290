// The text of a value that satisfies a schema, written as the grammar writes it. Decides the order of an object's
// members and how a number is spelled, by the shapes the grammar is made of; a value that satisfies none has no text.
// Every part of a value is judged once for each expression, so that unions inside of unions cost no more.
import { ConstraintError } from '../../../base/errors.js'
import { isUnicodeText } from '../../../base/seen.js'
import type { Expression } from '../shape/expression.js'
import { keyExpression, keyMeetsNeed, numberFits, type ShapeSource, valueFits } from '../shape/fits.js'
import type { Normaliser } from '../shape/normalise.js'
import { coversKey, declaredKeys, listedKeys } from '../shape/object-keys.js'
import { type ArrayShape, isStripped, type ObjectShape, type Shape } from '../shape/shapes.js'
import { Decimal } from '../value/decimal.js'
import { type Json, jsonKey } from '../value/json-value.js'
import type { Plain, PlainObject } from '../value/plain-value.js'
import { lineAt, marksAt, prettyDepthMax, type Whitespace } from './layout.js'
import { type MemberText, orderedByNeeds } from './member-order.js'
import { knownTexts, numberText } from './numbers.js'
import { isToldApart, isTriviallyUnique } from './unique-items.js'

/** Writes values of one schema. */
export class ValueTexts {
  readonly #make: () => Normaliser
  readonly #whitespace: Whitespace
  #normaliser: Normaliser | null = null

  constructor(make: () => Normaliser, whitespace: Whitespace) {
    this.#make = make
    this.#whitespace = whitespace
  }

  /** null where the schema does not have the value. Throws CONSTRAINT_TOO_COMPLEX where that takes too long to tell. */
  text(value: Plain): string | null {
    const kept = this.#normaliser
    this.#normaliser = null
    let text: string | null
    try {
      text = this.#write(kept ?? this.#make(), value)
    } catch (error) {
      // What the values before it have spent is not this one's.
      if (kept === null || !(error instanceof ConstraintError)) throw error
      text = this.#write(this.#make(), value)
    }
    return text
  }

  #write(normaliser: Normaliser, value: Plain): string | null {
    const text = new Writing(normaliser, this.#whitespace).write(normaliser.root, value, 0)
    this.#normaliser = normaliser
    return text
  }
}

/** What became of a value for one expression at one depth, and for others. */
interface Written {
  readonly key: number
  readonly text: string | null
  readonly next: Written | undefined
}

class Writing {
  readonly #normaliser: Normaliser
  readonly #source: ShapeSource
  readonly #whitespace: Whitespace
  readonly #numbers: { readonly isFractionFree: boolean }
  readonly #written = new Map<Plain, Written>()
  readonly #keys = new Map<Plain, string>()
  readonly #declared = new Map<ObjectShape, ReadonlySet<string>>()

  constructor(normaliser: Normaliser, whitespace: Whitespace) {
    this.#normaliser = normaliser
    this.#whitespace = whitespace
    this.#numbers = normaliser.document.dialects
    this.#source = {
      shapes: (expression) => normaliser.shapes(expression),
      all: (parts) => normaliser.all(parts),
      false: normaliser.false,
      // As much as the value has parts.
      spend: () => {},
      // What strict mode can't hold it has refused before; what lenient mode leaves out is judged by its validator.
      leaveOut: () => {},
    }
  }

  write(expression: Expression, value: Plain, depth: number): string | null {
    if (!isNested(value)) return this.#first(expression, value, depth)
    const isPretty = this.#whitespace === 'pretty'
    const isBare = this.#whitespace !== 'pretty' && this.#whitespace !== 'spaced'
    const free = expression.kind === 'true' && isBare ? usualText(value) : null
    if (free !== null) return free
    const key = expression.id * (prettyDepthMax + 1) + (isPretty ? Math.min(depth, prettyDepthMax) : 0)
    for (let known = this.#written.get(value); known; known = known.next)
      if (known.key === key) return known.text
    const text = this.#first(expression, value, depth)
    this.#written.set(value, { key, text, next: this.#written.get(value) })
    return text
  }

  /** By the first shape that has the value. */
  #first(expression: Expression, value: Plain, depth: number): string | null {
    for (const shape of this.#source.shapes(expression)) {
      const text = this.#shape(shape, value, depth)
      if (text !== null) return text
    }
    return null
  }

  #shape(shape: Shape, value: Plain, depth: number): string | null {
    switch (shape.type) {
      case 'values': {
        const listed = listedBy(shape.values).get(this.#key(value))
        return listed === undefined ? null : this.#listed(listed, depth)
      }
      case 'array':
        return Array.isArray(value) ? this.#array(shape, value, depth) : null
      case 'object':
        return isNested(value) && !Array.isArray(value) ? this.#object(shape, value, depth) : null
      case 'number': {
        const decimal = decimalOf(value)
        return decimal && numberFits(shape, decimal) ? numberText(shape, decimal, this.#numbers) : null
      }
      case 'string':
        return typeof value === 'string' && isUnicodeText(value) && valueFits(shape, value, this.#source)
          ? JSON.stringify(value)
          : null
      default:
        return (shape.type === 'null' ? value === null : typeof value === 'boolean') ? String(value) : null
    }
  }

  #array(shape: ArrayShape, value: readonly Plain[], depth: number): string | null {
    const { min, max, isUnique, contained } = shape
    if (value.length < min || (max !== null && value.length > max)) return null
    if (isUnique && new Set(value.map((item) => this.#key(item))).size < value.length) return null
    const isKept = isUnique && !isTriviallyUnique(this.#normaliser, shape)
    const counts = contained.map(() => 0)
    const items: string[] = []
    for (const [index, item] of value.entries()) {
      const parts = [shape.prefix[index] ?? shape.rest]
      contained.forEach(({ expression, from }, at) => {
        if (index < from || this.write(expression, item, depth + 1) === null) return
        counts[at]!++
        parts.push(expression)
      })
      // Members that only a contained schema declares come in its order.
      const text = this.write(parts.length === 1 ? parts[0]! : this.#source.all(parts), item, depth + 1)
      if (text === null || (isKept && !this.#isToldApart(parts[0]!, item, text))) return null
      items.push(text)
    }
    const isRight = contained.every((each, at) => {
      return counts[at]! >= each.min && (each.max === null || counts[at]! <= each.max)
    })
    return isRight ? this.#bracketed('[]', items, depth) : null
  }

  /** Of numbers that are no known values, a list of distinct items has those of few digits. */
  #isToldApart(expression: Expression, item: Plain, text: string): boolean {
    if (decimalOf(item) === null || isToldApart(text)) return true
    const key = this.#key(item)
    return this.#source
      .shapes(expression)
      .some((shape) => shape.type === 'values' && listedBy(shape.values).has(key))
  }

  #object(shape: ObjectShape, value: PlainObject, depth: number): string | null {
    if (!shape.required.every((key) => Object.hasOwn(value, key))) return null
    const isClosed = isStripped(shape.groups)
    const declared = this.#declaredBy(shape)
    const keys = [...declared].filter((key) => Object.hasOwn(value, key))
    for (const key of Object.keys(value)) {
      // Whoever reads the value drops what is not covered, so it is not written.
      if (!declared.has(key) && (!isClosed || coversKey(shape.groups, key))) keys.push(key)
    }
    if (keys.length < shape.min || (shape.max !== null && keys.length > shape.max)) return null
    const members: MemberText[] = []
    for (const key of keys) {
      const member = isUnicodeText(key) ? this.#memberText(shape, key, value[key]!, depth) : null
      if (member === null) return null
      members.push({ ...member, isDeclared: declared.has(key) })
    }
    const texts = orderedByNeeds(members, (1 << shape.needs.length) - 1)
    return texts && this.#bracketed('{}', texts, depth)
  }

  #memberText(
    shape: ObjectShape,
    key: string,
    value: Plain,
    depth: number,
  ): Omit<MemberText, 'isDeclared'> | null {
    let expression = keyExpression(shape, key, this.#source)
    let region = String(expression.id)
    let [meets, meetsByValue] = [0, 0]
    shape.needs.forEach((need, index) => {
      const isAbout = keyMeetsNeed(need, key, this.#source)
      region += isAbout ? '+' : '-'
      if (!isAbout) return
      if (need.value === null) meets |= 1 << index
      else if (this.write(need.value, value, depth + 1) !== null) {
        meetsByValue |= 1 << index
        // What is only declared where the need is met comes in its order.
        expression = this.#source.all([expression, need.value])
      }
    })
    const text = this.write(expression, value, depth + 1)
    return text === null ? null : { text: this.#member(key, text, depth), region, meets, meetsByValue }
  }

  #declaredBy(shape: ObjectShape): ReadonlySet<string> {
    let keys = this.#declared.get(shape)
    if (keys === undefined) {
      keys = declaredKeys(shape, listedKeys(shape, this.#source))
      this.#declared.set(shape, keys)
    }
    return keys
  }

  /** A value of an enum, which is written as it stands there. */
  #listed(value: Json, depth: number): string | null {
    if (typeof value === 'string') return isUnicodeText(value) ? JSON.stringify(value) : null
    if (value === null || typeof value === 'boolean') return String(value)
    if (value instanceof Decimal) return knownTexts(value)[0]!
    const parts: string[] = []
    for (const [key, item] of value.entries()) {
      const text = this.#listed(item, depth + 1)
      if (text === null || (typeof key === 'string' && !isUnicodeText(key))) return null
      parts.push(typeof key === 'string' ? this.#member(key, text, depth) : text)
    }
    return this.#bracketed(Array.isArray(value) ? '[]' : '{}', parts, depth)
  }

  #member(key: string, text: string, depth: number): string {
    return JSON.stringify(key) + marksAt(this.#whitespace, depth).colon + text
  }

  #bracketed(brackets: '[]' | '{}', parts: readonly string[], depth: number): string {
    if (parts.length === 0) return brackets
    const inside = parts.join(marksAt(this.#whitespace, depth).comma)
    const [open, close] = [depth + 1, depth].map((level) => lineAt(this.#whitespace, level))
    return brackets[0] + open! + inside + close! + brackets[1]
  }

  #key(value: Plain): string {
    if (!isNested(value)) return jsonKey(decimalOf(value) ?? (value as Json))
    let key = this.#keys.get(value)
    if (key === undefined) {
      key = Array.isArray(value)
        ? `[${value.map((item) => this.#key(item)).join()}]`
        : `{${Object.keys(value)
            .sort()
            .map((name) => `${JSON.stringify(name)}:${this.#key(value[name]!)}`)
            .join()}}`
      this.#keys.set(value, key)
    }
    return key
  }
}

/** What may not be spelled as JavaScript spells it: half a surrogate pair. */
const unusual = /\\ud/

/** The text of a value nothing is asked of; null where it takes a closer look. */
function usualText(value: Plain): string | null {
  try {
    const text = JSON.stringify(value)
    return unusual.test(text) ? null : text
  } catch {
    // A number that is no double.
    return null
  }
}

function isNested(value: Plain): value is Plain[] | PlainObject {
  return typeof value === 'object' && value !== null && !(value instanceof Decimal)
}

function decimalOf(value: Plain): Decimal | null {
  return typeof value === 'number' ? Decimal.ofNumber(value) : value instanceof Decimal ? value : null
}

const listed = new WeakMap<readonly Json[], ReadonlyMap<string, Json>>()

/** The values of an enum by what they are told apart by. */
function listedBy(values: readonly Json[]): ReadonlyMap<string, Json> {
  let byKey = listed.get(values)
  if (byKey === undefined) {
    byKey = new Map(values.map((value) => [jsonKey(value), value]))
    listed.set(values, byKey)
  }
  return byKey
}
