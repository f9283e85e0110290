// What a run has captured so far, for whoever waits for it. Decides that a value somebody took stays: the run can't
// take it back.
import type { LiveValues } from '../run/state/live.js'

export class Live implements LiveValues {
  readonly #told = new Map<string, unknown>()
  readonly #taken = new Set<string>()
  readonly #waiting = new Map<string, ((value: unknown) => void)[]>()

  tell(values: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(values)) {
      this.#told.set(name, value)
      const waiting = this.#waiting.get(name)
      if (waiting === undefined) continue
      this.#waiting.delete(name)
      this.#taken.add(name)
      for (const take of waiting) take(value)
    }
  }

  takeBack(names: readonly string[]): boolean {
    if (names.some((name) => this.#taken.has(name))) return false
    for (const name of names) this.#told.delete(name)
    return true
  }

  /** Calls once with the value of that name: now where it was told, else when it is. Whether it was told. */
  take(name: string, take: (value: unknown) => void): boolean {
    if (!this.#told.has(name)) {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), take])
      return false
    }
    this.#taken.add(name)
    take(this.#told.get(name))
    return true
  }
}
