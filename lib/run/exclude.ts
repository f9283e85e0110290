// A constraint without texts that were rejected before. Decides that attempts are without replacement in the values
// too: the same text spelled with other tokens would only be rejected again.
import { type Constraint, isRegular, type RegularConstraint, regular } from '../constraint/constraint-type.js'

/** The constraint less these texts; one that is not a regular language stays as it is. */
export function excluding<V, C extends Constraint<V>>(
  constraint: C,
  texts: readonly string[],
): C extends RegularConstraint<V> ? RegularConstraint<V> : Constraint<V>
export function excluding<V>(constraint: Constraint<V>, texts: readonly string[]): Constraint<V> {
  if (texts.length === 0 || !isRegular(constraint)) return constraint
  const inner: RegularConstraint<V> = constraint
  return regular<V>({
    kind: inner.kind,
    lowerRegular: (builder) => {
      const rejected = builder.alt(...texts.map((text) => builder.literal(text)))
      return builder.and(inner.lowerRegular(builder), builder.not(rejected))
    },
    parse: (text) => inner.parse(text),
    format: (value) => inner.format(value),
    describe: () => inner.describe(),
  })
}
