// What is told while a model comes: how much of it is here, how fast, how long it will take. Decides how often, and
// that what was on the disk already counts as here and not as speed.
import { Rate } from './rate.js'

/** How far a pull is. */
export interface PullProgress {
  /**
   * 'checking': reads what is here already, 'fetching': bytes come, 'waiting': for another process that fetches the
   * same file, or to ask the hub again.
   */
  readonly doing: 'checking' | 'fetching' | 'waiting'
  /** Why it waits; null otherwise. */
  readonly why: string | null
  /** The file, as it is called in the repository. */
  readonly file: string
  /** Of all the model's files, those that were here before included. */
  readonly bytes: number
  readonly bytesTotal: number
  /** Over the last ten seconds; null until it can be told. */
  readonly bytesPerSecond: number | null
  /** At that speed; null until it can be told. */
  readonly secondsLeft: number | null
}

/** Adds up what is told of single files; tells no more often than can be read. */
export class Teller {
  readonly #tell: (progress: PullProgress) => void
  readonly #rate = new Rate(() => performance.now())
  #total = 0
  #done = 0
  #last: { readonly bytes: number; readonly doing: PullProgress['doing'] } = { bytes: 0, doing: 'checking' }
  #toldAt = Number.NEGATIVE_INFINITY
  file = ''
  constructor(tell: (progress: PullProgress) => void) {
    this.#tell = tell
  }

  begin(total: number): void {
    this.#total = total
  }

  at(bytes: number, doing: PullProgress['doing']): void {
    if (doing === 'fetching') this.#rate.add(Math.max(0, bytes - this.#last.bytes))
    const isNew = doing !== this.#last.doing
    this.#last = { bytes, doing }
    const now = performance.now()
    if (!isNew && now - this.#toldAt < 100) return
    this.#toldAt = now
    this.#say(doing, doing === 'waiting' ? 'another process fetches it' : null)
  }

  wait(why: string, milliseconds: number): void {
    this.#say('waiting', `${why}; again in ${Math.max(1, Math.round(milliseconds / 1000))} s`)
  }

  /** The file that was told of last is here. */
  finish(bytes: number): void {
    this.#done += bytes
    this.#last = { bytes: 0, doing: 'checking' }
  }

  end(): void {
    this.#say('checking', null)
  }

  #say(doing: PullProgress['doing'], why: string | null): void {
    const bytes = this.#done + this.#last.bytes
    const bytesPerSecond = doing === 'fetching' ? this.#rate.bytesPerSecond : null
    const secondsLeft =
      bytesPerSecond === null || bytesPerSecond === 0 ? null : (this.#total - bytes) / bytesPerSecond
    this.#tell({ doing, why, file: this.file, bytes, bytesTotal: this.#total, bytesPerSecond, secondsLeft })
  }
}
