// Passes llama.cpp's log to the caller's function. Decides what happens when that function throws: the process gets one
// warning, the function hears the next lines all the same, and nothing else is affected.
import { native } from './failure.js'
import type { Log, LogLevel } from './log-type.js'
import type { RawAddon } from './raw.js'

/** Lines that may wait for the JavaScript thread: more than a load says. */
const linesMax = 1000

class Listener {
  readonly #log: Log
  #hasFailed = false

  constructor(log: Log) {
    this.#log = log
  }

  /** Never throws. */
  hear(level: LogLevel, text: string): void {
    try {
      const told: unknown = this.#log(level, text)
      // A promise of any realm; nobody waits for it.
      if (typeof (told as Promise<void> | undefined)?.then === 'function') {
        Promise.resolve(told).catch((error: unknown) => this.#fail(error))
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    let why = 'an error that can not be shown'
    try {
      why = String(error)
    } catch {}
    process.emitWarning(`The function given as option log failed: ${why}. It is told here once only.`, {
      type: 'EspalierWarning',
      code: 'LOG_FAILED',
    })
  }
}

/** The addon holds its listener weakly, so whoever holds this holds both. */
export class OpenLog {
  readonly raw: ReturnType<RawAddon['openLog']>
  readonly listener: Listener

  constructor(addon: RawAddon, log: Log) {
    this.listener = new Listener(log)
    this.raw = native(() => addon.openLog(this.listener, linesMax))
  }

  /** What was said before is heard first. */
  close(): void {
    this.raw.close()
  }
}
