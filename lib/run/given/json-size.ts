// Whether a value is too large to be written as JSON here. Decides before anything is written: an array of holes and an
// object whose parts are shared a thousand times are small to hold and endless to spell. Never runs a caller's code but
// its getters; what has a `toJSON` of its own counts as nothing.

/**
 * Characters the value takes at least, counted up to a little more than `most`. 0 for one that holds itself or whose
 * getters throw: writing it says so at once.
 */
export function jsonSizeAtLeast(value: unknown, most: number): number {
  try {
    const size = sizeUpTo(value, most)
    return size > most && holdsItself(value) ? 0 : size
  } catch {
    return 0
  }
}

function sizeUpTo(value: unknown, most: number): number {
  const pending: unknown[] = [value]
  let size = 0
  while (pending.length > 0 && size <= most) {
    const next = pending.pop()
    size += 1
    if (typeof next === 'string') size += next.length
    else if (isSpelt(next)) {
      if (Array.isArray(next)) size += next.length
      if (size > most) break
      for (const [key, part] of Object.entries(next)) {
        if (!Array.isArray(next)) size += key.length + 3
        pending.push(part)
      }
    }
  }
  return size
}

/** Each object is entered once, however often it is shared. */
function holdsItself(value: unknown): boolean {
  const around = new Set<object>()
  const done = new Set<object>()
  const pending: { readonly at: object; readonly isLeft: boolean }[] = []
  const enter = (part: unknown): boolean => {
    if (!isSpelt(part) || done.has(part)) return false
    if (around.has(part)) return true
    pending.push({ at: part, isLeft: false })
    return false
  }
  if (enter(value)) return true
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { at, isLeft } = next
    if (isLeft) {
      around.delete(at)
      done.add(at)
      continue
    }
    if (done.has(at)) continue
    around.add(at)
    pending.push({ at, isLeft: true })
    if (Object.values(at).some(enter)) return true
  }
  return false
}

function isSpelt(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { toJSON?: unknown }).toJSON !== 'function'
  )
}
