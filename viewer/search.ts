// Finds words in the text that is read. Decides only where they are: which cells a hit touches. Pure.
import type { Cell } from '../lib/trace/state/passage.js'

/** Each hit: the first and the last of its cells. */
export type Hit = readonly [from: number, to: number]

const hitsMax = 5000

/** Capital letters are as small ones. */
export function hitsIn(cells: readonly Cell[], words: string): readonly Hit[] {
  if (words === '') return []
  const starts: number[] = []
  let text = ''
  for (const cell of cells) {
    starts.push(text.length)
    text += cell.text
  }
  const hits: Hit[] = []
  const small = lower(text)
  const wanted = lower(words)
  for (
    let at = small.indexOf(wanted);
    at >= 0 && hits.length < hitsMax;
    at = small.indexOf(wanted, at + wanted.length)
  ) {
    hits.push([cellAt(starts, at), cellAt(starts, at + wanted.length - 1)])
  }
  return hits
}

/** As many characters as before, so that places stay what they are. */
function lower(text: string): string {
  const small = text.toLowerCase()
  return small.length === text.length ? small : text
}

/** The last cell that begins at the character or before it. */
function cellAt(starts: readonly number[], at: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}
