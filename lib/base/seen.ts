// What may be said and asked of a value somebody passed, whatever it is: an object without a prototype can't become
// text, and a proxy that was revoked can't be read at all. Never calls anything of the caller's.

const textMax = 100

/** The value seen, for a sentence about it. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null)
    return isRevoked(value) ? 'a revoked proxy' : isArray(value) ? 'an array' : 'an object'
  const text = String(value)
  return text.length <= textMax ? text : `${text.slice(0, textMax)}...`
}

/** Whether it is an object that can be read. */
export function isReadable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isRevoked(value)
}

/** As Array.isArray, which throws for a proxy that was revoked. */
export function isArray(value: unknown): value is readonly unknown[] {
  return isReadable(value) && Array.isArray(value)
}

function isRevoked(value: unknown): boolean {
  try {
    Array.isArray(value)
    return false
  } catch {
    return true
  }
}
