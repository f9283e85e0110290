// A value out of the middle of a constraint. Decides that the value of whatever it stands in is an object by names.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { isUnicodeText, shown } from '../base/seen.js'
import { type Capturing, invalid } from './captures.js'
import { composite, describeAll, textFor } from './composite.js'
import { type CombinedConstraint, type ConstraintPart, type PartValue, partOf } from './part.js'

/**
 * The part (a constraint, a string or a RegExp), whose value is captured by this name: the value of `capture`, and of
 * every `seq`, `or`, `optional`, `many` and `recursive` around it, is an object of captures, and other parts have none.
 *
 * In `seq` each name once. In `or` and `optional` a name is absent where the text has none. In `many` and `recursive` a
 * name is the list of all its values, in the order of the text. A capture within another one belongs to that one's
 * value. Where a text can be read in several ways, each part of `seq` and `many` in turn is as long as the rest allows,
 * and of the alternatives of `or` the first that holds its stretch counts. Of a text that nests deeper than 200 levels,
 * or whose levels have more than 50,000 characters together, nothing is told: `parse` throws CONSTRAINT_TOO_COMPLEX.
 *
 * A known value is such an object; it needs a text for all that is not captured, so other parts must be strings.
 *
 * Throws as `or`, and ConstraintError CAPTURE_INVALID for a name that is no text or empty; what it is put into throws
 * CAPTURE_TWICE.
 *
 * @example
 * ```ts
 * import { capture, hole, prompt, seq } from 'espalier'
 * import { integer } from 'espalier/constraint'
 *
 * const month = capture('month', integer({ min: 1, max: 12 }))
 * const date = seq(capture('year', integer({ min: 1900, max: 2100 })), '-', month)
 * const built = (await model.run(prompt`Built: ${hole('date', date)}\n`)).values.date
 * console.log(built.year * 12 + built.month)
 * ```
 */
export function capture<const N extends string, const P extends ConstraintPart>(
  name: N,
  part: P,
  ...extra: []
): CombinedConstraint<P, { readonly [name in N]: PartValue<P> }> & Capturing {
  refuseOptions('capture()', extra)
  if (typeof name !== 'string' || name === '' || !isUnicodeText(name)) {
    throw new ConstraintError(
      'CAPTURE_INVALID',
      `The name of a capture is ${shown(name)}, expected a text that is not empty.`,
    )
  }
  const known = partOf(part, 'capture()')
  type Value = { readonly [name in N]: PartValue<P> }
  return composite<Value>([known], {
    kind: 'capture',
    names: () => new Map([[name, 'one']]),
    read: (text) => [{ name, part: known, text }],
    lowerRegular: (_builder, [id]) => id!,
    lower: (_builder, [symbol]) => symbol!,
    cut: (text) => [{ part: known, text }],
    valueOf: ([value]) => ({ [name]: value }) as Value,
    format: () => '',
    formatCaptures(values) {
      if (values.has(name)) return textFor(known, values.get(name))
      throw invalid(`has no ${JSON.stringify(name)}, expected one`)
    },
    describe: () => describeAll([known], ''),
  }) as CombinedConstraint<P, Value> & Capturing
}
