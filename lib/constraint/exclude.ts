// A constraint without texts that were rejected before. Decides that attempts are without replacement in the values
// too: the same text spelled with other tokens would only be rejected again.
import { type Constraint, isRegular, type RegularConstraint, regular } from './constraint-type.js'

/** What must not come again. */
export interface Rejected {
  readonly texts: readonly string[]
  /** No text that begins with one of these. */
  readonly beginnings: readonly string[]
}

/** The constraint less what was rejected; one that is not a regular language stays as it is. */
export function excluding<V, C extends Constraint<V>>(
  constraint: C,
  rejected: Rejected,
): C extends RegularConstraint<V> ? RegularConstraint<V> : Constraint<V>
export function excluding<V>(constraint: Constraint<V>, { texts, beginnings }: Rejected): Constraint<V> {
  if (texts.length + beginnings.length === 0 || !isRegular(constraint)) return constraint
  const inner: RegularConstraint<V> = constraint
  return regular<V>({
    kind: inner.kind,
    lowerRegular: (builder) => {
      const rejected = builder.altOf([
        ...texts.map((text) => builder.literal(text)),
        ...beginnings.map((text) => builder.concat(builder.literal(text), builder.any())),
      ])
      return builder.and(inner.lowerRegular(builder), builder.not(rejected))
    },
    parse: (text) => inner.parse(text),
    format: (value) => inner.format(value),
    describe: () => inner.describe(),
  })
}
