// Writes object shapes as rules. Decides the order of members (as declared, other keys after them), which keys are
// free, and how members are counted. A key that is declared is never free, so that no member can be overwritten by a
// later one of the same key. No rule here derives the empty text.
import type { RegexId } from '../ir.js'
import type { Emitter } from './emit.js'
import type { Expression } from './expression.js'
import { keyExpression, keyMeetsNeed } from './fits.js'
import { FreeKeys, type FreeRegion } from './free-keys.js'
import type { Part } from './grammar.js'
import { isWellFormed } from './json-value.js'
import { tooComplex, unsupported } from './refusal.js'
import type { ObjectShape } from './shapes.js'

interface Member {
  readonly key: string
  readonly isRequired: boolean
  readonly value: Part
  /** Bits of the needs this key meets. */
  readonly meets: number
}

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
}

const statesMax = 20_000

/** The alternatives of an object value; none where it can't be. */
export function emitObject(emitter: Emitter, shape: ObjectShape, depth: number): Part[][] {
  return new ObjectRules(emitter, shape, depth).alternatives()
}

class ObjectRules {
  readonly #emitter: Emitter
  readonly #shape: ObjectShape
  readonly #depth: number
  readonly #min: number
  readonly #members: Member[] = []
  readonly #regions: FreeRegion[] = []
  readonly #drafts = new Map<string, number>()
  readonly #queue: [State, number][] = []
  readonly #comma: RegexId
  readonly #colon: RegexId
  readonly #open: RegexId

  constructor(emitter: Emitter, shape: ObjectShape, depth: number) {
    this.#emitter = emitter
    this.#shape = shape
    this.#depth = depth
    this.#min = shape.min > shape.required.length ? shape.min : 0
    this.#comma = emitter.layout.comma(depth)
    this.#colon = emitter.layout.colon(depth)
    this.#open = emitter.layout.open('{', depth)
  }

  alternatives(): Part[][] {
    if (!this.#collect()) return []
    const { shape, emitter } = { shape: this.#shape, emitter: this.#emitter }
    const alternatives: Part[][] = []
    if (shape.required.length === 0 && this.#min === 0 && shape.needs.length === 0) {
      alternatives.push([{ lexeme: emitter.layout.emptyBrackets('{}') }])
    }
    if (shape.max === 0) return alternatives
    const start: State = { position: 0, isFirst: true, isFreeSeen: false, count: 0, distinct: 0, met: 0 }
    alternatives.push([{ draft: this.#state(start) }])
    for (let entry = this.#queue.pop(); entry; entry = this.#queue.pop()) this.#define(...entry)
    return alternatives
  }

  /** Works out members and free keys; false where a required member has no value. */
  #collect(): boolean {
    const { normaliser } = this.#emitter
    const shape = this.#shape
    const declared = new Set(shape.groups.flatMap((group) => [...group.properties.keys()]))
    for (const key of shape.required) declared.add(key)
    const free = new FreeKeys(this.#emitter, shape, this.#depth)
    const listed = free.knownKeys()
    for (const key of listed ?? []) declared.add(key)
    for (const key of declared) {
      const isRequired = shape.required.includes(key)
      const expression: Expression = keyExpression(shape, key, normaliser)
      const value =
        isWellFormed(key) && expression.kind !== 'false'
          ? this.#emitter.value(expression, this.#depth + 1)
          : null
      if (value === null) {
        if (isRequired) return false
        continue
      }
      let meets = 0
      shape.needs.forEach((need, index) => {
        if (keyMeetsNeed(need, key, normaliser)) meets |= 1 << index
      })
      this.#members.push({ key, isRequired, value, meets })
    }
    if (listed === null) this.#regions.push(...free.regions([...declared, ...shape.absent]))
    if (this.#regions.length > 0 && this.#min > 1 && shape.required.length < this.#min - 1)
      this.#refuseMinimum()
    return true
  }

  /** Free keys may be repeated in the text and then count once; that can't be told apart. */
  #refuseMinimum(): void {
    if (this.#emitter.normaliser.isLenient) return
    throw unsupported({
      keyword: 'minProperties',
      pointer: `${this.#shape.pointer}/minProperties`,
      reason: 'keys that are not declared cannot be counted for a minimum beyond the required ones',
    })
  }

  #state(state: State): number {
    const { max } = this.#shape
    const capped: State = {
      ...state,
      count: max === null ? 0 : state.count,
      distinct: Math.min(state.distinct, this.#min),
      isFreeSeen: this.#min > 0 && state.isFreeSeen,
    }
    const key = Object.values(capped).join()
    let draft = this.#drafts.get(key)
    if (draft === undefined) {
      if (this.#drafts.size >= statesMax)
        throw tooComplex('states of an object', this.#drafts.size + 1, statesMax)
      draft = this.#emitter.declare('object')
      this.#drafts.set(key, draft)
      this.#queue.push([capped, draft])
    }
    return draft
  }

  #define(state: State, draft: number): void {
    const { max } = this.#shape
    const isFull = max !== null && state.count >= max
    const alternatives: Part[][] = []
    const member = this.#members[state.position]
    const next: State = { ...state, position: state.position + 1 }
    if (member) {
      if (!isFull) {
        const after = this.#after(next, member.meets, 1)
        alternatives.push([
          { lexeme: this.#key(this.#emitter.spelling.quoted(member.key), state) },
          member.value,
          after,
        ])
      }
      if (!member.isRequired) alternatives.push([{ draft: this.#state(next) }])
    } else {
      if (!isFull) {
        for (const region of this.#regions) {
          const after = this.#after({ ...state, isFreeSeen: true }, region.meets, state.isFreeSeen ? 0 : 1)
          alternatives.push([
            { lexeme: this.#key(this.#emitter.spelling.inQuotes(region.key), state) },
            region.value,
            after,
          ])
        }
      }
      const isDone = state.met === (1 << this.#shape.needs.length) - 1 && state.distinct >= this.#min
      if (!state.isFirst && isDone) {
        alternatives.push([{ lexeme: this.#emitter.layout.close('}', this.#depth) }])
      }
    }
    this.#emitter.grammar.define(draft, alternatives)
  }

  #after(state: State, meets: number, distinct: number): Part {
    return {
      draft: this.#state({
        ...state,
        isFirst: false,
        count: state.count + 1,
        distinct: state.distinct + distinct,
        met: state.met | meets,
      }),
    }
  }

  /** A key with the bracket or comma before it and the colon after it. */
  #key(key: RegexId, state: State): RegexId {
    return this.#emitter.builder.concat(state.isFirst ? this.#open : this.#comma, key, this.#colon)
  }
}
