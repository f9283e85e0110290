// Regular languages over bytes by Brzozowski derivatives: the plainest right way. Judges the native core and is never
// used for speed. Nodes are hash-consed, so that equal residuals are one object.
import { canBeEscape, meaning, meaningOf, pointsOf } from './reference-json.js'

type Shape =
  | { kind: 'nothing' | 'empty' }
  | { kind: 'byte'; byte: number }
  /** One code point of the ranges; `need` continuation bytes are missing where it is above 0. */
  | { kind: 'class'; need: number; ranges: readonly (readonly [number, number])[] }
  | { kind: 'concat'; left: Residual; right: Residual }
  | { kind: 'alt' | 'and'; parts: readonly Residual[] }
  | { kind: 'complement'; part: Residual }
  | { kind: 'repeat'; part: Residual; min: number; max: number | null }
  /** Before an item of a list (`text` null) or in it; values that came as the reference tells them apart. */
  | { kind: 'items'; list: ItemList; seen: readonly string[]; text: string | null; rest: Residual }
  /** `done` of a stretch of the text was read, both one character a byte. */
  | { kind: 'stretch'; text: string; done: string }
  /** Texts of the part as a JSON string spells them; `begun`: an escape that is not whole yet. */
  | { kind: 'spelled'; part: Residual; begun: string }

export type Residual = Shape & {
  readonly id: number
  readonly isNullable: boolean
  readonly isPlain: boolean
}

interface ItemList {
  readonly item: Residual
  readonly comma: Residual
  readonly min: number
  readonly max: number | null
}

export class ReferenceRegex {
  readonly #nodes = new Map<string, Residual>()
  readonly #derivatives = new Map<number, (Residual | undefined)[]>()
  readonly #live = new Map<number, boolean>()
  readonly #endsOf = new Map<number, { found: string[]; left: { rest: Residual; text: string }[] }>()
  readonly nothing = this.#make('nothing', { kind: 'nothing' }, false, true)
  readonly empty = this.#make('empty', { kind: 'empty' }, true, true)
  readonly utf8 = this.repeat(this.class([[0, 0x10ffff]]), 0, null)

  #make(key: string, shape: Shape, isNullable: boolean, isPlain: boolean): Residual {
    let node = this.#nodes.get(key)
    if (node === undefined) {
      node = { ...shape, id: this.#nodes.size, isNullable, isPlain }
      this.#nodes.set(key, node)
    }
    return node
  }

  bytes(bytes: Uint8Array): Residual {
    let node: Residual = this.empty
    for (const byte of [...bytes].reverse()) {
      node = this.concat(this.#make(`b${byte}`, { kind: 'byte', byte }, false, true), node)
    }
    return node
  }

  class(ranges: readonly (readonly [number, number])[], need = 0): Residual {
    const kept = ranges
      .flatMap(([from, to]): [number, number][] =>
        need > 0
          ? [[from, to]]
          : [
              [from, Math.min(to, 0xd7ff)],
              [Math.max(from, 0xe000), to],
            ],
      )
      .filter(([from, to]) => from <= to)
    if (kept.length === 0) return this.nothing
    return this.#make(`c${need}:${kept.join(';')}`, { kind: 'class', need, ranges: kept }, false, true)
  }

  concat(left: Residual, right: Residual): Residual {
    if (left === this.nothing || right === this.nothing) return this.nothing
    if (left === this.empty) return right
    if (right === this.empty) return left
    if (left.kind === 'concat') return this.concat(left.left, this.concat(left.right, right))
    return this.#make(
      `.${left.id},${right.id}`,
      { kind: 'concat', left, right },
      left.isNullable && right.isNullable,
      left.isPlain && right.isPlain,
    )
  }

