// Lowering that can be left between two steps, so that whoever does it may let others have their turn. Decides only how
// it is told apart from lowering at once; when to give a turn is decided by who asks.
import { inspected } from '../base/seen.js'
import { type Constraint, constraintShown } from './constraint-type.js'
import type { GrammarSymbol } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'

/** Work that stops now and then; what it returns is the same however long it is left alone. */
export type Steps<T> = Generator<undefined, T>

type Lowering = (builder: IrBuilder) => Steps<GrammarSymbol>

const lowerings = new WeakMap<Constraint, Lowering>()

/** Completes a constraint that is lowered in steps. */
export function inSteps<C extends Constraint>(parts: Omit<C, 'lower'>, lowering: Lowering): C {
  const made = Object.defineProperties({} as C, Object.getOwnPropertyDescriptors(parts))
  Object.defineProperty(made, 'lower', {
    value: (builder: IrBuilder) => finished(lowering(builder)),
    enumerable: true,
  })
  Object.defineProperty(made, inspected, { value: constraintShown, enumerable: true })
  lowerings.set(made, lowering)
  return Object.freeze(made)
}

/** As `constraint.lower(builder)`; all at once where the constraint knows no steps. */
export function* lowerInSteps(constraint: Constraint, builder: IrBuilder): Steps<GrammarSymbol> {
  const lowering = lowerings.get(constraint)
  return lowering === undefined ? constraint.lower(builder) : yield* lowering(builder)
}

/** Does all of the work. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
