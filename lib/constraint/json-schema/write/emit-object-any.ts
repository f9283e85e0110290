// Writes object shapes as rules that take members in any order. Decides how required members are followed: every
// order of them where they are few, else the declared order and the order of `required`; optional and free ones may
// stand anywhere. A repeated optional member is let through, because every one of them is checked. Members that change
// nothing but what has been met are one rule, which all states share: the rules grow with members plus states.

import { tooComplex } from '../refusal.js'
import { draftPart, type Part } from './grammar.js'
import type { Member, ObjectMembers } from './object-members.js'

/** Required members up to which all their orders are followed. */
const freeMax = 3
const statesMax = 8_000

interface State {
  /** Required members seen, as bits (`lane` null), or how many of the lane's order. */
  readonly seen: number
  readonly lane: number | null
  readonly isFirst: boolean
  /** Members so far, up to the maximum; stays 0 without one. */
  readonly count: number
  readonly met: number
}

/** One optional or free member with its value; all of them meet the same needs. */
interface Anywhere {
  readonly part: Part
  readonly meets: number
}

export class AnyOrderRules {
  readonly #members: ObjectMembers
  readonly #lanes: readonly (readonly Member[])[]
  readonly #required: readonly Member[]
  readonly #optional: readonly Member[]
  readonly #drafts = new Map<string, number>()
  #anywhere: Anywhere[] | null = null
  readonly #queue: [State, number][] = []

  constructor(members: ObjectMembers) {
    this.#members = members
    this.#required = members.members.filter(({ isRequired }) => isRequired)
    this.#optional = members.members.filter(({ isRequired }) => !isRequired)
    const order = members.shape.required.map((key) => this.#required.find((member) => member.key === key)!)
    const isSame = order.every((member, index) => member === this.#required[index])
    this.#lanes = isSame ? [this.#required] : [this.#required, order]
  }

  alternatives(): Part[][] {
    const lanes = this.#required.length <= freeMax ? [null] : this.#lanes.map((_, lane) => lane)
    const starts = lanes.map((lane) => [
      draftPart(this.#state({ seen: 0, lane, isFirst: true, count: 0, met: 0 })),
    ])
    for (let entry = this.#queue.pop(); entry; entry = this.#queue.pop()) this.#define(...entry)
    return starts
  }

  #state(state: State): number {
    const { max } = this.#members.shape
    const { seen, lane, isFirst, met } = state
    const count = max === null ? 0 : state.count
    const key = `${seen},${lane},${isFirst},${count},${met}`
    let draft = this.#drafts.get(key)
    if (draft === undefined) {
      if (this.#drafts.size >= statesMax)
        throw tooComplex('states of an object', this.#drafts.size + 1, statesMax)
      draft = this.#members.emitter.declare('object')
      this.#drafts.set(key, draft)
      this.#queue.push([{ seen, lane, isFirst, count, met }, draft])
    }
    return draft
  }

  #define(state: State, draft: number): void {
    const { shape, emitter } = this.#members
    const before = this.#members.before(state)
    const alternatives: Part[][] = []
    if (shape.max === null || state.count < shape.max) {
      for (const [member, seen] of this.#next(state)) {
        const after = this.#after(state, member.meets, seen)
        alternatives.push([before, ...member.parts, after])
      }
      for (const { part, meets } of this.#free()) {
        alternatives.push([before, part, this.#after(state, meets, state.seen)])
      }
    }
    const isDone = this.#isComplete(state) && state.met === (1 << shape.needs.length) - 1
    if (!state.isFirst && isDone) alternatives.push([this.#members.close()])
    emitter.grammar.define(draft, alternatives)
  }

  /** Required members that may come next, with what has been seen then. */
  #next(state: State): [Member, number][] {
    if (state.lane !== null) {
      const member = this.#lanes[state.lane]![state.seen]
      return member ? [[member, state.seen + 1]] : []
    }
    return this.#required.flatMap((member, index): [Member, number][] =>
      state.seen & (1 << index) ? [] : [[member, state.seen | (1 << index)]],
    )
  }

  /** Members that may come in any state, one part for each set of needs they meet. */
  #free(): readonly Anywhere[] {
    if (this.#anywhere !== null) return this.#anywhere
    const { emitter, regions } = this.#members
    const byMeets = new Map<number, (readonly Part[])[]>()
    for (const { parts, meets } of [...this.#optional, ...regions]) {
      const alternatives = byMeets.get(meets)
      if (alternatives) alternatives.push(parts)
      else byMeets.set(meets, [parts])
    }
    this.#anywhere = [...byMeets].map(([meets, alternatives]) => {
      const draft = emitter.declare('member')
      emitter.grammar.define(draft, alternatives)
      return { part: draftPart(draft), meets }
    })
    return this.#anywhere
  }

  #isComplete({ lane, seen }: State): boolean {
    const count = this.#required.length
    return lane === null ? seen === (1 << count) - 1 : seen === count
  }

  #after(state: State, meets: number, seen: number): Part {
    return draftPart(
      this.#state({
        lane: state.lane,
        seen,
        isFirst: false,
        count: state.count + 1,
        met: state.met | meets,
      }),
    )
  }
}
