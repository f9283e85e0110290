// JSON values that somebody passed, copied and frozen, so that nothing changes them later. Decides what is one: no
// class of its own, no number that JSON lacks, nothing that holds itself. Never runs a caller's code but its getters.
import { isArray, isRecord, isUnicodeText, quoted, shown } from '../base/seen.js'

const depthMax = 100

/** Members that are undefined are left out. `path`: of the value; throws what `refused` makes of what is wrong. */
export function jsonCopy(value: unknown, path: string, refused: (told: string) => Error): unknown {
  return copyOf(value, path, 0, refused)
}

export function isJson(value: unknown): boolean {
  try {
    jsonCopy(value, '', (told) => new RangeError(told))
    return true
  } catch {
    return false
  }
}

function copyOf(value: unknown, path: string, depth: number, refused: (told: string) => Error): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string') {
    if (isUnicodeText(value)) return value
    throw refused(`${path} is text with half a surrogate pair; it must be a JSON value`)
  }
  if (depth > depthMax) {
    throw refused(`${path.slice(0, 100)}... holds itself or more than ${depthMax} levels`)
  }
  if (isArray(value)) {
    const list = Array.from(value, (item, index) => copyOf(item, `${path}[${index}]`, depth + 1, refused))
    return Object.freeze(list)
  }
  if (!isRecord(value) || typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    throw refused(`${path} is ${shown(value)}; it must be a JSON value`)
  }
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, copyOf(item, `${path}.${named(key)}`, depth + 1, refused)])
  return Object.freeze(Object.fromEntries(entries))
}

function named(key: string): string {
  return /^\w{1,40}$/.test(key) ? key : quoted(key)
}
