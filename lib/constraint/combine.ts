// Set operations on regular constraints. Decides whose value a combination has: `and` keeps the first one's, `not`
// has only its text.
import { refuseOptions } from '../base/options.js'
import { combined, formatText, type RegularConstraint } from './constraint-type.js'
import { checkRegular } from './text.js'

/**
 * Texts that are in both; the value is the first one's. Throws ConstraintError NOT_REGULAR.
 *
 * @example
 * ```ts
 * compile(and(regex(/[a-z]+/), regex(/.{3,5}/)), vocab)
 * ```
 */
export function and<V>(
  first: RegularConstraint<V>,
  second: RegularConstraint,
  ...extra: []
): RegularConstraint<V> {
  refuseOptions('and()', extra)
  checkRegular(first, 'and')
  checkRegular(second, 'and')
  return combined<V>([first, second as RegularConstraint<never>], {
    kind: 'and',
    lowerRegular: (builder) => builder.and(first.lowerRegular(builder), second.lowerRegular(builder)),
    parse: (text) => first.parse(text),
    format: (value) => first.format(value),
    describe: () => `${first.describe()} and ${second.describe()}`,
  })
}

/**
 * Texts that are not in `part`. Throws ConstraintError NOT_REGULAR.
 *
 * @example
 * ```ts
 * compile(limit(not(choice(['none', 'null'])), { bytesMax: 200 }), vocab)
 * ```
 */
export function not(part: RegularConstraint, ...extra: []): RegularConstraint<string> {
  refuseOptions('not()', extra)
  checkRegular(part, 'not')
  return combined<string>([part], {
    kind: 'not',
    lowerRegular: (builder) => builder.not(part.lowerRegular(builder)),
    parse: (text) => text,
    format: formatText('not'),
    describe: () => `not ${part.describe()}`,
  })
}
