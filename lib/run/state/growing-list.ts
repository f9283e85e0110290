// An immutable list that grows at its end without a copy, so that a conversation of thousands of messages costs for
// each of them what the first one did. Knows nothing of what it holds.

export class GrowingList<T> {
  readonly length: number
  readonly #before: GrowingList<T> | null
  readonly #last: T | null

  private constructor(before: GrowingList<T> | null, last: T | null) {
    this.length = before === null ? 0 : before.length + 1
    this.#before = before
    this.#last = last
  }

  static of<T>(items: Iterable<T>): GrowingList<T> {
    let list = new GrowingList<T>(null, null)
    for (const item of items) list = list.with(item)
    return list
  }

  with(item: T): GrowingList<T> {
    return new GrowingList<T>(this, item)
  }

  /** The list when it had so many items; all of it if it never had more. */
  until(length: number): GrowingList<T> {
    let list: GrowingList<T> = this
    while (list.length > length) list = list.#before!
    return list
  }

  /** The items from number `from` on; costs what they are many. */
  since(from: number): readonly T[] {
    const items = new Array<T>(Math.max(0, this.length - from))
    let list: GrowingList<T> = this
    for (let index = items.length - 1; index >= 0; index -= 1) {
      items[index] = list.#last!
      list = list.#before!
    }
    return items
  }
}
