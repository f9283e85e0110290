// Looking a name up in an object that was made of names: `constructor` and `__proto__` are names like any other, and
// what an object inherits is never an answer.

/** The object's own value of that name; undefined where it has none. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
