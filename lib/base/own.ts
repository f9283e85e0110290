// Looks a name up in an object used as a table: `constructor` and `__proto__` are names like any other, and inherited
// members never count.

/** The object's own value of that name; undefined where it has none. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
