// Lists of distinct items as the recogniser has them: the values that came and the text of the item that is being read.
// Decides which texts mean the same value, as ir.ts says it; equal texts are one object.
import type { ItemText, SeenValues } from './residual.js'

export class ItemTexts {
  readonly #texts = new Map<string, ItemText>()
  readonly #seen = new Map<string, SeenValues>()
  readonly none: SeenValues = { id: 0, size: 0, key: '', before: null }

  get size(): number {
    return this.#texts.size + this.#seen.size
  }

  with(before: ItemText | null, byte: number): ItemText {
    const key = `${before?.id ?? ''},${byte}`
    let text = this.#texts.get(key)
    if (text === undefined) {
      text = { id: this.#texts.size, byte, before }
      this.#texts.set(key, text)
    }
    return text
  }

  withValue(before: SeenValues, value: string): SeenValues {
    const key = `${before.id},${value}`
    let seen = this.#seen.get(key)
    if (seen === undefined) {
      seen = { id: this.#seen.size + 1, size: before.size + 1, key: value, before }
      this.#seen.set(key, seen)
    }
    return seen
  }
}

export function hasValue(seen: SeenValues, key: string): boolean {
  for (let at: SeenValues | null = seen; at !== null; at = at.before) {
    if (at.size > 0 && at.key === key) return true
  }
  return false
}

/** Equal for texts of equal values. */
export function valueKey(text: ItemText | null): string {
  const bytes: number[] = []
  for (let at = text; at !== null; at = at.before) bytes.push(at.byte)
  const spelled = Buffer.from(bytes.reverse()).toString()
  const number = /^(-?)(0|[1-9]\d*)(?:\.(0|\d*[1-9]))?$/.exec(spelled)
  if (number) {
    const [, sign, whole, fraction] = number
    const value = fraction === undefined || fraction === '0' ? whole! : `${whole}.${fraction}`
    return value === '0' ? value : sign! + value
  }
  if (/^[[{]/.test(spelled)) return spelled.replace(/("(?:[^"\\]|\\.)*")|[ \t\n\r]+/gs, '$1')
  if (!/^".*"$/s.test(spelled)) return spelled
  try {
    const value = JSON.parse(spelled) as string
    return /\p{Surrogate}/u.test(value) ? spelled : JSON.stringify(value)
  } catch {
    return spelled
  }
}
