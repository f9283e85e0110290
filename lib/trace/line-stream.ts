// The lines of a recording to one reader, as server-sent events. Decides how many go at once, and waits where the
// reader does: what waits is a number, and the lines stay the recording's.
import type { ServerResponse } from 'node:http'
import type { Recording } from './recording.js'

/** Lines of one event. */
const linesMax = 256
/** Milliseconds that lines wait for others. */
const togetherMs = 50
/** Milliseconds between signs of life, so that nothing in between closes the connection. */
const aliveMs = 15_000

export class LineStream {
  readonly #recording: Recording
  readonly #to: ServerResponse
  readonly #unsubscribe: () => void
  readonly #alive: NodeJS.Timeout
  #sent: number
  #timer: NodeJS.Timeout | null = null
  #isFull = false
  #isOver = false

  /** Sends what comes behind the first `sent` lines. */
  constructor(recording: Recording, to: ServerResponse, sent: number) {
    this.#recording = recording
    this.#to = to
    this.#sent = sent
    this.#unsubscribe = recording.subscribe(() => this.#soon())
    this.#alive = setInterval(() => this.#write(': \n\n'), aliveMs)
    this.#alive.unref()
    to.on('drain', () => {
      this.#isFull = false
      this.#send()
    })
    to.flushHeaders()
    this.#send()
  }

  /** Sends what there is, and that no more comes: the reader need not ask again. */
  finish(): void {
    for (let sent = -1; sent !== this.#sent && !this.#isFull && !this.#isOver; ) {
      sent = this.#sent
      this.#send()
    }
    this.#write('event: end\ndata: \n\n')
    this.end()
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#unsubscribe()
    clearInterval(this.#alive)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#to.end()
  }

  #soon(): void {
    if (this.#timer !== null || this.#isFull) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#send()
    }, togetherMs)
    this.#timer.unref()
  }

  #send(): void {
    if (this.#isOver || this.#isFull) return
    const lines = this.#recording.since(this.#sent, linesMax)
    if (lines === null) {
      // Too far behind: the page has to be read anew.
      this.#write('event: reset\ndata: \n\n')
      this.end()
      return
    }
    if (lines.length === 0) return
    this.#sent += lines.length
    this.#write(`id: ${this.#sent}\ndata: ${JSON.stringify(lines)}\n\n`)
    if (lines.length === linesMax) setImmediate(() => this.#send())
  }

  #write(text: string): void {
    if (!this.#isOver && !this.#to.write(text)) this.#isFull = true
  }
}
