// From a constraint to its flat form (ir/ir.ts), once a constraint: lowering a large schema takes milliseconds, and
// each of its holes asks for it again.
import type { Constraint } from './constraint-type.js'
import type { ConstraintIr } from './ir/ir.js'
import { IrBuilder } from './ir/ir-builder.js'

const lowered = new WeakMap<Constraint, ConstraintIr>()

/** The constraint's flat form. Throws ConstraintError where it can't be expressed. */
export function lowerConstraint(constraint: Constraint): ConstraintIr {
  let ir = lowered.get(constraint)
  if (ir === undefined) {
    const builder = new IrBuilder()
    ir = builder.finish(constraint.lower(builder))
    lowered.set(constraint, ir)
  }
  return ir
}
