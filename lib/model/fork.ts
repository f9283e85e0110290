// Runs that go on from one transcript at the same time, as live handles: each may be gone on from before it has ended,
// and waits for values of the others. Decides whose failure ends whom, and that forks which wait for each other are
// told so.
import { AsyncLocalStorage } from 'node:async_hooks'
import { settleOrAbort } from '../async/signal.js'
import { UsageError } from '../base/errors.js'
import { isReadable, shown } from '../base/seen.js'
import type { Prompt } from '../prompt/part.js'
import type { Complete, GivenOrNone, Grown } from '../prompt/typing.js'
import type { RunOptions } from '../run/run-options.js'
import { Live } from './live.js'
import { Transcript } from './transcript.js'
import { insideOf, type RunManner } from './transcript-owner.js'

/** In whose run a function is called. */
const current = new AsyncLocalStorage<Fork<unknown>>()

/**
 * A run that goes on from a transcript, and may not have ended yet; `fork()` makes them. An immutable value: extending
 * it makes another one. A run that fails fails those that go on from it, and whoever waits for it; what nobody waits
 * for fails in silence.
 */
export class Fork<V = Readonly<Record<string, unknown>>> {
  readonly #before: Fork<unknown> | null
  readonly #end: Promise<Transcript<V>>
  readonly #live = new Live()
  readonly #leaving = new AbortController()
  /** Forks whose values or ends functions of this one's run wait for, and how often. */
  readonly #waitsFor = new Map<Fork<unknown>, number>()
  #isOver = false
  /** Somebody wants its values or its end, beside those that go on from it. */
  #isWanted = false
  /** Forks that go on from it and were not aborted. */
  #next = 0

