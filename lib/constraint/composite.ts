// Constraints made of others, whose values are made of theirs. Decides that one is a regular language where all its
// parts are, and a rule of a grammar else; which texts and which value it has is said by its plan.
import { ConstraintError } from '../base/errors.js'
import { type Constraint, combined, isRegular, noteSize, type RegularConstraint } from './constraint-type.js'
import type { Stretch } from './cut.js'
import type { GrammarSymbol, RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { inSteps, lowerInSteps } from './steps.js'

/** `parts` are in the order they were given in, here and in what is passed on. */
export interface Plan<V> {
  readonly kind: string
  lowerRegular(builder: IrBuilder, parts: readonly RegexId[]): RegexId
  lower(builder: IrBuilder, parts: readonly GrammarSymbol[]): GrammarSymbol
  /** The stretches of a member whose values make its value. */
  cut(text: string): readonly Stretch[]
  valueOf(values: readonly unknown[]): V
  /** Throws ConstraintError VALUE_INVALID. */
  format(value: V): string
  describe(): string
}

/** Throws ConstraintError CONSTRAINT_TOO_COMPLEX. */
export function composite<V>(parts: readonly Constraint[], plan: Plan<V>): Constraint<V> {
  const body: Omit<Constraint<V>, 'lower'> = {
    kind: plan.kind,
    parse: (text) => plan.valueOf(plan.cut(text).map(({ part, text: own }) => part.parse(own))),
    ...(parts.some((part) => part.parseAsync !== undefined) && {
      parseAsync: async (text: string) => {
        const values = plan.cut(text).map(({ part, text: own }) => part.parseAsync?.(own) ?? part.parse(own))
        return plan.valueOf(await Promise.all(values))
      },
    }),
    format: (value) => plan.format(value),
    describe: () => plan.describe(),
  }
  if (parts.every((part): part is RegularConstraint => isRegular(part))) {
    const lowerRegular = (builder: IrBuilder) =>
      plan.lowerRegular(
        builder,
        parts.map((part) => part.lowerRegular(builder)),
      )
    return combined<V>(parts, { ...body, lowerRegular })
  }
  const made = inSteps<Constraint<V>>(body, function* (builder) {
    const symbols: GrammarSymbol[] = []
    for (const part of parts) {
      yield
      symbols.push(yield* lowerInSteps(part, builder))
    }
    return plan.lower(builder, symbols)
  })
  return noteSize(made, parts)
}

/** The text a part has for a value. Throws ConstraintError VALUE_INVALID. */
export function textFor(part: Constraint, value: unknown): string {
  const text = part.textOf === undefined ? part.format(value) : part.textOf(value)
  if (text !== null) return text
  throw new ConstraintError('VALUE_INVALID', `The value is none of ${part.describe()}.`)
}

const describedMax = 5

/** What to call several parts, for people. */
export function describeAll(parts: readonly Constraint[], between: string): string {
  const shown = parts.slice(0, describedMax).map((part) => part.describe().slice(0, 200))
  if (parts.length > describedMax) shown.push(`${parts.length - describedMax} more`)
  return shown.join(between)
}
