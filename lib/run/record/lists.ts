// Lists that share their beginnings, as numbered rows: a row is an earlier list with one thing behind it. Decides that
// none is written twice, however many lists begin with it; 0 is the empty one.

/** A list that knows what it was made of; null: it is empty. */
interface Chain<T> {
  readonly made: { readonly before: Chain<T>; readonly last: T } | null
}

export class Rows<T, R> {
  readonly rows: (readonly [before: number, row: R])[] = []
  readonly #numbers = new Map<Chain<T>, number>()
  readonly #rowOf: (last: T) => R

  constructor(rowOf: (last: T) => R) {
    this.#rowOf = rowOf
  }

  numberOf(list: Chain<T>): number {
    const unknown: Chain<T>[] = []
    let at = list
    for (; at.made !== null && !this.#numbers.has(at); at = at.made.before) unknown.push(at)
    let number = at.made === null ? 0 : this.#numbers.get(at)!
    for (const one of unknown.reverse()) {
      number = this.rows.push([number, this.#rowOf(one.made!.last)])
      this.#numbers.set(one, number)
    }
    return number
  }
}

/** The lists by number. */
export function listsOf<L, R>(
  rows: readonly (readonly [before: number, row: R])[],
  none: L,
  made: (before: L, row: R) => L,
): readonly L[] {
  const lists = [none]
  for (const [before, row] of rows) lists.push(made(lists[before]!, row))
  return lists
}
