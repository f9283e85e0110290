// What an object shape may hold, before any order: its declared members, its free keys, and the parts they are
// written with. Decides which members can have a value at all; never decides their order or counts them.

import { isUnicodeText } from '../../../base/seen.js'
import { tooComplex } from '../refusal.js'
import { keyExpression, keyMeetsNeed } from '../shape/fits.js'
import { listHas } from '../shape/memo-set.js'
import { declaredKeys, listedKeys } from '../shape/object-keys.js'
import type { ObjectShape } from '../shape/shapes.js'
import type { EmitContext } from './emit-context.js'
import { FreeKeys, type MetByValue, metByValue } from './free-keys.js'
import { lexemePart, type Part } from './grammar.js'

/** One way to write a member. */
export interface Written {
  /** The key, the colon and the value. */
  readonly parts: readonly Part[]
  /** Bits of the shape's needs that are met. */
  readonly meets: number
}

export interface Member extends Written {
  readonly key: string
  readonly isRequired: boolean
  /** The same key with values that meet more needs. */
  readonly meeting: readonly Written[]
}

/** Members with keys that are not declared. */
export interface Region extends Written {
  /** The same keys with values that meet more needs; no other member of the region may follow one of these. */
  readonly closing: readonly Written[]
}

/** Regions of an object of which it is told which are closed. */
const regionsMax = 30

export class ObjectMembers {
  readonly shape: ObjectShape
  readonly depth: number
  readonly emitter: EmitContext
  readonly members: readonly Member[]
  readonly regions: readonly Region[]
  /** Whether values of members matter for more than themselves, so that no key may be written twice. */
  readonly hasValueNeeds: boolean
  /** Whether some required member has no value, so that the object can't be. */
  readonly isImpossible: boolean
  readonly #comma: Part
  readonly #colon: Part
  readonly #open: Part

  constructor(emitter: EmitContext, shape: ObjectShape, depth: number) {
    this.emitter = emitter
    this.shape = shape
    this.depth = depth
    this.#comma = lexemePart(emitter.layout.comma(depth))
    this.#colon = lexemePart(emitter.layout.colon(depth))
    this.#open = lexemePart(emitter.layout.open('{', depth))
    const listed = listedKeys(shape, emitter.normaliser)
    const declared = declaredKeys(shape, listed)
    this.members = [...declared].flatMap((key) => this.#member(key) ?? [])
    const possible = new Set(this.members.map(({ key }) => key))
    this.isImpossible = shape.required.some((key) => !possible.has(key))
    const known = [...declared, ...shape.absent]
    const regions =
      listed === null && !this.isImpossible ? new FreeKeys(emitter, shape, depth).regions(known) : []
    this.regions = regions.map(({ key, value, meets, closing }) => {
      const before = [lexemePart(emitter.spelling.inQuotes(key)), this.#colon]
      return { parts: [...before, value], meets, closing: written(before, closing) }
    })
    this.hasValueNeeds = shape.needs.some((need) => need.value !== null)
    if (this.hasValueNeeds && regions.length > regionsMax)
      throw tooComplex('kinds of undeclared keys', regions.length, regionsMax)
  }

  /**
   * What stands before a member. A lexeme of its own, as is the colon: all members of an object share them, so that
   * what is learnt of their white space is learnt once and not for every key.
   */
  before({ isFirst }: { readonly isFirst: boolean }): Part {
    return isFirst ? this.#open : this.#comma
  }

  close(): Part {
    return lexemePart(this.emitter.layout.close('}', this.depth))
  }

  #member(key: string): Member | null {
    const { normaliser } = this.emitter
    const expression = keyExpression(this.shape, key, normaliser)
    if (expression.kind === 'false' || !isUnicodeText(key)) return null
    const value = this.emitter.value(expression, this.depth + 1)
    if (value === null) return null
    let meets = 0
    let mayMeet = 0
    this.shape.needs.forEach((need, index) => {
      if (!keyMeetsNeed(need, key, normaliser)) return
      if (need.value === null) meets |= 1 << index
      else mayMeet |= 1 << index
    })
    const before = [lexemePart(this.emitter.spelling.quoted(key)), this.#colon]
    const met = metByValue(this.emitter, this.shape, { expression, depth: this.depth, meets, mayMeet })
    const isRequired = listHas(this.shape.required, key)
    return { key, isRequired, parts: [...before, value], meets, meeting: written(before, met) }
  }
}

function written(before: readonly Part[], met: readonly MetByValue[]): Written[] {
  return met.map(({ value, meets }) => ({ parts: [...before, value], meets }))
}
