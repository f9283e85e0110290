// Writes object shapes as rules. Decides what stands where: members in any order, or in the order of their declaration
// with other keys after them; and how they are counted. A key that is declared is never free and never stands twice, so
// that no member can be overwritten by a later one. No rule here derives the empty text.

import { tooComplex } from '../refusal.js'
import type { ObjectShape } from '../shape/shapes.js'
import type { EmitContext } from './emit-context.js'
import { draftPart, lexemePart, type Part } from './grammar.js'
import { ObjectMembers } from './object-members.js'

/** Where an object in declared order stands: how many declared members are behind, and what has been counted. */
interface State {
  readonly position: number
  readonly isFirst: boolean
  /** Members so far, up to the maximum; stays 0 without one. */
  readonly count: number
  /** The same, up to the minimum. */
  readonly distinct: number
  readonly met: number
  /** Where values may meet needs: whether a free member is behind, and bits of the regions that no more may be of. */
  readonly isFreeSeen: boolean
  readonly closed: number
}

const start: State = {
  position: 0,
  isFirst: true,
  count: 0,
  distinct: 0,
  met: 0,
  isFreeSeen: false,
  closed: 0,
}
const statesMax = 40_000

/** The alternatives of an object value; none where it can't be. */
export function emitObject(emitter: EmitContext, shape: ObjectShape, depth: number): Part[][] {
  const members = new ObjectMembers(emitter, shape, depth)
  if (members.isImpossible) return []
  const alternatives: Part[][] = []
  if (shape.required.length === 0 && shape.min === 0 && shape.needs.length === 0) {
    alternatives.push([lexemePart(emitter.layout.emptyBrackets('{}'))])
  }
  if (shape.max === 0) return alternatives
  // Where a value counts for the whole object, what comes after it matters.
  const isAnyOrder = emitter.order === 'any' && !members.hasValueNeeds
  const whole = isAnyOrder ? anyOrder(members) : new DeclaredOrderRules(members).start()
  return [...alternatives, [whole]]
}

function anyOrder(members: ObjectMembers): Part {
  const { open, least, shape, needs } = members
  const elements = [...members.members.map((member) => members.element(member)), ...members.free]
  return members.set(elements, { open, min: least, max: shape.max, needs })
}

class DeclaredOrderRules {
  readonly #members: ObjectMembers
  readonly #drafts = new Map<string, number>()
  readonly #queue: [State, number][] = []

  constructor(members: ObjectMembers) {
    this.#members = members
  }

  start(): Part {
    const first = this.#state(start)
    for (let entry = this.#queue.pop(); entry; entry = this.#queue.pop()) this.#define(...entry)
    return draftPart(first)
  }

  #state(state: State): number {
    const { shape, least, emitter } = this.#members
    const { position, isFirst, met, isFreeSeen, closed } = state
    const count = shape.max === null ? 0 : state.count
    const distinct = Math.min(state.distinct, least)
    const key = `${position},${isFirst},${count},${distinct},${met},${isFreeSeen},${closed}`
    let draft = this.#drafts.get(key)
    if (draft === undefined) {
      if (this.#drafts.size >= statesMax)
        throw tooComplex('states of an object', this.#drafts.size + 1, statesMax)
      draft = emitter.declare('object')
      this.#drafts.set(key, draft)
      this.#queue.push([{ ...state, count, distinct }, draft])
    }
    return draft
  }

  #define(state: State, draft: number): void {
    const { shape, members, emitter, open, comma } = this.#members
    const isFull = shape.max !== null && state.count >= shape.max
    const member = members[state.position]
    const alternatives: Part[][] = []
    if (member) {
      const next: State = { ...state, position: state.position + 1 }
      if (!isFull) {
        const before = lexemePart(state.isFirst ? open : comma)
        for (const { parts, meets } of [member, ...member.meeting]) {
          alternatives.push([before, ...parts, this.#after(next, meets, 1)])
        }
      }
      if (!member.isRequired) alternatives.push([draftPart(this.#state(next))])
    } else alternatives.push(...this.#end(state))
    emitter.grammar.define(draft, alternatives)
  }

  /** After the declared members: free ones in any order, or the end. */
  #end(state: State): Part[][] {
    const { isFirst, count, distinct, met } = state
    const { shape, free, least, needs, open, comma, close } = this.#members
    const alternatives = shape.max === null || count < shape.max ? this.#closing(state) : []
    if (free.length > 0 && (shape.max === null || count < shape.max)) {
      const limits = {
        open: isFirst ? open : comma,
        min: least - distinct,
        max: shape.max === null ? null : shape.max - count,
        needs: needs & ~met,
      }
      alternatives.push([this.#members.set(free, limits)])
    }
    if (!isFirst && met === needs && distinct >= least) alternatives.push([lexemePart(close)])
    return alternatives
  }

  /** One more free member, where values may meet needs. */
  #closing(state: State): Part[][] {
    const { regions, open, comma } = this.#members
    const before = lexemePart(state.isFirst ? open : comma)
    const distinct = state.isFreeSeen ? 0 : 1
    const seen: State = { ...state, isFreeSeen: true }
    return regions.flatMap(({ parts, meets, closing }, index) => {
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