  /** Not for callers: `fork()` makes them. Throws UsageError NOT_CONSTRUCTIBLE. */
  constructor(before: Fork<unknown> | null, work: (manner: RunManner) => Promise<Transcript<V>>) {
    const isOne = before === null || (isReadable(before) && #next in before)
    if (!isOne || typeof work !== 'function') {
      const seen = shown(isOne ? work : before)
      throw new UsageError('NOT_CONSTRUCTIBLE', `new Fork() got ${seen}; forks come from fork().`)
    }
    this.#before = before
    if (before !== null) before.#next += 1
    const manner = { left: this.#leaving.signal, live: this.#live }
    this.#end = current.run(this, () => work(manner))
    const over = (): void => {
      this.#isOver = true
    }
    this.#end.then(over, over)
  }

  /**
   * Runs another prompt after this one, once it has ended; begins at once where it has. Errors as for `Model.run`, for
   * whoever waits for them.
   *
   * @example
   * ```ts
   * const base = await model.start(prompt`The order came late.\n`)
   * const reply = fork(base)
   *   .extend(prompt`Mood: ${select('mood', ['good', 'bad'])}\n`)
   *   .extend(prompt`Reply: ${gen('text', { tokensMax: 8 })}\n`)
   * console.log((await reply.transcript()).values.mood)
   * ```
   */
  extend<W, I, K>(prompt: Prompt<W, I, K> & Complete<NoInfer<I>>): Fork<Grown<V, W>>
  extend<W, I, K>(prompt: Prompt<W, I, K>, given: GivenOrNone<I, K>, options?: RunOptions): Fork<Grown<V, W>>
  extend<W>(prompt: Prompt<W>, given?: unknown, options?: RunOptions): Fork<Grown<V, W>> {
    return new Fork<Grown<V, W>>(this, async (manner) => {
      const base = await settleOrAbort(manner.left!, () => this.#end)
      const { owner, result } = insideOf(base)
      const run = await owner.run(result, prompt, given ?? {}, options ?? {}, manner)
      return new Transcript<Grown<V, W>>(owner, run, run.trace)
    })
  }

  /**
   * The value of this name, as soon as this fork's own run has captured it, while it goes on; a list of `collect` and
   * what earlier runs captured, once it has ended. A value somebody got is not taken back: `backtrack` goes no further
   * than that. Inside of `checked`, `bestOf` and `vote` values are certain where these end.
   *
   * Rejects with the run's error; UsageError VALUE_UNKNOWN where it ended without such a value, FORKS_WAIT where this
   * fork waits for the one that asks, through others or at once.
   *
   * @example
   * ```ts
   * const base = await model.start(prompt`Cats or dogs?\n`)
   * const [first, second] = fork(base, 2)
   * const claim = gen('claim', { stop: '\n', tokensMax: 8 })
   * const pro = first.extend(prompt`For: ${claim}\nSo: ${gen('so', { tokensMax: 4 })}`)
   * const said = () => pro.value('claim')
   * const con = second.extend(prompt`You say "${said}", but ${gen('but', { tokensMax: 8 })}`)
   * console.log(await con.value('but'))
   * ```
   */
  value<N extends keyof V & string>(name: N): Promise<V[N]> {
    let isTold = false
    const value = new Promise<unknown>((resolve, reject) => {
      isTold = this.#live.take(name, resolve)
      if (isTold) return
      this.#end.then(({ values }) => {
        if (Object.hasOwn(values as object, name)) resolve(values[name])
        else reject(unknownValue(name, values as object))
      }, reject)
    })
    const waiting = isTold ? value : this.#waitedFor(value, `value(${JSON.stringify(name)})`)
    return waiting as Promise<V[N]>
  }

  /**
   * The transcript, once the run has ended. Rejects as `Model.run`, and with UsageError FORKS_WAIT as `value`.
   *
   * @example
   * ```ts
   * const [one] = fork(await model.start(prompt`Say: `), 1)
   * console.log((await one.extend(prompt`${gen('word', { tokensMax: 3 })}`).transcript()).text)
   * ```
   */
  transcript(): Promise<Transcript<V>> {
    return this.#waitedFor(this.#end, 'transcript()')
  }

  /**
   * Ends the run, and those it goes on from where nobody else wants them: whoever waits gets an AbortError with the
   * reason, and what the run held comes free. Nothing happens where it has ended.
   *
   * @example
   * ```ts
   * const long = fork(await model.start(prompt`A story: `)).extend(prompt`${gen('story', { tokensMax: 500 })}`)
   * long.abort(new Error('too long'))
   * await long.transcript().catch(({ code }) => console.log(code))
   * ```
   */
  abort(reason: unknown = new Error('the fork was aborted')): void {
    if (this.#isOver || this.#leaving.signal.aborted) return
    this.#leaving.abort(reason)
    const before = this.#before
    if (before === null) return
    before.#next -= 1
    if (before.#next === 0 && !before.#isWanted) before.abort(reason)
  }

  /** Notes who waits, for as long as it does. What is given may be dropped: nobody has to hear of a failure. */
  #waitedFor<T>(promise: Promise<T>, what: string): Promise<T> {
    this.#isWanted = true
    const waiter = current.getStore()
    let waiting = promise
    if (waiter !== undefined && !waiter.#isOver && !this.#isOver) {
      if (this.#leadsTo(waiter)) waiting = Promise.reject(waitsForEachOther(what))
      else waiting = waiter.#waitFor(this, promise)
    }
    for (const each of [promise, waiting]) each.catch(() => undefined)
    return waiting
  }

  async #waitFor<T>(other: Fork<unknown>, promise: Promise<T>): Promise<T> {
    this.#waitsFor.set(other, (this.#waitsFor.get(other) ?? 0) + 1)
    try {
      return await promise
    } finally {
      const left = this.#waitsFor.get(other)! - 1
      if (left > 0) this.#waitsFor.set(other, left)
      else this.#waitsFor.delete(other)
    }
  }

  /** Whether it can't go on until the other one does. */
  #leadsTo(other: Fork<unknown>): boolean {
    const seen = new Set<Fork<unknown>>()
    const open: Fork<unknown>[] = [this as Fork<unknown>]
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (one === other) return true
      if (one.#isOver || seen.has(one)) continue
      seen.add(one)
      open.push(...one.#waitsFor.keys(), ...(one.#before === null ? [] : [one.#before]))
    }
    return false
  }
}

function unknownValue(name: string, values: object): UsageError {
  const known = Object.keys(values).slice(0, 20).join(', ') || 'none'
  return new UsageError(
    'VALUE_UNKNOWN',
    `The fork ended without a value of the name ${shown(name)}; it has ${known}.`,
  )
}

function waitsForEachOther(what: string): UsageError {
  return new UsageError(
    'FORKS_WAIT',
    `A function in a fork's prompt waits for ${what} of a fork that waits for it in turn; let one of them go on ` +
      'without the other.',
  )
}