  alt(...list: readonly Residual[]): Residual {
    const parts = flatten('alt', list).filter((part) => part !== this.nothing)
    if (parts.length === 0) return this.nothing
    if (parts.length === 1) return parts[0]!
    return this.#make(
      `|${parts.map((part) => part.id).join()}`,
      { kind: 'alt', parts },
      parts.some((part) => part.isNullable),
      parts.every((part) => part.isPlain),
    )
  }

  and(...list: readonly Residual[]): Residual {
    const parts = flatten('and', list)
    if (parts.includes(this.nothing)) return this.nothing
    if (parts.length === 1) return parts[0]!
    const isNullable = parts.every((part) => part.isNullable)
    return this.#make(`&${parts.map((part) => part.id).join()}`, { kind: 'and', parts }, isNullable, false)
  }

  /** Every valid UTF-8 string that is not in `part`. */
  not(part: Residual): Residual {
    return this.and(this.#complement(part), this.utf8)
  }

  #complement(part: Residual): Residual {
    return this.#make(`!${part.id}`, { kind: 'complement', part }, !part.isNullable, false)
  }

  repeat(part: Residual, min: number, max: number | null): Residual {
    if (max === 0 || part === this.empty) return this.empty
    if (part === this.nothing) return min === 0 ? this.empty : this.nothing
    const least = part.isNullable ? 0 : min
    const key = `*${part.id},${least},${max}`
    return this.#make(key, { kind: 'repeat', part, min: least, max }, least === 0, part.isPlain)
  }

  /** Any stretch but the empty one that is valid UTF-8. */
  stretch(bytes: Uint8Array): Residual {
    return this.#stretch(Buffer.from(bytes).toString('latin1'), '')
  }

  #stretch(text: string, done: string): Residual {
    const isStart = done === ''
    const isCut = !isStart && (done.charCodeAt(0) & 0xc0) === 0x80
    if (isCut || !text.includes(done)) return this.nothing
    const isNullable = !isStart && isUtf8(done)
    const canGoOn = Array.from({ length: 256 }, (_, byte) => done + String.fromCharCode(byte)).some((one) =>
      text.includes(one),
    )
    return canGoOn
      ? this.#make(`s${text}|${done}`, { kind: 'stretch', text, done }, isNullable, true)
      : this.empty
  }

  spelled(part: Residual, begun = ''): Residual {
    if (part === this.nothing) return part
    const isNullable = begun === '' && part.isNullable
    return this.#make(`q${part.id}|${begun}`, { kind: 'spelled', part, begun }, isNullable, false)
  }

  #deriveSpelled(part: Residual, begun: string, byte: number): Residual {
    const text = begun + String.fromCharCode(byte)
    if (begun === '' && byte >= 0x80) return this.spelled(this.derivative(part, byte))
    const meant = meaning(text)
    if (meant === null) return canBeEscape(text) ? this.spelled(part, text) : this.nothing
    let left = part
    for (const each of Buffer.from(meant)) left = this.derivative(left, each)
    return this.spelled(left)
  }

  distinct(item: Residual, comma: Residual, min: number, max: number | null): Residual {
    return this.#items({ item, comma, min, max }, [], null, item)
  }

  #items(list: ItemList, seen: readonly string[], text: string | null, rest: Residual): Residual {
    if (rest === this.nothing) return rest
    const isDone = text !== null && rest.isNullable && !seen.includes(meaningOf(text))
    const { item, comma, min, max } = list
    const key = JSON.stringify(['i', item.id, comma.id, min, max, seen, text, rest.id])
    return this.#make(key, { kind: 'items', list, seen, text, rest }, isDone && seen.length + 1 >= min, false)
  }

  #deriveItems(node: Residual & { kind: 'items' }, byte: number): Residual {
    const { list, seen, text, rest } = node
    const longer = this.#items(
      list,
      seen,
      (text ?? '') + String.fromCharCode(byte),
      this.derivative(rest, byte),
    )
    if (text === null || !rest.isNullable || seen.length + 1 === list.max) return longer
    const meaning = meaningOf(text)
    if (seen.includes(meaning)) return longer
    const next = this.#items(list, [...seen, meaning], null, list.item)
    return this.alt(longer, this.concat(this.derivative(list.comma, byte), next))
  }

  /** Whether an item that has not come is left, and then as many more as there must be: each leaves the same to all. */
  #isItemsLive({ list, seen, text, rest }: Residual & { kind: 'items' }): boolean {
    for (const end of this.#ends(rest)) {
      const meaning = meaningOf((text ?? '') + end)
      if (seen.includes(meaning)) continue
      if (seen.length + 1 >= list.min) return true
      return this.isLive(this.#items(list, [...seen, meaning], null, list.item))
    }
    return false
  }

  /** All members, one character a byte; where one is a byte away, that one first. */
  *#ends(node: Residual): Generator<string> {
    const known = this.#endsOf.get(node.id) ?? { found: [], left: [{ rest: node, text: '' }] }
    this.#endsOf.set(node.id, known)
    for (let index = 0; ; index += 1) {
      while (index >= known.found.length) {
        const one = known.left.pop()
        if (one === undefined) return
        if (!this.isLive(one.rest)) continue
        if (one.rest.isNullable) known.found.push(one.text)
        // White space of any kind may come only where it makes no other value.
        const spaced = new Set([0x20, 0x09, 0x0a, 0x0d].map((byte) => this.derivative(one.rest, byte)))
        const next = Array.from({ length: 256 }, (_, byte) => ({
          rest: this.derivative(one.rest, byte),
          text: one.text + String.fromCharCode(byte),
        })).filter(({ rest }) => rest !== this.nothing && !(spaced.size === 1 && spaced.has(rest)))
        next.sort((a, b) => Number(a.rest.isNullable) - Number(b.rest.isNullable))
        for (const each of next) known.left.push(each)
      }
      yield known.found[index]!
    }
  }

  derivative(node: Residual, byte: number): Residual {
    let row = this.#derivatives.get(node.id)
    if (row === undefined) {
      row = []
      this.#derivatives.set(node.id, row)
    }
    row[byte] ??= this.#derive(node, byte)
    return row[byte]
  }

  #derive(node: Residual, byte: number): Residual {
    switch (node.kind) {
      case 'nothing':
      case 'empty':
        return this.nothing
      case 'byte':
        return node.byte === byte ? this.empty : this.nothing
      case 'class':
        return this.#deriveClass(node.ranges, node.need, byte)
      case 'concat': {
        const first = this.concat(this.derivative(node.left, byte), node.right)
        return node.left.isNullable ? this.alt(first, this.derivative(node.right, byte)) : first
      }
      case 'alt':
        return this.alt(...node.parts.map((part) => this.derivative(part, byte)))
      case 'and':
        return this.and(...node.parts.map((part) => this.derivative(part, byte)))
      case 'spelled':
        return this.#deriveSpelled(node.part, node.begun, byte)
      case 'items':
        return this.#deriveItems(node, byte)
      case 'stretch':
        return this.#stretch(node.text, node.done + String.fromCharCode(byte))
      case 'complement':
        return this.#complement(this.derivative(node.part, byte))
      case 'repeat': {
        const rest = this.repeat(
          node.part,
          Math.max(0, node.min - 1),
          node.max === null ? null : node.max - 1,
        )
        return this.concat(this.derivative(node.part, byte), rest)
      }
    }
  }

  #deriveClass(ranges: readonly (readonly [number, number])[], need: number, byte: number): Residual {
    let from: number
    let left: number
    if (need > 0) {
      if (byte < 0x80 || byte > 0xbf) return this.nothing
      left = need - 1
      from = (byte & 0x3f) * 64 ** left
    } else if (byte < 0x80) {
      left = 0
      from = byte
    } else {
      if (byte < 0xc2 || byte > 0xf4) return this.nothing
      left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
      from = (byte & (0x3f >> left)) * 64 ** left
      // Overlong spellings: a shorter one exists below these.
      const least = [0, 0x80, 0x800, 0x10000][left]!
      ranges = clip(ranges, least, 0x10ffff)
    }
    const inside = clip(ranges, from, from + 64 ** left - 1)
    if (inside.length === 0) return this.nothing
    if (left === 0) return this.empty
    return this.class(
      inside.map(([low, high]) => [low - from, high - from] as const),
      left,
    )
  }

  /** null where they don't tell. What is spelled has more states than can be searched, and parts tell enough. */
  #isLiveByParts(node: Residual): boolean | null {
    if (node.isNullable) return true
    if (node.kind === 'items') return this.#isItemsLive(node)
    if (node.kind === 'concat') return this.isLive(node.left) && this.isLive(node.right)
    if (node.kind === 'alt') return node.parts.some((part) => this.isLive(part))
    if (node.kind !== 'spelled') return null
    if (node.begun === '') return this.isLive(node.part)
    const next = this.concat(this.class(pointsOf(node.begun)), this.utf8)
    return this.isLive(this.and(node.part, next))
  }

  /** Whether the language holds any string. */
  isLive(node: Residual): boolean {
    if (node.isPlain) return node !== this.nothing
    const known = this.#live.get(node.id)
    if (known !== undefined) return known
    const byParts = this.#isLiveByParts(node)
    if (byParts !== null) {
      this.#live.set(node.id, byParts)
      return byParts
    }
    const seen = new Map<number, Residual>([[node.id, node]])
    let isLive = false
    for (const state of seen.values()) {
      if (state.isNullable || this.#live.get(state.id) === true) {
        isLive = true
        break
      }
      if (this.#live.get(state.id) === false) continue
      if (seen.size > 50_000) throw new Error('The reference regex has too many states to judge.')
      for (let byte = 0; byte < 256; byte += 1) {
        const next = this.derivative(state, byte)
        if (next !== this.nothing) seen.set(next.id, next)
      }
    }
    if (isLive) this.#live.set(node.id, true)
    else for (const id of seen.keys()) this.#live.set(id, false)
    return isLive
  }

  /** Whether the bytes are a member. */
  matches(node: Residual, bytes: Uint8Array): boolean {
    let state = node
    for (const byte of bytes) state = this.derivative(state, byte)
    return state.isNullable
  }
}

function isUtf8(latin1: string): boolean {
  const bytes = Buffer.from(latin1, 'latin1')
  return bytes.equals(Buffer.from(bytes.toString('utf8')))
}

function flatten(kind: 'alt' | 'and', list: readonly Residual[]): Residual[] {
  const parts = new Map<number, Residual>()
  for (const part of list) {
    for (const inner of part.kind === kind ? part.parts : [part]) parts.set(inner.id, inner)
  }
  return [...parts.values()].sort((a, b) => a.id - b.id)
}

function clip(ranges: readonly (readonly [number, number])[], from: number, to: number): [number, number][] {
  return ranges
    .map(([low, high]): [number, number] => [Math.max(low, from), Math.min(high, to)])
    .filter(([low, high]) => low <= high)
}
