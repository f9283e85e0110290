// States of rules that are sets of members (ir/member-set.ts): what has stood there so far. Decides what may come next,
// so that the rest can always be completed. Made when they are first come to; equal states are one.
import type { MemberSet } from '../ir/member-set.js'
import { MembersLeft } from '../ir/members-left.js'

export interface MemberState {
  readonly set: MemberSet
  /** Elements that have stood there, as bits: those that stand once, and all while the minimum is not reached. */
  readonly seen: Uint32Array
  /** Members, where they are limited; stays 0 without a limit. */
  readonly count: number
  readonly met: number
  /** Different elements, up to the minimum. */
  readonly distinct: number
}

export function startOf(set: MemberSet): MemberState {
  const seen = new Uint32Array(Math.ceil(set.elements.length / 32))
  return { set, seen, count: 0, met: 0, distinct: 0 }
}

/** Tells the states of one set apart. */
export function keyOf({ seen, count, met, distinct }: MemberState): string {
  return `${seen.join()} ${count} ${met} ${distinct}`
}

export function isComplete({ set, seen, met, distinct }: MemberState): boolean {
  if ((set.needs & ~met) !== 0 || distinct < set.min) return false
  return set.elements.every(({ times }, element) => times !== 'required' || has(seen, element))
}

/** The elements that may come next. */
export function nextOf(state: MemberState): number[] {
  const { set, seen, count } = state
  const { max } = set
  const left = [...set.elements.keys()].filter(
    (element) => set.elements[element]!.times === 'any' || !has(seen, element),
  )
  // All that is left was enough in the beginning; only a limit can leave too little room for it.
  if (max === null) return left
  if (count >= max) return []
  // Elements that ask and offer the same need be tried once.
  const fits = new Map<string, boolean>()
  return left.filter((element) => {
    const { times, meets } = set.elements[element]!
    const kind = `${times} ${meets} ${has(seen, element)}`
    const isFitting = fits.get(kind) ?? leastLeft(after(state, element)) <= max - count - 1
    fits.set(kind, isFitting)
    return isFitting
  })
}

export function after(state: MemberState, element: number): MemberState {
  const { set, count, met } = state
  const seen = state.seen.slice()
  const distinct = Math.min(set.min, state.distinct + (has(seen, element) ? 0 : 1))
  seen[element >> 5]! |= 1 << (element & 31)
  if (distinct === set.min) {
    for (const [other, { times }] of set.elements.entries()) {
      if (times === 'any') seen[other >> 5]! &= ~(1 << (other & 31))
    }
  }
  return {
    set,
    seen,
    count: set.max === null ? 0 : count + 1,
    met: met | set.elements[element]!.meets,
    distinct,
  }
}

/** Members that are needed yet. */
function leastLeft({ set, seen, met, distinct }: MemberState): number {
  const left = new MembersLeft()
  for (const [element, one] of set.elements.entries()) if (!has(seen, element)) left.add(one)
  return left.least(set.needs & ~met, set.min - distinct) ?? Number.POSITIVE_INFINITY
}

function has(seen: Uint32Array, element: number): boolean {
  return ((seen[element >> 5]! >>> (element & 31)) & 1) === 1
}
