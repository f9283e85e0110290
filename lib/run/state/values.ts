// Values captured on the way: an immutable record that takes another value without a copy. A name is captured once, or
// is a list that grows; who needs all of them as an object pays for that.

/** A value, or the next item of the list of that name. */
export type Captured = readonly [name: string, value: unknown, as: 'value' | 'item']

export class Values {
  static readonly none = new Values(null, '', null, null)
  readonly #before: Values | null
  readonly #name: string
  readonly #value: unknown
  /** Place in the list of that name; null: the value is all of it. */
  readonly #place: number | null

  private constructor(before: Values | null, name: string, value: unknown, place: number | null) {
    this.#before = before
    this.#name = name
    this.#value = value
    this.#place = place
  }

  /** What it was made of; null: it is empty. */
  get made(): { readonly before: Values; readonly last: Captured } | null {
    if (this.#before === null) return null
    return { before: this.#before, last: [this.#name, this.#value, this.#place === null ? 'value' : 'item'] }
  }

  with(name: string, value: unknown): Values {
    return new Values(this, name, value, null)
  }

  /** With the value at the end of the list of that name. */
  withItem(name: string, value: unknown): Values {
    return new Values(this, name, value, this.itemsOf(name))
  }

  /** How long the list of that name is. */
  itemsOf(name: string): number {
    for (let at: Values | null = this; at !== null; at = at.#before) {
      if (at.#place !== null && at.#name === name) return at.#place + 1
    }
    return 0
  }

  /** All of them in the order they came, over `outer` ones; the object is the caller's. */
  all(outer: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { ...outer, ...this.since(null) }
  }

  /** Those that came after these, which it was made from. */
  since(earlier: Values | null): Record<string, unknown> {
    const added: Values[] = []
    for (let at: Values = this; at !== earlier && at.#before !== null; at = at.#before) added.push(at)
    const entries = new Map<string, unknown>()
    for (const one of added.reverse()) {
      const [name, value, place] = [one.#name, one.#value, one.#place]
      const list = place === null ? undefined : entries.get(name)
      if (list !== undefined) (list as unknown[]).push(value)
      else entries.set(name, place === null ? value : [value])
    }
    return Object.fromEntries(entries)
  }
}
