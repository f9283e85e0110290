// The lines of a recording to one reader, as server-sent events. Decides how many go at once, and waits where the
// reader does: what waits is a number, and the lines stay the recording's.
import type { ServerResponse } from 'node:http'
import type { Recorder } from './recorder.js'

/** Lines of one event. */
const linesMax = 256
/** Milliseconds that lines wait for others. */
const togetherMs = 50
/** Milliseconds between signs of life, so that nothing in between closes the connection. */
const aliveMs = 15_000

export class LineStream {
  readonly #recording: Recorder
  readonly #to: ServerResponse
  readonly #unsubscribe: () => void
  readonly #alive: NodeJS.Timeout
  #sent: number
  #timer: NodeJS.Timeout | null = null
  #isFull = false
  /** Whether it was full at the last sign of life, and has taken nothing since. */
  #isStuck = false
  #isOver = false

  /** Sends what comes behind the first `sent` lines. */
  constructor(recording: Recorder, to: ServerResponse, sent: number) {
    this.#recording = recording
    this.#to = to
    this.#sent = sent
    this.#unsubscribe = recording.subscribe(() => this.#soon())
    this.#alive = setInterval(() => this.#beat(), aliveMs)
    this.#alive.unref()
    to.on('drain', () => {
      this.#isFull = false
      this.#isStuck = false
      this.#sendAll()
    })
    to.flushHeaders()
    this.#sendAll()
  }

  /** Sends what is left where the reader takes it, and says that nothing more will come. */
  end(): void {
    if (this.#isOver) return
    while (this.#send() === linesMax);
    this.#write('event: end\ndata: \n\n')
    this.#leave()
  }

  /** Who takes nothing from one sign of life to the next is gone, or may come again. */
  #beat(): void {
    if (!this.#isFull) this.#write(': \n\n')
    else if (this.#isStuck) this.#to.destroy()
    else this.#isStuck = true
  }

  #leave(): void {
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
      this.#sendAll()
    }, togetherMs)
    this.#timer.unref()
  }

  /** How many lines it sent. */
  #send(): number {
    if (this.#isOver || this.#isFull) return 0
    const lines = this.#recording.since(this.#sent, linesMax)
    if (lines === null) {
      // Too far behind: the page has to be read anew.
      this.#write('event: reset\ndata: \n\n')
      this.#leave()
      return 0
    }
    if (lines.length === 0) return 0
    this.#sent += lines.length
    this.#write(`id: ${this.#sent}\ndata: ${JSON.stringify(lines)}\n\n`)
    return lines.length
  }

  #sendAll(): void {
    if (this.#send() === linesMax) setImmediate(() => this.#sendAll())
  }

  #write(text: string): void {
    if (!this.#isOver && !this.#to.write(text)) this.#isFull = true
  }
}
