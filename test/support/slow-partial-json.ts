// The value of unfinished JSON text, read anew as a whole: plain and slow, to judge the one that reads on.

class Reader {
  readonly #text: string
  #at = 0
  /** The text ended inside of what is being read. */
  #isCut = false

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    this.#space()
    const first = this.#text[this.#at]
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    if (first === '"') return this.#string()
    return this.#word()
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? 'x')) this.#at += 1
  }

  /** Moves past the character, if it comes next. */
  #takes(character: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #object(): Record<string, unknown> {
    const members: [string, unknown][] = []
    this.#at += 1
    while (!this.#takes('}')) {
      this.#space()
      if (this.#text[this.#at] !== '"') break
      const name = this.#string()
      if (this.#isCut || !this.#takes(':')) break
      const value = this.value()
      if (value !== undefined) members.push([name, value])
      if (this.#isCut || !this.#takes(',')) {
        this.#takes('}')
        break
      }
    }
    this.#isCut ||= this.#text[this.#at - 1] !== '}'
    return Object.fromEntries(members)
  }

  #array(): unknown[] {
    const items: unknown[] = []
    this.#at += 1
    while (!this.#takes(']')) {
      const value = this.value()
      if (value !== undefined) items.push(value)
      if (this.#isCut || !this.#takes(',')) {
        this.#takes(']')
        break
      }
    }
    this.#isCut ||= this.#text[this.#at - 1] !== ']'
    return items
  }

  #string(): string {
    const from = this.#at
    this.#at += 1
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    }
    if (this.#at < this.#text.length) {
      this.#at += 1
      return JSON.parse(this.#text.slice(from, this.#at)) as string
    }
    this.#isCut = true
    // An escape that is cut off is left out.
    const body = this.#text.slice(from + 1).replace(/(?<!\\)((?:\\\\)*)\\(?:u[\da-fA-F]{0,3})?$/, '$1')
    return JSON.parse(`"${body}"`) as string
  }

  #word(): unknown {
    const [word] = /^[-+.\w]*/.exec(this.#text.slice(this.#at))!
    this.#at += word.length
    if (this.#at < this.#text.length && word !== '') return JSON.parse(word)
    this.#isCut = true
    return undefined
  }
}

export function slowPartialJson(text: string): unknown {
  try {
    return new Reader(text).value()
  } catch {
    return undefined
  }
}
