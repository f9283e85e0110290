// What a script has instead of tokens: words, numbers and punctuation marks, each with a space before it. All texts of
// one engine are one tree of them, so that equal beginnings are the same words: a cache keyed by text.

/** One word behind all that comes before it. Immutable but for `isCached` and what follows. */
export class Word {
  readonly text: string
  readonly before: Word | null
  /** Words up to here, this one included. */
  readonly length: number
  /** Whether some session computed it. */
  isCached = false
  readonly #next = new Map<string, Word>()

  constructor(text: string, before: Word | null) {
    this.text = text
    this.before = before
    this.length = before === null ? 0 : before.length + 1
  }

  /** The last word of a text that goes on from here. */
  after(text: string): Word {
    let word: Word = this
    for (const one of wordsOf(text)) word = word.#child(one)
    return word
  }

  /** The first word behind `since`, or the root, and those up to here. */
  path(since: Word | null = null): Word[] {
    const words: Word[] = []
    for (let word: Word = this; word.before !== null && word !== since; word = word.before) words.push(word)
    return words.reverse()
  }

  /** The last word up to which a text has the same words, and its length there. */
  commonWith(text: string): { readonly word: Word; readonly length: number } {
    let common: { word: Word; length: number } | null = null
    let length = 0
    for (const word of this.path()) {
      if (!text.startsWith(word.text, length)) break
      length += word.text.length
      common = { word, length }
    }
    return common ?? { word: this.#root, length: 0 }
  }

  get #root(): Word {
    let word: Word = this
    while (word.before !== null) word = word.before
    return word
  }

  #child(text: string): Word {
    let word = this.#next.get(text)
    if (word === undefined) {
      word = new Word(text, this)
      this.#next.set(text, word)
    }
    return word
  }
}

export function wordsOf(text: string): readonly string[] {
  return text.match(/\s?[\p{L}\p{M}\p{N}]+|\s?[^\s\p{L}\p{M}\p{N}]|\s/gu) ?? []
}
