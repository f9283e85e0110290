// Values captured on the way: an immutable record that takes another value without a copy. A name is captured once;
// who needs all of them as an object pays for that.

export class Values {
  static readonly none = new Values(null, '', null)
  readonly #before: Values | null
  readonly #name: string
  readonly #value: unknown

  private constructor(before: Values | null, name: string, value: unknown) {
    this.#before = before
    this.#name = name
    this.#value = value
  }

  /** What it was made of; null: it is empty. */
  get made(): { readonly before: Values; readonly last: readonly [name: string, value: unknown] } | null {
    return this.#before === null ? null : { before: this.#before, last: [this.#name, this.#value] }
  }

  with(name: string, value: unknown): Values {
    return new Values(this, name, value)
  }

  withAll(others: Values): Values {
    let all: Values = this
    for (const [name, value] of others.#since(null)) all = all.with(name, value)
    return all
  }

  /** All of them in the order they came, over `outer` ones; the object is the caller's. */
  all(outer: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { ...outer, ...Object.fromEntries(this.#since(null)) }
  }

  /** Those that came after these, which it was made from. */
  since(earlier: Values): Record<string, unknown> {
    return Object.fromEntries(this.#since(earlier))
  }

  #since(earlier: Values | null): [string, unknown][] {
    const entries: [string, unknown][] = []
    for (let at: Values = this; at !== earlier && at.#before !== null; at = at.#before) {
      entries.push([at.#name, at.#value])
    }
    return entries.reverse()
  }
}
