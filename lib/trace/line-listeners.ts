// Who hears the lines of a recording. Decides that each hears every line once and in order, whatever another one of
// them does, and that nothing a listener throws reaches the run or the engine it is told of.
import { UsageError } from '../base/errors.js'
import { saidBy, shown } from '../base/seen.js'
import type { TraceLine } from './trace.js'

type Listener = (line: TraceLine) => void

interface Heard {
  readonly listener: Listener
}

export class LineListeners {
  readonly #all = new Set<Heard>()
  /** Lines that came while one was told, each for those who listened then. */
  readonly #waiting: { readonly line: TraceLine; readonly to: readonly Heard[] }[] = []
  #isTelling = false

  /** Throws UsageError ARGUMENT_INVALID. Returns what ends it. */
  add(listener: Listener): () => void {
    if (typeof listener !== 'function') {
      throw new UsageError('ARGUMENT_INVALID', `subscribe() got ${shown(listener)}; expected a function.`)
    }
    const heard = { listener }
    this.#all.add(heard)
    return () => void this.#all.delete(heard)
  }

  clear(): void {
    this.#all.clear()
  }

  /** A listener may make lines come, by asking for the trace: these wait for this one. */
  tell(line: TraceLine): void {
    if (this.#all.size === 0) return
    this.#waiting.push({ line, to: [...this.#all] })
    if (this.#isTelling) return
    this.#isTelling = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const heard of next.to) if (this.#all.has(heard)) this.#hear(heard, next.line)
    }
    this.#isTelling = false
  }

  #hear(heard: Heard, line: TraceLine): void {
    try {
      const told: unknown = heard.listener(line)
      // A promise of any realm; nobody waits for it.
      if (typeof (told as Promise<void> | undefined)?.then === 'function') {
        Promise.resolve(told).catch((error: unknown) => this.#fail(heard, error))
      }
    } catch (error) {
      this.#fail(heard, error)
    }
  }

  /** It hears no more: a function that fails once mostly fails at each line. */
  #fail(heard: Heard, error: unknown): void {
    if (!this.#all.delete(heard)) return
    const told = `A listener of a recording failed and hears no more: ${saidBy(error)}.`
    process.emitWarning(told, { type: 'EspalierWarning', code: 'LISTENER_FAILED' })
  }
}
