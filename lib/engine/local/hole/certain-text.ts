// Tells a listener the text of a hole while it is drawn. Decides what is safe to tell: no half code point, nothing of
// the literal before the hole, and nothing that may turn out to be the stop or the literal after it. Looks at no byte
// twice but for those that wait.

export class CertainText {
  readonly #ends: readonly string[]
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #told: string[] = []
  /** Decoded, but it may be an end. */
  #held = ''
  /** An end stands in the text: whether it is one, only the whole value tells. */
  #isAtEnd = false

  /** `ends`: texts any of which may follow the value. */
  constructor(ends: readonly string[]) {
    this.#ends = ends.filter((end) => end !== '')
  }

  /** What may be told of a value that goes on with these bytes, beyond what was told before. */
  next(bytes: Uint8Array): string {
    if (this.#isAtEnd) return ''
    const text = this.#held + this.#decoder.decode(bytes, { stream: true })
    let safe = 0
    while (safe < text.length && !this.#mayEndAt(text, safe)) safe += 1
    const news = text.slice(0, safe)
    this.#held = this.#isAtEnd ? '' : text.slice(safe)
    if (news !== '') this.#told.push(news)
    return news
  }

  /** The rest of a value that is known now. */
  last(text: string): string {
    const told = this.#told.join('')
    return text.startsWith(told) ? text.slice(told.length) : ''
  }

  #mayEndAt(text: string, at: number): boolean {
    for (const end of this.#ends) {
      if (end[0] !== text[at]) continue
      if (text.startsWith(end, at)) {
        this.#isAtEnd = true
        return true
      }
      if (text.length - at < end.length && end.startsWith(text.slice(at))) return true
    }
    return false
  }
}
