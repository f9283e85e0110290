// Parts one after the other, and a part that may be left out. Decides which of them have a value: strings stand for
// themselves and have none.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { isArray, shown } from '../base/seen.js'
import {
  type CapturesOfAll,
  type CapturesOfOptional,
  type Capturing,
  type HasCaptures,
  namesOfAll,
} from './captures.js'
import { composite, describeAll, textFor, textForCaptures } from './composite.js'
import { cut } from './cut.js'
import { type CombinedConstraint, type ConstraintPart, type PartValue, partOf } from './part.js'

/** The values of the parts that are no strings, in their order. */
export type SeqValue<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Rest]
  ? Head extends string
    ? SeqValue<Rest>
    : readonly [PartValue<Head>, ...SeqValue<Rest>]
  : readonly []

/** What `seq` makes: with a capture in it, its value is an object of captures. */
export type SeqConstraint<P extends readonly ConstraintPart[]> =
  HasCaptures<P[number]> extends true
    ? CombinedConstraint<P[number], CapturesOfAll<P>> & Capturing
    : CombinedConstraint<P[number], SeqValue<P>>

/**
 * The parts (constraints, strings or RegExps) one after the other. The value is an array with the values of all parts
 * but the strings; where a text can be cut in several ways, each part in turn is as long as the rest allows, as greedy
 * quantifiers have it. Regular where all parts are.
 *
 * Throws as `or`; `parse` throws CONSTRAINT_TOO_COMPLEX for a text with far too many cuts.
 *
 * @example
 * ```ts
 * import { hole, prompt, seq } from 'espalier'
 * import { integer } from 'espalier/constraint'
 *
 * const size = seq(integer({ min: 1, max: 99 }), ' x ', integer({ min: 1, max: 99 }))
 * const [width, height] = (await model.run(prompt`Size: ${hole('size', size)} cm`)).values.size
 * console.log(width * height)
 * ```
 */
export function seq<const P extends readonly [ConstraintPart, ...ConstraintPart[]]>(
  ...parts: P
): SeqConstraint<P> {
  const known = parts.map((part) => partOf(part, 'seq()'))
  if (known.length === 0)
    throw new ConstraintError('PART_INVALID', 'seq() got no part, expected at least one.')
  const hasValue = parts.map((part) => typeof part !== 'string')
  const valueCount = hasValue.filter(Boolean).length
  const order = {
    partAt: (index: number) => known[index] ?? null,
    mayEnd: (count: number) => count === known.length,
    place: (count: number) => count,
  }
  return composite<SeqValue<P>>(known, {
    kind: 'seq',
    names: namesOfAll,
    lowerRegular: (builder, ids) => builder.concatOf(ids),
    lower: (builder, symbols) => ({ rule: builder.rule('seq', [symbols]) }),
    cut: (text) => cut(text, order).filter((_, index) => hasValue[index]),
    valueOf: (values) => values as unknown as SeqValue<P>,
    format(value) {
      if (!isArray(value) || value.length !== valueCount) {
        const seen = isArray(value) ? `an array of ${value.length}` : shown(value)
        throw new ConstraintError(
          'VALUE_INVALID',
          `A value of seq() is ${seen}, expected an array of ${valueCount}.`,
        )
      }
      let next = 0
      return known
        .map((part, index) => (hasValue[index] ? textFor(part, value[next++]) : part.format(parts[index])))
        .join('')
    },
    formatCaptures: (values) =>
      known.map((part, index) => textForCaptures(part, parts[index], values)).join(''),
    describe: () => describeAll(known, ', then '),
  }) as SeqConstraint<P>
}

/** What `optional` makes. */
export type OptionalConstraint<P> =
  HasCaptures<P> extends true
    ? CombinedConstraint<P, CapturesOfOptional<P>> & Capturing
    : CombinedConstraint<P, PartValue<P> | null>

/**
 * The part (a constraint, a string or a RegExp) or nothing; the value of the empty text is null. Throws as `or`.
 *
 * @example
 * ```ts
 * import { hole, optional, prompt, seq } from 'espalier'
 *
 * const phone = seq(optional(/\+\d{1,3} /), /\d{6,10}/)
 * const [country, number] = (await model.run(prompt`Phone: ${hole('phone', phone)}\n`)).values.phone
 * console.log(country ?? 'no country', number)
 * ```
 */
export function optional<const P extends ConstraintPart>(part: P, ...extra: []): OptionalConstraint<P> {
  refuseOptions('optional()', extra)
  const known = partOf(part, 'optional()')
  type Value = PartValue<P> | null
  return composite<Value>([known], {
    kind: 'optional',
    names: namesOfAll,
    lowerRegular: (builder, [id]) => builder.optional(id!),
    lower: (builder, symbols) => ({ rule: builder.rule('optional', [[], symbols]) }),
    cut: (text) => (text === '' ? [] : [{ part: known, text }]),
    valueOf: ([value]) => (value ?? null) as Value,
    format: (value) => (value === null ? '' : textFor(known, value)),
    formatCaptures: (values) => (values.size === 0 ? '' : textForCaptures(known, part, values)),
    describe: () => `${describeAll([known], '')} or nothing`,
  }) as OptionalConstraint<P>
}
