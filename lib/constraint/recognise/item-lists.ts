// Lists of distinct items, byte by byte. Decides when one may end, what follows it, and whether there is a value left
// that has not come. Work is counted by whom it is done for.
import { hasValue, ItemTexts, valueKey } from './distinct.js'
import type { DistinctList, ItemText, ListPlace, Made, Residual } from './residual.js'

/** What it asks of the one that makes residuals (residuals.ts). */
export interface ListHost {
  readonly nothing: Residual
  node(key: string, made: Made): Residual
  alt(parts: readonly Residual[]): Residual
  concat(left: Residual, right: Residual): Residual
  after(residual: Residual, byte: number): Residual
  isLive(residual: Residual): boolean
  /** As texts of the part that begin with what the escape may come to mean, with all of it still to come. */
  spelledWhole(part: Residual, begun: string): Residual
  count(steps: number): void
}

const spaces: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]

const everyByte: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte)

/** What goes on with an escape, so that each character has one spelling where it can't stand for itself. */
const plainEscapes: ReadonlyMap<string, readonly number[]> = new Map(
  [
    ['\\', '"\\bfnrtu'],
    ['\\u', '0'],
    ['\\u0', '0'],
    ['\\u00', '01'],
    ['\\u000', '0123456789abcdef'],
    ['\\u001', '0123456789abcdef'],
  ].map(([begun, next]) => [begun!, Array.from(next!, (char) => char.charCodeAt(0))]),
)

type Beginning = readonly [rest: Residual, bytes: readonly number[]]

/** What was found of the members of a residual, and what is to be looked at, the last one first. */
interface Members {
  readonly found: (readonly number[])[]
  readonly left: Beginning[]
}

export class ItemLists {
  readonly #host: ListHost
  readonly #members = new Map<Residual, Members>()
  readonly #distances = new Map<Residual, number>()
  readonly #texts = new ItemTexts()
  #count = 0

  constructor(host: ListHost) {
    this.#host = host
  }

  get size(): number {
    return this.#texts.size + this.#members.size
  }

