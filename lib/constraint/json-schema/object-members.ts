// What an object shape may hold, before any order: its declared members, its free keys, and the parts they are
// written with. Decides which members can have a value at all; never decides their order or counts them.
import type { RegexId } from '../ir.js'
import type { Emitter } from './emit.js'
import { keyExpression, keyMeetsNeed } from './fits.js'
import { FreeKeys, type FreeRegion } from './free-keys.js'
import type { Part } from './grammar.js'
import { isWellFormed } from './json-value.js'
import type { ObjectShape } from './shapes.js'

export interface Member {
  readonly key: string
  readonly isRequired: boolean
  readonly value: Part
  /** Bits of the shape's needs this key meets. */
  readonly meets: number
}

export class ObjectMembers {
  readonly shape: ObjectShape
  readonly depth: number
  readonly emitter: Emitter
  readonly members: readonly Member[]
  readonly regions: readonly FreeRegion[]
  /** Whether some required member has no value, so that the object can't be. */
  readonly isImpossible: boolean
  readonly #comma: RegexId
  readonly #colon: RegexId
  readonly #open: RegexId
  readonly #parts = new Map<Member | FreeRegion, [first: Part | null, later: Part | null]>()

  constructor(emitter: Emitter, shape: ObjectShape, depth: number) {
    this.emitter = emitter
    this.shape = shape
    this.depth = depth
    this.#comma = emitter.layout.comma(depth)
    this.#colon = emitter.layout.colon(depth)
    this.#open = emitter.layout.open('{', depth)
    const declared = new Set(shape.groups.flatMap((group) => [...group.properties.keys()]))
    for (const key of shape.required) declared.add(key)
    const free = new FreeKeys(emitter, shape, depth)
    const listed = free.knownKeys()
    for (const key of listed ?? []) declared.add(key)
    this.members = [...declared].flatMap((key) => this.#member(key) ?? [])
    const possible = new Set(this.members.map(({ key }) => key))
    this.isImpossible = shape.required.some((key) => !possible.has(key))
    const known = [...declared, ...shape.absent]
    this.regions = listed === null && !this.isImpossible ? free.regions(known) : []
  }

  /** A declared key with the bracket or comma before it and the colon after it. */
  key(member: Member, isFirst: boolean): Part {
    return this.#once(member, isFirst, () => this.emitter.spelling.quoted(member.key))
  }

  /** A free key in the same way. */
  freeKey(region: FreeRegion, isFirst: boolean): Part {
    return this.#once(region, isFirst, () => this.emitter.spelling.inQuotes(region.key))
  }

  close(): Part {
    return { lexeme: this.emitter.layout.close('}', this.depth) }
  }

  #member(key: string): Member | null {
    const { normaliser } = this.emitter
    const expression = keyExpression(this.shape, key, normaliser)
    if (expression.kind === 'false' || !isWellFormed(key)) return null
    const value = this.emitter.value(expression, this.depth + 1)
    if (value === null) return null
    let meets = 0
    this.shape.needs.forEach((need, index) => {
      if (keyMeetsNeed(need, key, normaliser)) meets |= 1 << index
    })
    return { key, isRequired: this.shape.required.includes(key), value, meets }
  }

  /** Many states ask for the same key. */
  #once(owner: Member | FreeRegion, isFirst: boolean, key: () => RegexId): Part {
    let parts = this.#parts.get(owner)
    if (!parts) {
      parts = [null, null]
      this.#parts.set(owner, parts)
    }
    const at = isFirst ? 0 : 1
    parts[at] ??= {
      lexeme: this.emitter.builder.concat(isFirst ? this.#open : this.#comma, key(), this.#colon),
    }
    return parts[at]
  }
}
