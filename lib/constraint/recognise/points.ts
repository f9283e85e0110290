// One code point out of ranges, read byte by byte as UTF-8. Decides which code points are left after a byte; what is
// left is told relative to where it begins, so that equal rests are equal whatever came before. Knows no expressions.

/** Inclusive, sorted, disjoint and without surrogates, as [from, to, from, to, ...]. */
export type Ranges = readonly number[]

const leadMin = 0xc2
const leadMax = 0xf4
/** The least code point that is spelled with so many bytes after the first one. */
const leastOf = [0, 0x80, 0x800, 0x10000] as const
/** First bytes at which another kind of spelling begins. */
const leadEdges = [0, 0x80, 0xc2, 0xe0, 0xe1, 0xed, 0xee, 0xf0, 0xf1, 0xf4, 0xf5]

/** What may follow a byte: `need` bytes are missing for a code point of the ranges. null: the byte can't come. */
export function afterByte(
  ranges: Ranges,
  need: number,
  byte: number,
): { readonly need: number; readonly ranges: number[] } | null {
  const left = need > 0 ? need - 1 : bytesAfter(byte)
  if (left === null || (need > 0 && (byte & 0xc0) !== 0x80)) return null
  const isFirst = need === 0
  const bits = !isFirst ? byte & 0x3f : left === 0 ? byte : byte & (0x3f >> left)
  const from = bits * 64 ** left
  // A code point below the least one has a shorter spelling.
  const least = isFirst ? Math.max(from, leastOf[left]!) : from
  const rest = clipped(ranges, least, from + 64 ** left - 1, from)
  return rest.length === 0 ? null : { need: left, ranges: rest }
}

/** Adds bytes to `edges`: between two of them, all bytes leave the same. */
export function addEdges(ranges: Ranges, need: number, edges: Set<number>): void {
  if (need === 0) for (const edge of leadEdges) edges.add(edge)
  else {
    edges.add(0x80)
    edges.add(0xc0)
  }
  for (let index = 0; index < ranges.length; index += 1) {
    const point = ranges[index]!
    const byte = need === 0 ? firstByte(point) : 0x80 + Math.floor(point / 64 ** (need - 1))
    // Within its block the point parts what lies below it from what lies above.
    edges.add(byte)
    edges.add(byte + 1)
  }
}

/** null: no code point begins so. */
function bytesAfter(byte: number): number | null {
  if (byte < 0x80) return 0
  if (byte < leadMin || byte > leadMax) return null
  if (byte < 0xe0) return 1
  return byte < 0xf0 ? 2 : 3
}

function firstByte(point: number): number {
  if (point < 0x80) return point
  if (point < 0x800) return 0xc0 | (point >> 6)
  return point < 0x10000 ? 0xe0 | (point >> 12) : 0xf0 | (point >> 18)
}

/** The part of the ranges in [from, to], counted from `origin`. */
function clipped(ranges: Ranges, from: number, to: number, origin: number): number[] {
  const inside: number[] = []
  for (let index = firstReaching(ranges, from); index < ranges.length; index += 2) {
    if (ranges[index]! > to) break
    inside.push(Math.max(ranges[index]!, from) - origin, Math.min(ranges[index + 1]!, to) - origin)
  }
  return inside
}

/** Index of the first range that ends at `from` or later. */
function firstReaching(ranges: Ranges, from: number): number {
  let [low, high] = [0, ranges.length / 2]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle * 2 + 1]! < from) low = middle + 1
    else high = middle
  }
  return low * 2
}
