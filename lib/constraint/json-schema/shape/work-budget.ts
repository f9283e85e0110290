// How much work one schema may be. Decides when to stop comparing what stands in long lists: most lists are short, and
// a few hostile ones would take minutes where each is compared with each.
import { tooComplex } from '../refusal.js'

/** Some tenths of a second; the largest of 10,000 schemas in use takes a hundredth of it. */
const stepsMax = 6_000_000

export class WorkBudget {
  #steps = 0

  /** Throws ConstraintError CONSTRAINT_TOO_COMPLEX once all of it together is too much. */
  spend(steps: number): void {
    this.#steps += steps
    if (this.#steps > stepsMax) throw tooComplex('comparisons of its parts', this.#steps, stepsMax)
  }
}
