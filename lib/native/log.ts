// What llama.cpp says, for who asked to hear it. Decides what becomes of a listener that fails: it is told once as a
// warning of the process, hears on, and costs nobody anything.
import { native } from './failure.js'
import type { RawAddon } from './raw.js'

/** How much a line of llama.cpp's log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Hears a line of llama.cpp's log, without its line break. */
export type Log = (level: LogLevel, text: string) => void

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
