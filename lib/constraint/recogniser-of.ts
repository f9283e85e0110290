// The recogniser of a constraint, made once for all who tell values from texts without native code. Never refuses a
// constraint that has no member; whoever asks knows what that means.
import type { Constraint } from './constraint-type.js'
import { lowerConstraint } from './lower.js'
import { Recogniser } from './recognise/recogniser.js'

const recognisers = new WeakMap<Constraint, Recogniser>()

/** Throws what lowering throws. */
export function recogniserOf(constraint: Constraint): Recogniser {
  let known = recognisers.get(constraint)
  if (known === undefined) {
    known = new Recogniser(lowerConstraint(constraint))
    recognisers.set(constraint, known)
  }
  return known
}
