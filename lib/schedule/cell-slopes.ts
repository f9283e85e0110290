// What one more idle cell adds to a call, from (idle cells, cells of its own texts, micros) as calls come. Decides
// whether it is known well enough. Both are attended and grow together while texts are written, but what a call's own
// rows read costs several times as much as what they only pass over, so the two are told apart by least squares over
// both, older measurements weighing less.

/** Weight of the past at each new call. */
const decay = 1 - 1 / 40

export class CellSlopes {
  #weight = 0
  #means = { idle: 0, own: 0, micros: 0 }
  /** Sums of products of what each was off its mean. */
  #sums = { idleIdle: 0, idleOwn: 0, ownOwn: 0, idleMicros: 0, ownMicros: 0, microsMicros: 0 }

  measure(idle: number, own: number, micros: number): void {
    this.#weight = this.#weight * decay + 1
    const means = this.#means
    const before = { idle: idle - means.idle, own: own - means.own, micros: micros - means.micros }
    means.idle += before.idle / this.#weight
    means.own += before.own / this.#weight
    means.micros += before.micros / this.#weight
    const after = { idle: idle - means.idle, own: own - means.own, micros: micros - means.micros }
    const sums = this.#sums
    sums.idleIdle = sums.idleIdle * decay + before.idle * after.idle
    sums.idleOwn = sums.idleOwn * decay + before.idle * after.own
    sums.ownOwn = sums.ownOwn * decay + before.own * after.own
    sums.idleMicros = sums.idleMicros * decay + before.idle * after.micros
    sums.ownMicros = sums.ownMicros * decay + before.own * after.micros
    sums.microsMicros = sums.microsMicros * decay + before.micros * after.micros
  }

  /** Micros an idle cell adds; null while nothing, or twice the guess, fits as well. */
  idleMicros(guess: number): number | null {
    const { idleIdle, idleOwn, ownOwn, idleMicros, ownMicros, microsMicros } = this.#sums
    const owns = ownOwn > 0
    // What varies in idle cells beyond what goes along with own ones.
    const free = owns ? idleIdle - (idleOwn * idleOwn) / ownOwn : idleIdle
    if (this.#weight <= 3 || free <= idleIdle * 1e-6) return null
    const idle = (idleMicros - (owns ? (idleOwn * ownMicros) / ownOwn : 0)) / free
    const own = owns ? (ownMicros - idle * idleOwn) / ownOwn : 0
    const unexplained = Math.max(0, microsMicros - idle * idleMicros - own * ownMicros)
    const error = Math.sqrt(unexplained / (this.#weight - 3) / free)
    return error <= Math.max(idle, guess) / 2 ? Math.max(0, idle) : null
  }
}
