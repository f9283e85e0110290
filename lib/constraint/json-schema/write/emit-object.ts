// Writes object shapes as rules, members in the order of their declaration and other keys after them. Decides how
// members are counted. A key that is declared is never free, so that no member can be overwritten by a later one that
// was not checked. No rule here derives the empty text.

import { tooComplex } from '../refusal.js'
import type { ObjectShape } from '../shape/shapes.js'
import type { EmitContext } from './emit-context.js'
import { AnyOrderRules } from './emit-object-any.js'
import { draftPart, lexemePart, type Part } from './grammar.js'
import { ObjectMembers } from './object-members.js'

/** Where an object stands: how many declared members are behind, and what has been counted. */
interface State {
  readonly position: number
  readonly isFirst: boolean
  readonly isFreeSeen: boolean
  /** Members so far, up to the maximum; stays 0 without one. */
  readonly count: number
  /** Members that are surely different, up to the minimum. */
  readonly distinct: number
  readonly met: number
  /** Bits of the regions that no member may be of any more. */
  readonly closed: number
}

const statesMax = 40_000

/** The alternatives of an object value; none where it can't be. */
export function emitObject(emitter: EmitContext, shape: ObjectShape, depth: number): Part[][] {
  const members = new ObjectMembers(emitter, shape, depth)
  if (members.isImpossible) return []
  let least = shape.min > shape.required.length ? shape.min : 0
  if (members.regions.length > 0 && least > 1 && shape.required.length < least - 1) {
    refuseMinimum(emitter, shape)
    least = 1
  }
  const alternatives: Part[][] = []
  if (shape.required.length === 0 && least === 0 && shape.needs.length === 0) {
    alternatives.push([lexemePart(emitter.layout.emptyBrackets('{}'))])
  }
  if (shape.max === 0) return alternatives
  // Where a value counts for the whole object its key must not come again.
  if (emitter.order === 'any' && least <= 1 && !members.hasValueNeeds)
    return [...alternatives, ...new AnyOrderRules(members).alternatives()]
  return [...alternatives, [new DeclaredOrderRules(members, least).start()]]
}

/** Free keys may be repeated in the text and then count once; that can't be told apart. */
function refuseMinimum(emitter: EmitContext, shape: ObjectShape): void {
  emitter.normaliser.leaveOut({
    keyword: 'minProperties',
    pointer: `${shape.pointer}/minProperties`,
    reason: 'keys that are not declared cannot be counted for a minimum beyond the required ones',
  })
}

class DeclaredOrderRules {
  readonly #members: ObjectMembers
  readonly #least: number
  readonly #drafts = new Map<string, number>()
  readonly #queue: [State, number][] = []

  constructor(members: ObjectMembers, least: number) {
    this.#members = members
    this.#least = least
  }

  start(): Part {
    const first = this.#state({
      position: 0,
      isFirst: true,
      isFreeSeen: false,
      count: 0,
      distinct: 0,
      met: 0,
      closed: 0,
    })
    for (let entry = this.#queue.pop(); entry; entry = this.#queue.pop()) this.#define(...entry)
    return draftPart(first)
  }

  #state(state: State): number {
    const { max } = this.#members.shape
    const { position, isFirst, met, closed } = state
    const count = max === null ? 0 : state.count
    const distinct = Math.min(state.distinct, this.#least)
    const isFreeSeen = this.#least > 0 && state.isFreeSeen
    const key = `${position},${isFirst},${isFreeSeen},${count},${distinct},${met},${closed}`
    let draft = this.#drafts.get(key)
    if (draft === undefined) {
      if (this.#drafts.size >= statesMax)
        throw tooComplex('states of an object', this.#drafts.size + 1, statesMax)
      draft = this.#members.emitter.declare('object')
      this.#drafts.set(key, draft)
      this.#queue.push([{ position, isFirst, isFreeSeen, count, distinct, met, closed }, draft])
    }
    return draft
  }

  #define(state: State, draft: number): void {
    const { shape, members, emitter } = this.#members
    const isFull = shape.max !== null && state.count >= shape.max
    const member = members[state.position]
    const alternatives: Part[][] = []
    if (member) {
      const next: State = { ...state, position: state.position + 1 }
      if (!isFull) {
        const before = this.#members.before(state)
        for (const { parts, meets } of [member, ...member.meeting]) {
          alternatives.push([before, ...parts, this.#after(next, meets, 1)])
        }
      }
      if (!member.isRequired) alternatives.push([draftPart(this.#state(next))])
    } else {
      if (!isFull) alternatives.push(...this.#free(state))
      const isDone = state.met === (1 << shape.needs.length) - 1 && state.distinct >= this.#least
      if (!state.isFirst && isDone) alternatives.push([this.#members.close()])
    }
    emitter.grammar.define(draft, alternatives)
  }

  #free(state: State): Part[][] {
    const before = this.#members.before(state)
    const distinct = state.isFreeSeen ? 0 : 1
    const seen: State = { ...state, isFreeSeen: true }
    return this.#members.regions.flatMap(({ parts, meets, closing }, index) => {
      const bit = 1 << index
      if (state.closed & bit) return []
      const closed: State = { ...seen, closed: state.closed | bit }
      return [
        [before, ...parts, this.#after(seen, meets, distinct)],
        ...closing.map((each) => [before, ...each.parts, this.#after(closed, each.meets, distinct)]),
      ]
    })
  }

  #after(state: State, meets: number, distinct: number): Part {
    return draftPart(
      this.#state({
        ...state,
        isFirst: false,
        count: state.count + 1,
        distinct: state.distinct + distinct,
        met: state.met | meets,
      }),
    )
  }
}
