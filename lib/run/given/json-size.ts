// Whether a value is too large to be written as JSON here. Decides before anything is written: an array of holes and an
// object whose parts are shared a thousand times are small to hold and endless to spell. Never runs a caller's code but
// its getters; what has a `toJSON` of its own counts as nothing.

/** What is longer is summed part by part, each object once: where `most` is Infinity nothing else would end. */
const spelledMax = 1_000_000

/**
 * Characters the value takes at least, counted until it is clear that they are more than `most`. 0 for one that holds
 * itself or whose getters throw: writing it says so at once.
 */
export function jsonSizeAtLeast(value: unknown, most: number): number {
  try {
    const spelled = Math.min(most, spelledMax)
    const size = sizeUpTo(value, spelled)
    return size > spelled ? Math.max(size, summed(value)) : size
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

/** Each object is entered once, however often it is shared. Throws RangeError for one that holds itself. */
function summed(value: unknown): number {
  const sizes = new Map<object, number | 'open'>()
  const pending: unknown[] = [value]
  while (pending.length > 0) {
    const at = pending.at(-1)
    const known = isSpelt(at) ? sizes.get(at) : 0
    if (!isSpelt(at) || typeof known === 'number') {
      pending.pop()
      continue
    }
    const parts: unknown[] = Object.values(at)
    if (known === undefined) {
      sizes.set(at, 'open')
      for (const part of parts) {
        if (!isSpelt(part)) continue
        if (sizes.get(part) === 'open') throw new RangeError('it holds itself')
        pending.push(part)
      }
      continue
    }
    pending.pop()
    const own = Array.isArray(at) ? at.length : Object.keys(at).reduce((sum, key) => sum + key.length + 3, 0)
    sizes.set(
      at,
      parts.reduce<number>((sum, part) => sum + sizeIn(sizes, part), own + 1),
    )
  }
  return sizeIn(sizes, value)
}

function sizeIn(sizes: ReadonlyMap<object, number | 'open'>, part: unknown): number {
  if (typeof part === 'string') return part.length + 1
  return isSpelt(part) ? Number(sizes.get(part)) : 1
}

function isSpelt(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { toJSON?: unknown }).toJSON !== 'function'
  )
}
