// What an object shape may hold, before any order: its declared members, its free keys, and the parts they are
// written with. Decides which members can have a value at all and how many must surely differ, never their order.

import { isUnicodeText } from '../../../base/seen.js'
import type { RegexId } from '../../ir/ir.js'
import { tooComplex } from '../refusal.js'
import { keyExpression, keyMeetsNeed } from '../shape/fits.js'
import { listHas } from '../shape/memo-set.js'
import { declaredKeys, listedKeys } from '../shape/object-keys.js'
import type { ObjectShape } from '../shape/shapes.js'
import type { EmitContext } from './emit-context.js'
import { FreeKeys, type FreeRegion, type MetByValue, metByValue } from './free-keys.js'
import { type DraftElement, draftPart, lexemePart, type Part } from './grammar.js'
import { keyClasses } from './key-classes.js'

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

/** Members with keys that are not declared, where values may meet needs. */
export interface Region extends Written {
  /** The same keys with values that meet more needs; no other member of the region may follow one of these. */
  readonly closing: readonly Written[]
}

/** What members of one rule still have to be. */
export interface SetLimits {
  /** What stands before the first of them. */
  readonly open: RegexId
  readonly min: number
  /** null: no limit. */
  readonly max: number | null
  /** Bits of the shape's needs. */
  readonly needs: number
}

const needsMax = 4
/** Regions of an object of which it is told which are closed. */
const regionsMax = 30

export class ObjectMembers {
  readonly shape: ObjectShape
  readonly emitter: EmitContext
  readonly members: readonly Member[]
  /** Members with keys that are not declared; each of them surely differs from those of another one. */
  readonly free: readonly DraftElement[]
  /** The same where values may meet needs; else none. */
  readonly regions: readonly Region[]
  /** Whether values of members matter for more than themselves. */
  readonly hasValueNeeds: boolean
  /** Members that must surely differ, beyond what is required anyway; else 0. */
  readonly least: number
  /** All of the shape's needs, as bits. */
  readonly needs: number
  /** Whether some required member has no value, so that the object can't be. */
  readonly isImpossible: boolean
  /**
   * What stands before, between and after members. Lexemes of their own, as is the colon: all members of an object
   * share them, so that what is learnt of their white space is learnt once and not for every key.
   */
  readonly open: RegexId
  readonly comma: RegexId
  readonly close: RegexId
  readonly #colon: Part
  readonly #depth: number

  constructor(emitter: EmitContext, shape: ObjectShape, depth: number) {
    this.emitter = emitter
    this.shape = shape
    this.#depth = depth
    const { layout, normaliser } = emitter
    this.comma = layout.comma(depth)
    this.open = layout.open('{', depth)
    this.close = layout.close('}', depth)
    this.#colon = lexemePart(layout.colon(depth))
    if (shape.needs.length > needsMax) throw tooComplex('conditions on keys', shape.needs.length, needsMax)
    this.needs = (1 << shape.needs.length) - 1
    const listed = listedKeys(shape, normaliser)
    const declared = declaredKeys(shape, listed)
    this.members = [...declared].flatMap((key) => this.#member(key) ?? [])
    const possible = new Set(this.members.map(({ key }) => key))
    this.isImpossible = shape.required.some((key) => !possible.has(key))
    const known = [...declared, ...shape.absent]
    const regions =
      listed === null && !this.isImpossible ? new FreeKeys(emitter, shape, depth).regions(known) : []
    const wanted = shape.min > Math.max(1, shape.required.length) ? shape.min : 0
    const isMore = regions.length > 0 && wanted - shape.required.length > 1
    this.hasValueNeeds = shape.needs.some((need) => need.value !== null)
    const isToldApart = isMore && !normaliser.isLenient && !this.hasValueNeeds
    const keys = isToldApart ? this.#toldApart(regions) : regions
    const isHeld = !isMore || (isToldApart && this.members.length + keys.length >= wanted)
    if (!isHeld) this.#refuseMinimum(keys.length)
    this.least = isHeld ? wanted : 0
    if (this.hasValueNeeds && keys.length > regionsMax)
      throw tooComplex('kinds of undeclared keys', keys.length, regionsMax)
    this.free = this.hasValueNeeds ? [] : keys.map((region) => this.#free(region))
    this.regions = this.hasValueNeeds ? keys.map((region) => this.#region(region)) : []
  }

  /** A declared member, of a set of them. */
  element(member: Member): DraftElement {
    const times = member.isRequired ? 'required' : 'optional'
    return { times, meets: member.meets, symbol: this.#rule(member.parts) }
  }

  /** One or more of the elements in any order, and the end of the object. */
  set(elements: readonly DraftElement[], { open, min, max, needs }: SetLimits): Part {
    const { comma, close, emitter } = this
    const draft = emitter.declare('members')
    const isLimiting =
      max !== null && (max < elements.length || elements.some(({ times }) => times === 'any'))
    const limits = { open, separator: comma, close, min, max: isLimiting ? max : null, needs }
    const asked = elements.map((element) => ({ ...element, meets: element.meets & needs }))
    emitter.grammar.defineMembers(draft, { ...limits, elements: asked })
    return draftPart(draft)
  }

  #member(key: string): Member | null {
    const { normaliser } = this.emitter
    const expression = keyExpression(this.shape, key, normaliser)
    if (expression.kind === 'false' || !isUnicodeText(key)) return null
    const value = this.emitter.value(expression, this.#depth + 1)
    if (value === null) return null
    let meets = 0
    let mayMeet = 0
    this.shape.needs.forEach((need, index) => {
      if (!keyMeetsNeed(need, key, normaliser)) return
      if (need.value === null) meets |= 1 << index
      else mayMeet |= 1 << index
    })
    const before = [lexemePart(this.emitter.spelling.quoted(key)), this.#colon]
    const met = metByValue(this.emitter, this.shape, { expression, depth: this.#depth, meets, mayMeet })
    const isRequired = listHas(this.shape.required, key)
    return { key, isRequired, parts: [...before, value], meets, meeting: written(before, met) }
  }

  #region({ key, value, meets, closing }: FreeRegion): Region {
    const before = [lexemePart(this.emitter.spelling.inQuotes(key)), this.#colon]
    return { parts: [...before, value], meets, closing: written(before, closing) }
  }

  #free({ key, value, meets }: FreeRegion): DraftElement {
    const quoted = lexemePart(this.emitter.spelling.inQuotes(key))
    return { times: 'any', meets, symbol: this.#rule([quoted, this.#colon, value]) }
  }

  #rule(parts: readonly Part[]): Part {
    const draft = this.emitter.declare('member')
    this.emitter.grammar.define(draft, [parts])
    return draftPart(draft)
  }

  /** A free key may be repeated in the text, and then counts once: so keys count only where they surely differ. */
  #toldApart(regions: readonly FreeRegion[]): readonly FreeRegion[] {
    const { builder, spelling } = this.emitter
    const classes = keyClasses(builder, spelling, regions.length)
    return regions.flatMap((region) =>
      classes.map((keys) => ({ ...region, key: builder.and(region.key, keys) })),
    )
  }

  #refuseMinimum(countable: number): void {
    this.emitter.normaliser.leaveOut({
      keyword: 'minProperties',
      pointer: `${this.shape.pointer}/minProperties`,
      reason: `of the keys that are not declared no more than ${countable} can be told apart`,
    })
  }
}

function written(before: readonly Part[], met: readonly MetByValue[]): Written[] {
  return met.map(({ value, meets }) => ({ parts: [...before, value], meets }))
}
