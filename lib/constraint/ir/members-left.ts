// What a set of members still has to ask and to offer. Decides how few more members can complete it; never knows which
// they are.
import type { MemberElement, MemberSet } from './member-set.js'

export class MembersLeft {
  #required = 0
  /** Needs that required ones meet. */
  #surelyMet = 0
  #others = 0
  /** What those that are not required meet. */
  readonly #meets = new Set<number>()

  get required(): number {
    return this.#required
  }

  /** An element that has not come yet. One that has, met and counted what it can, however often it may come again. */
  add({ times, meets }: MemberElement): void {
    if (times === 'required') {
      this.#required++
      this.#surelyMet |= meets
    } else {
      this.#others++
      this.#meets.add(meets)
    }
  }

  /** Members needed at least: the required ones, those that meet `needs`, `distinct` in all; null: not to be had. */
  least(needs: number, distinct: number): number | null {
    const more = Math.max(0, distinct - this.#required)
    const meeting = this.#leastMeeting(needs & ~this.#surelyMet)
    return more > this.#others || meeting === null ? null : this.#required + Math.max(more, meeting)
  }

  #leastMeeting(needs: number): number | null {
    let sets = new Set([0])
    for (let count = 0; sets.size > 0; count++) {
      if (sets.has(needs)) return count
      const grown = new Set<number>()
      for (const met of sets) {
        for (const meets of this.#meets) if ((meets & needs & ~met) !== 0) grown.add(met | (meets & needs))
      }
      sets = grown
    }
    return null
  }
}

/** Which elements of a set derive a text, as that is found out, and whether the set then does. */
export class MembersFound {
  readonly #set: MemberSet
  readonly #required: number
  readonly #left = new MembersLeft()

  constructor(set: MemberSet) {
    this.#set = set
    this.#required = set.elements.filter(({ times }) => times === 'required').length
  }

  /** One more; whether those found so far can make a whole. */
  add(element: MemberElement): boolean {
    const { needs, min, max } = this.#set
    this.#left.add(element)
    if (this.#left.required < this.#required) return false
    const least = this.#left.least(needs, min)
    return least !== null && (max === null || Math.max(1, least) <= max)
  }
}