  /** As IrBuilder.distinct, but that `max` may be Infinity. */
  distinct(item: Residual, comma: Residual, min: number, max: number): Residual {
    const list = { id: this.#count++, item, comma, min, max }
    if (min > 1 && !this.#hasEnough(list)) return this.#host.nothing
    return this.#at({ list, seen: this.#texts.none, count: 0, text: null, rest: item })
  }

  #at(place: ListPlace): Residual {
    const { list, seen, text, rest } = place
    if (rest === this.#host.nothing) return rest
    const count = Math.min(place.count, list.max === Number.POSITIVE_INFINITY ? list.min : list.max)
    const isEnough = text !== null && rest.isNullable && count + 1 >= list.min
    const isNullable = isEnough && !hasValue(seen, valueKey(text))
    const key = `i${list.id},${seen.id},${count},${text?.id ?? ''},${rest.id}`
    return this.#host.node(key, { kind: 'items', place: { ...place, count }, isNullable, isPlain: false })
  }

  /** `rest`: what the byte leaves of the item; `comma`: and of a comma. */
  after(place: ListPlace, byte: number, rest: Residual, comma: () => Residual): Residual {
    const { list, seen, count, text } = place
    const goesOn = this.#at({ ...place, text: this.#texts.with(text, byte), rest })
    if (text === null || !place.rest.isNullable || count + 1 >= list.max) return goesOn
    const value = valueKey(text)
    this.#host.count(seen.size / 16)
    if (hasValue(seen, value)) return goesOn
    const more = { list, seen: this.#texts.withValue(seen, value), count: count + 1, text: null }
    const next = this.#at({ ...more, rest: list.item })
    return this.#host.alt([goesOn, this.#host.concat(comma(), next)])
  }

  /** Whether there is a value beside those that came. Where there must be more items, there are values enough. */
  hasOther({ seen, text, rest }: ListPlace): boolean {
    if (this.#isEndless(rest)) return true
    const whole = this.#wholes(rest)
    for (const [from, cut] of whole.some(([, cut]) => cut > 0) ? whole : [[rest, 0] as const]) {
      let begun = text
      for (let count = 0; count < cut; count++) begun = begun?.before ?? null
      for (const end of this.#ends(from, begun)) {
        this.#host.count(seen.size / 16)
        if (!hasValue(seen, valueKey(end))) return true
      }
    }
    return false
  }

  /** What has the same values from before an escape that is not whole yet, and the bytes that have come of that. */
  #wholes(rest: Residual): (readonly [from: Residual, cut: number])[] {
    if (rest.kind === 'alt') return rest.parts.flatMap((part) => this.#wholes(part))
    if (rest.kind === 'spelled' && rest.begun !== '')
      return [[this.#host.spelledWhole(rest.part, rest.begun), rest.begun.length]]
    if (rest.kind !== 'concat') return [[rest, 0]]
    return this.#wholes(rest.left).map(([left, cut]) => [this.#host.concat(left, rest.right), cut])
  }

  #hasEnough({ item, min }: DistinctList): boolean {
    if (this.#isEndless(item)) return true
    const found = new Set<string>()
    for (const end of this.#ends(item, null)) if (found.add(valueKey(end)).size >= min) return true
    return false
  }

  /** Whether it surely has members without end, and with them values. */
  #isEndless(residual: Residual): boolean {
    const parts = new Set([residual])
    for (const part of parts) {
      if (!this.#host.isLive(part)) continue
      if (part.kind === 'repeat' && part.isPlain && part.max === Number.POSITIVE_INFINITY) return true
      if (part.kind === 'repeat') parts.add(part.part)
      else if (part.kind === 'concat') parts.add(part.left).add(part.right)
      else if (part.kind === 'alt') for (const inner of part.parts) parts.add(inner)
      else if (part.kind === 'spelled' && part.begun === '') parts.add(part.part)
    }
    return false
  }

  /** All members that begin with a text. */
  *#ends(rest: Residual, begun: ItemText | null): Generator<ItemText | null> {
    let known = this.#members.get(rest)
    if (known === undefined) {
      known = { found: [], left: [[rest, []]] }
      this.#members.set(rest, known)
    }
    for (let index = 0; ; index += 1) {
      while (index >= known.found.length) {
        const one = known.left.pop()
        if (one === undefined) return
        this.#lookAt(one, known)
      }
      yield known.found[index]!.reduce<ItemText | null>((text, byte) => this.#texts.with(text, byte), begun)
    }
  }

  #lookAt([rest, bytes]: Beginning, { found, left }: Members): void {
    if (rest.isNullable) found.push(bytes)
    const next: Beginning[] = []
    const isSpaced = spaces.every(
      (byte) => this.#host.after(rest, byte) === this.#host.after(rest, spaces[0]!),
    )
    for (const byte of tried(rest)) {
      const after = this.#host.after(rest, byte)
      // Where any white space may come, it is between tokens and makes no other value; it may always be left out.
      if (after === this.#host.nothing || (isSpaced && spaces.includes(byte))) continue
      next.push([after, [...bytes, byte]])
    }
    // Those nearest to an end last, so that no round is gone for ever.
    next.sort(([a], [b]) => this.#distance(b) - this.#distance(a))
    left.push(...next)
    this.#host.count(256)
  }

  /** Bytes of the shortest member. */
  #distance(residual: Residual): number {
    const known = this.#distances.get(residual)
    if (known !== undefined) return known
    let length = 0
    let level = new Set([residual])
    const seen = new Set(level)
    while (level.size > 0 && ![...level].some(({ isNullable }) => isNullable)) {
      const next = new Set<Residual>()
      for (const one of level) {
        for (const byte of tried(one)) {
          const after = this.#host.after(one, byte)
          if (after === this.#host.nothing || seen.has(after)) continue
          seen.add(after)
          next.add(after)
        }
      }
      this.#host.count(256 * level.size)
      level = next
      length += 1
    }
    const distance = level.size > 0 ? length : Number.MAX_SAFE_INTEGER
    this.#distances.set(residual, distance)
    return distance
  }
}

/** The bytes that may go on with it to another value: of a character's spellings one is enough. */
function tried(residual: Residual): readonly number[] {
  const front = residual.kind === 'concat' ? residual.left : residual
  return (front.kind === 'spelled' && plainEscapes.get(front.begun)) || everyByte
}
