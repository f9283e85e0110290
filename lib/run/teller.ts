// Tells a listener the text of a hole while it is drawn. Decides what is safe to tell: no half code point, nothing of
// the literal before the hole, and nothing that may turn out to be the stop or the literal after it.

export class Teller {
  readonly #ends: readonly string[]
  #told = ''

  /** `ends`: texts any of which may follow the value. */
  constructor(ends: readonly string[]) {
    this.#ends = ends.filter((end) => end !== '')
  }

  /** All that was told. */
  get told(): string {
    return this.#told
  }

  /** What may be told of a value that goes on, beyond what was told before. */
  next(bytes: Uint8Array): string {
    const text = new TextDecoder().decode(bytes, { stream: true })
    let safe = this.#told.length
    while (safe < text.length && !this.#mayEndAt(text.slice(safe))) safe += 1
    const news = text.slice(this.#told.length, safe)
    this.#told += news
    return news
  }

  /** The rest of a value that is known now. */
  last(text: string): string {
    return text.startsWith(this.#told) ? text.slice(this.#told.length) : ''
  }

  #mayEndAt(rest: string): boolean {
    return this.#ends.some((end) => end.startsWith(rest) || rest.startsWith(end))
  }
}
