// Who made a plan unacceptable. A device that refuses a plan outright says why, and not always whose part of it is
// meant; so those who asked something of it are tried one by one. Decides who takes part in the next plan.
import type { PlannedStep } from '../../../schedule/draft.js'
import type { Work } from '../../../schedule/work.js'

export class Suspects {
  readonly #works = new Set<Work>()

  /** Those whose requests a device may object to: who draws or wants log-probabilities, else whose tokens these are. */
  static of({ drawing, places, works }: PlannedStep): ReadonlySet<Work> {
    const asking = new Set([...drawing, ...places.map(({ work }) => work)])
    return asking.size > 0 ? asking : new Set(works)
  }

  add(works: Iterable<Work>): void {
    for (const work of works) this.#works.add(work)
  }

  /** The works that the next plan is for: all, or one suspect alone. */
  among(open: readonly Work[], has: (work: Work) => boolean): readonly Work[] {
    for (const work of this.#works) {
      if (has(work)) return [work]
      this.#works.delete(work)
    }
    return open
  }

  /** A step with these works in it was taken. */
  acquit(works: Iterable<Work>): readonly Work[] {
    const cleared = [...works].filter((work) => this.#works.delete(work))
    return cleared
  }
}
