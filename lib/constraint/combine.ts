// Set operations on constraints. Decides whose value a combination has: `or` has that of the first part that holds the
// text, `and` the first one's, `not` has only its text.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import {
  type CapturesOfEither,
  type Capturing,
  captureNames,
  type HasCaptures,
  type MarkOf,
  markOf,
  namesOfEither,
  noteCapturesOf,
} from './captures.js'
import { composite, describeAll, textFor, textForCaptures } from './composite.js'
import { combined, formatText, type RegularConstraint } from './constraint-type.js'
import {
  type CombinedConstraint,
  type ConstraintPart,
  type PartValue,
  partOf,
  type RegularPart,
  regularPartOf,
} from './part.js'
import { recogniserOf } from './recogniser-of.js'

/** What `or` makes: with a capture in it, its value is an object of captures. */
export type OrConstraint<P> =
  HasCaptures<P> extends true
    ? CombinedConstraint<P, CapturesOfEither<P>> & Capturing
    : CombinedConstraint<P, PartValue<P>>

/**
 * Texts that are in at least one of the parts: constraints, strings or RegExps. The value is that of the first part
 * that holds the text. Regular where all parts are.
 *
 * Throws ConstraintError PART_INVALID, CONSTRAINT_TOO_COMPLEX (500 levels, 100,000 parts), and what `regex` throws.
 *
 * @example
 * ```ts
 * import { hole, or, prompt } from 'espalier'
 * import { integer } from 'espalier/constraint'
 *
 * const age = or(integer({ min: 0, max: 120 }), 'unknown')
 * const { values } = await model.run(prompt`Age: ${hole('age', age)}\n`)
 * console.log(values.age === 'unknown' ? null : values.age + 1)
 * ```
 */
export function or<const P extends readonly [ConstraintPart, ...ConstraintPart[]]>(
  ...parts: P
): OrConstraint<P[number]> {
  const known = parts.map((part) => partOf(part, 'or()'))
  if (known.length === 0)
    throw new ConstraintError('PART_INVALID', 'or() got no part, expected at least one.')
  type Value = PartValue<P[number]>
  const firstWith = (text: string) => known.findIndex((part) => recogniserOf(part).has(text))
  return composite<Value>(known, {
    kind: 'or',
    names: namesOfEither,
    lowerRegular: (builder, ids) => builder.altOf(ids),
    lower: (builder, symbols) => ({
      rule: builder.rule(
        'or',
        symbols.map((symbol) => [symbol]),
      ),
    }),
    cut: (text) => [{ part: known[Math.max(0, firstWith(text))]!, text }],
    valueOf: ([value]) => value as Value,
    format(value) {
      for (const [index, part] of known.entries()) {
        const text = textOrNull(() => textFor(part, value))
        // What an earlier part holds would be read as that part's value.
        if (text !== null && firstWith(text) === index) return text
      }
      throw new ConstraintError('VALUE_INVALID', `The value is none of ${describeAll(known, ' or ')}.`)
    },
    formatCaptures(values) {
      for (const [index, part] of known.entries()) {
        const names = captureNames(part)
        if ([...values.keys()].some((name) => !names.has(name))) continue
        const text = textOrNull(() => textForCaptures(part, parts[index], values))
        if (text !== null && firstWith(text) === index) return text
      }
      throw new ConstraintError(
        'VALUE_INVALID',
        `The captures are those of none of ${describeAll(known, ' or ')}.`,
      )
    },
    describe: () => describeAll(known, ' or '),
  }) as OrConstraint<P[number]>
}

function textOrNull(work: () => string): string | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof ConstraintError && error.code === 'VALUE_INVALID') return null
    throw error
  }
}

/**
 * Texts that are in both; the value is the first one's. Both are constraints that are one regular language, strings or
 * RegExps. Throws ConstraintError NOT_REGULAR, PART_INVALID, CONSTRAINT_TOO_COMPLEX, and what `regex` throws.
 *
 * @example
 * ```ts
 * import { and, hole, prompt, words } from 'espalier'
 *
 * const title = and(words(1, 4), /[A-Z][a-z ]{3,30}/)
 * console.log((await model.run(prompt`Title: ${hole('title', title)}\n`)).values.title)
 * ```
 */
export function and<const A extends RegularPart>(
  first: A,
  second: RegularPart,
  ...extra: []
): RegularConstraint<PartValue<A>> & MarkOf<A> {
  refuseOptions('and()', extra)
  const left = regularPartOf(first, 'and()') as RegularConstraint<PartValue<A>>
  const right = regularPartOf(second, 'and()')
  const both = combined<PartValue<A>>([left, right], {
    kind: 'and',
    ...markOf(left),
    lowerRegular: (builder) => builder.and(left.lowerRegular(builder), right.lowerRegular(builder)),
    parse: (text) => left.parse(text),
    ...(left.parseAsync && { parseAsync: left.parseAsync }),
    format: (value) => left.format(value),
    describe: () => describeAll([left, right], ' and '),
  })
  return noteCapturesOf(both, left) as RegularConstraint<PartValue<A>> & MarkOf<A>
}

/**
 * Texts that are not in `part`, a constraint that is one regular language, a string or a RegExp; the value is the text.
 * Throws ConstraintError NOT_REGULAR, PART_INVALID, CONSTRAINT_TOO_COMPLEX, and what `regex` throws.
 *
 * @example
 * ```ts
 * import { and, hole, not, or, prompt } from 'espalier'
 *
 * const name = and(/[A-Z][a-z]{1,12}/, not(or('None', 'Null')))
 * console.log((await model.run(prompt`Name: ${hole('name', name)}\n`)).values.name)
 * ```
 */
export function not(part: RegularPart, ...extra: []): RegularConstraint<string> {
  refuseOptions('not()', extra)
  const known = regularPartOf(part, 'not()')
  return combined<string>([known], {
    kind: 'not',
    lowerRegular: (builder) => builder.not(known.lowerRegular(builder)),
    parse: (text) => text,
    format: formatText('not'),
    describe: () => `not ${describeAll([known], '')}`,
  })
}
