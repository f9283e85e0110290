// Which of the names that are there somebody may have meant by one that is not: those with most words in common. Pure.

/** The best ones first; none that have no word in common. */
export function nearNames(wanted: string, known: readonly string[], countMax: number): readonly string[] {
  const words = wordsOf(wanted)
  return known
    .map((name) => ({ name, likeness: likeness(words, wordsOf(name)) }))
    .filter((one) => one.likeness > 0)
    .sort((one, other) => other.likeness - one.likeness || one.name.localeCompare(other.name))
    .slice(0, countMax)
    .map(({ name }) => name)
}

function wordsOf(name: string): ReadonlySet<string> {
  const words = name.toLowerCase().match(/[\p{L}]+|\d+/gu) ?? []
  return new Set(words.filter((word) => word !== 'gguf'))
}

/** Words in common, of all. */
function likeness(words: ReadonlySet<string>, others: ReadonlySet<string>): number {
  const common = [...words].filter((word) => others.has(word)).length
  return common / Math.max(1, words.size + others.size - common)
}
