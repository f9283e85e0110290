// How tokens lie on the characters of a text they spell. Decides whom a character belongs to that no single token
// spells. Never throws: what can't be found belongs to the last one that was lost.

/**
 * Where each token's text ends in the text they spell. Tokens that spell nothing by themselves (marks, parts of a
 * character) end where the one before does; the next one that can be found takes up what they left.
 */
export function endsOf(text: string, texts: readonly (string | null)[]): readonly number[] {
  const spelled = texts.includes(null) ? -1 : texts.join('').indexOf(text)
  if (spelled >= 0) {
    let at = -spelled
    return texts.map((own) => {
      at += own?.length ?? 0
      return Math.min(Math.max(at, 0), text.length)
    })
  }
  return resynchronised(text, texts)
}

/** How far a token may lie behind what no token before it spelled, in characters for each of those. */
const gapMax = 12

function resynchronised(text: string, texts: readonly (string | null)[]): readonly number[] {
  const ends: number[] = []
  let at = 0
  let lost = 0
  for (const own of texts) {
    const found =
      own === null || own === '' ? -1 : text.slice(0, at + (lost + 1) * gapMax + own.length).indexOf(own, at)
    const isNext = found === at || (found > at && lost > 0)
    if (isNext && own !== null) {
      // What stands before it is what the last lost one ends with.
      if (lost > 0) ends[ends.length - 1] = found
      at = found + own.length
      lost = 0
    } else lost += 1
    ends.push(at)
  }
  if (lost > 0 && ends.length > 0) ends[ends.length - 1] = text.length
  return ends
}
