// The last few values by key: templates write the same constraint anew for each run, and what is made of it does not
// change. Decides which are forgotten: those that were asked for longest ago, where there are too many or their keys
// together are too long. Holds nothing that a caller may change, and never compares values.

export class Recent<V> {
  readonly #values = new Map<string, V>()
  readonly #countMax: number
  readonly #charsMax: number
  #chars = 0

  constructor(countMax = 256, charsMax = 1 << 18) {
    this.#countMax = countMax
    this.#charsMax = charsMax
  }

  get(key: string): V | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, value)
    return value
  }

  /** The value of the key, made where it is not there. */
  of(key: string, make: () => V): V {
    const known = this.get(key)
    if (known !== undefined) return known
    const made = make()
    this.set(key, made)
    return made
  }

  /** A key that is too long by itself is not kept. */
  set(key: string, value: V): void {
    if (this.#values.delete(key)) this.#chars -= key.length
    if (key.length > this.#charsMax) return
    this.#values.set(key, value)
    this.#chars += key.length
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#countMax && this.#chars <= this.#charsMax) return
      this.#values.delete(oldest)
      this.#chars -= oldest.length
    }
  }
}
