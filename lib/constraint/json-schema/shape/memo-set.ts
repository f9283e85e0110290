// Lists of a shape as sets. Decides when a set pays; it is made once a list, as lists never change.

const sets = new WeakMap<readonly unknown[], ReadonlySet<unknown>>()
const shortMax = 8

/** `list.includes(item)`, also quick where many items are looked up in a long list. */
export function listHas<T>(list: readonly T[], item: T): boolean {
  if (list.length <= shortMax) return list.includes(item)
  let set = sets.get(list)
  if (set === undefined) {
    set = new Set(list)
    sets.set(list, set)
  }
  return set.has(item)
}

/** The same of what the items are told apart by; the key must always be the same for a list. */
export function listHasKey<T>(list: readonly T[], keyOf: (item: T) => string, key: string): boolean {
  if (list.length === 0) return false
  let set = sets.get(list)
  if (set === undefined) {
    set = new Set(list.map(keyOf))
    sets.set(list, set)
  }
  return set.has(key)
}
