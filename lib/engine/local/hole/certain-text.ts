// Tells a listener the text of a hole while it is drawn. Decides what is safe to tell: no half code point, nothing of
// the literal before the hole, and nothing that may turn out to be the stop or the literal after it. Looks at no byte
// twice.
import { StopReader } from '../../../constraint/stop-reader.js'
import type { Stop } from '../../../constraint/stops.js'

export class CertainText {
  readonly #reader: StopReader
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #told: string[] = []
  #toldLength = 0
  /** Decoded, but it may be an end. */
  #held = ''

  /** `ends`: any of which may follow the value. */
  constructor(ends: readonly Stop[]) {
    this.#reader = new StopReader(ends.filter((end) => end !== ''))
  }

  /** What may be told of a value that goes on with these bytes, beyond what was told before. */
  next(bytes: Uint8Array): string {
    // Whether what stands there is an end, only the whole value tells.
    if (this.#reader.found !== null) return ''
    const news = this.#decoder.decode(bytes, { stream: true })
    this.#reader.next(news)
    this.#held += news
    const safe = this.#reader.safeUntil - this.#toldLength
    const told = this.#held.slice(0, safe)
    this.#held = this.#held.slice(safe)
    this.#toldLength += safe
    if (told !== '') this.#told.push(told)
    return told
  }

  /** The rest of a value that is known now. */
  last(text: string): string {
    const told = this.#told.join('')
    return text.startsWith(told) ? text.slice(told.length) : ''
  }
}
