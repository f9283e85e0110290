// The value of JSON text that is not finished: what can be read so far, as the text grows. Decides that strings grow
// and that a number or a word counts only once something comes after it. Reads no character twice, and never changes a
// value it gave. Never throws; text that is no JSON gives undefined.

type Container = { readonly items: unknown[] } | { readonly members: Record<string, unknown>; key: string }
type Mode = 'value' | 'first' | 'key' | 'colon' | 'string' | 'word' | 'after' | 'done' | 'broken'

const space = /[ \t\r\n]/
const wordCharacter = /[-+.\w]/
const plain = /[^"\\]+/y

export class PartialJson {
  #mode: Mode = 'value'
  /** Containers that are open, the outermost first. */
  readonly #open: Container[] = []
  #isKey = false
  #string = ''
  /** An escape or a word that is not finished. */
  #cut = ''
  #top: unknown
  #shown: unknown
  #isShown = true

  /** Reads on. */
  push(text: string): void {
    for (let at = 0; at < text.length; ) {
      if (this.#mode === 'done' || this.#mode === 'broken') return
      at = this.#mode === 'string' ? this.#inString(text, at) : this.#outside(text, at)
    }
  }

  /** The value so far. It stays what it is: what comes later makes another one. */
  value(): unknown {
    if (this.#mode === 'broken') return undefined
    if (this.#isShown) return this.#shown
    let inner: unknown = this.#mode === 'string' && !this.#isKey ? this.#string : undefined
    // What is closed is shared by all values; only what is open is copied.
    for (let index = this.#open.length - 1; index >= 0; index -= 1) {
      const container = this.#open[index]!
      const copy =
        'items' in container
          ? { items: [...container.items] }
          : { members: { ...container.members }, key: container.key }
      if (inner !== undefined) add(copy, inner)
      inner = contentOf(copy)
    }
    this.#shown = this.#open.length === 0 && this.#mode === 'done' ? this.#top : inner
    this.#isShown = true
    return this.#shown
  }

  /** Reads at least one character; returns where it stopped. */
  #inString(text: string, at: number): number {
    if (this.#cut !== '') return this.#inEscape(text, at)
    plain.lastIndex = at
    const found = plain.exec(text)
    if (found !== null) {
      this.#string += found[0]
      this.#isShown = this.#isShown && this.#isKey
      return at + found[0].length
    }
    if (text[at] === '\\') this.#cut = '\\'
    else this.#endString()
    return at + 1
  }

  #inEscape(text: string, at: number): number {
    this.#cut += text[at]!
    if (this.#cut[1] !== 'u' || this.#cut.length === 6) {
      const meant = parsed(`"${this.#cut}"`)
      this.#cut = ''
      if (typeof meant !== 'string') this.#mode = 'broken'
      else this.#string += meant
      this.#isShown = this.#isShown && this.#isKey
    }
    return at + 1
  }

  #endString(): void {
    const container = this.#open.at(-1)
    if (this.#isKey && container !== undefined && 'key' in container) {
      container.key = this.#string
      this.#mode = 'colon'
    } else this.#take(this.#string)
  }

  #outside(text: string, at: number): number {
    const character = text[at]!
    if (this.#mode === 'word') {
      if (wordCharacter.test(character)) {
        this.#cut += character
        return at + 1
      }
      const value = parsed(this.#cut)
      this.#cut = ''
      if (value === undefined) this.#mode = 'broken'
      else this.#take(value)
      return at
    }
    if (!space.test(character)) this.#sign(character)
    return at + 1
  }

  /** A character that is no space, between values. */
  #sign(character: string): void {
    const container = this.#open.at(-1)
    const closing = container !== undefined && 'items' in container ? ']' : '}'
    if (this.#mode === 'colon') this.#mode = character === ':' ? 'value' : 'broken'
    else if (container !== undefined && character === closing && this.#mode !== 'value') this.#close()
    else if (this.#mode === 'after') {
      const next = container !== undefined && 'items' in container ? 'value' : 'key'
      this.#mode = character === ',' ? next : 'broken'
    } else if (character === '"') this.#begin()
    else if (container !== undefined && 'key' in container && this.#mode !== 'value') this.#mode = 'broken'
    else if (character === '{') this.#push({ members: {}, key: '' })
    else if (character === '[') this.#push({ items: [] })
    else if (wordCharacter.test(character)) {
      this.#mode = 'word'
      this.#cut = character
    } else this.#mode = 'broken'
  }

  #begin(): void {
    const container = this.#open.at(-1)
    this.#isKey = container !== undefined && 'key' in container && this.#mode !== 'value'
    this.#string = ''
    this.#mode = 'string'
    this.#isShown = this.#isShown && this.#isKey
  }

  #push(container: Container): void {
    this.#open.push(container)
    this.#mode = 'first'
    this.#isShown = false
  }

  #close(): void {
    this.#take(contentOf(this.#open.pop()!))
  }

  /** A value is whole. */
  #take(value: unknown): void {
    const container = this.#open.at(-1)
    this.#isShown = false
    if (container === undefined) {
      this.#top = value
      this.#mode = 'done'
    } else {
      add(container, value)
      this.#mode = 'after'
    }
  }
}

function add(container: Container, value: unknown): void {
  if ('items' in container) container.items.push(value)
  // Assigning to it would make it the prototype.
  else if (container.key === '__proto__')
    Object.defineProperty(container.members, '__proto__', {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  else container.members[container.key] = value
}

function contentOf(container: Container): unknown {
  return 'items' in container ? container.items : container.members
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
