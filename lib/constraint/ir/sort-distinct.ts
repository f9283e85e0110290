// Lists of parts in which order and repetition mean nothing, so that equal ones are one.

/** Sorts the words from an index on and drops repetitions; mostly there is nothing to do. */
export function sortDistinct(words: number[], from: number): void {
  for (let at = from + 1; at < words.length; at++) {
    if (words[at - 1]! < words[at]!) continue
    const sorted = [...new Set(words.slice(from))].sort((a, b) => a - b)
    words.length = from
    for (const word of sorted) words.push(word)
    return
  }
}
