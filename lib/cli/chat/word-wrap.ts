// Breaks the lines of a text between words while it comes in pieces of any size. Decides that a word that turns out too
// long for its line moves to the next one, on the screen too, and that code stays as it is: what is indented by four or
// stands between ``` is left to the terminal, as are words longer than a line.

const fence = '```'
const erase = '\u001b[K'

export class WordWrap {
  /** Characters of the screen before the next one. */
  #column = 0
  /** The word at the end of the line, as far as it came; null: it can't be moved. */
  #word: string | null = ''
  /** What the line began with, as far as that says what it is. */
  #start = ''
  #isInFence = false

  /** What to write for the piece, on a screen of so many columns. */
  take(piece: string, columns: number): string {
    let out = ''
    for (const character of piece) out += this.#take(character, columns)
    return out
  }

  #take(character: string, columns: number): string {
    if (character === '\n') return this.#endLine()
    if (this.#start.length < 4) this.#start += character
    if (character === ' ' || character === '\t') return this.#space(character, columns)
    const width = widthOf(character)
    let moved = ''
    if (this.#column + width >= columns && !this.#isCode) moved = this.#move(width, columns)
    this.#column += width
    // The terminal goes on in its next line.
    if (this.#column > columns) this.#column = width
    if (width === 2) this.#word = ''
    else if (this.#word !== null) this.#word = width === 0 ? null : this.#word + character
    return moved + character
  }

  #endLine(): string {
    if (this.#start.startsWith(fence)) this.#isInFence = !this.#isInFence
    this.#column = 0
    this.#word = ''
    this.#start = ''
    return '\n'
  }

  #space(space: string, columns: number): string {
    this.#word = ''
    const next = space === ' ' ? this.#column + 1 : (Math.floor(this.#column / 8) + 1) * 8
    if (next < columns || this.#isCode) {
      this.#column = next % columns
      return space
    }
    this.#column = 0
    return '\n'
  }

  /** The break before a character that has no room. */
  #move(width: number, columns: number): string {
    const word = this.#word
    if (word === null || width === 0) return ''
    if (word.length + width >= columns || word.length === this.#column) {
      if (word !== '') this.#word = null
      return word === '' && this.#column > 0 ? this.#freshLine('') : ''
    }
    return this.#freshLine(word)
  }

  #freshLine(word: string): string {
    this.#column = word.length
    return `${'\b'.repeat(word.length)}${word === '' ? '' : erase}\n${word}`
  }

  get #isCode(): boolean {
    return this.#isInFence || /^( {4}|\t)/.test(this.#start) || this.#start.startsWith(fence)
  }
}

/** Columns: 0 for what joins the character before it, 2 for what may be wide. */
function widthOf(character: string): 0 | 1 | 2 {
  if (character < '\u0300') return 1
  if (/^[\p{M}\p{Cf}]$/u.test(character)) return 0
  return character >= '\u1100' && !/^[\u1200-\u2bff]$/.test(character) ? 2 : 1
}
