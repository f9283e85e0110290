// A run as a stream of events. Decides what is buffered and when the run waits: it draws no further while events lie
// unread. Leaving the stream aborts the run, also while a reader waits for an event, and so does letting go of it: a
// run that waits for a reader who is gone would hold its matchers for as long as its model lives. Never starts before
// it is read.
import { whenCollected } from '../../base/collected.js'
import type { Listener, RunEvent } from './event.js'

/** Events that may lie unread before the run waits. */
const unreadMax = 64

export type StreamItem<R> = RunEvent | { readonly type: 'done'; readonly run: R }

/** Does the run; ends soon after the signal is aborted. */
export type StreamWork<R> = (listener: Listener, signal: AbortSignal) => Promise<R>

type Item<R> = IteratorResult<StreamItem<R>, void>

interface Reader<R> {
  resolve(item: Item<R>): void
  reject(error: unknown): void
  /** Whoever waits for an event has not let go. */
  readonly stream: RunStream<R>
}

const end = { done: true, value: undefined } as const

/** Runs `work` with a listener and gives what it hears, and at last what `work` returned as a 'done' event. */
export class RunStream<R> implements AsyncGenerator<StreamItem<R>, void, void> {
  readonly #flow: Flow<R>

  constructor(work: StreamWork<R>) {
    this.#flow = new Flow(work)
    leaveCollected(this, this.#flow)
  }

  next(): Promise<Item<R>> {
    return this.#flow.next(this)
  }

  /** Leaves the stream: aborts the run and resolves once it has ended, whoever waits for an event. */
  async return(): Promise<Item<R>> {
    await this.#flow.leave()
    return end
  }

  /** As `return`, and rejects with the error. */
  async throw(error: unknown): Promise<Item<R>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

/** Ends the run of a stream that nobody holds any more. */
function leaveCollected(stream: object, flow: { leave(): Promise<void> }): void {
  whenCollected(stream, () => void flow.leave())
}

/** What the run holds of its stream: never the stream itself. */
class Flow<R> {
  readonly #work: StreamWork<R>
  readonly #left = new AbortController()
  #unread: StreamItem<R>[] = []
  /** Of the unread ones, how many are read: so that reading costs the same however many there are. */
  #read = 0
  readonly #readers: Reader<R>[] = []
  #failure: { readonly error: unknown } | null = null
  /** null: not started. */
  #settled: Promise<void> | null = null
  #isOver = false
  #drained: (() => void) | null = null
  #whenDrained: Promise<void> | null = null

  constructor(work: StreamWork<R>) {
    this.#work = work
  }

  next(stream: RunStream<R>): Promise<Item<R>> {
    if (!this.#left.signal.aborted) this.#settled ??= this.#run()
    const value = this.#unread[this.#read]
    if (value !== undefined) {
      this.#read += 1
      if (this.#read === this.#unread.length) this.#drain()
      return Promise.resolve({ done: false, value })
    }
    if (this.#failure !== null) {
      const { error } = this.#failure
      this.#failure = null
      return Promise.reject(error)
    }
    if (this.#isOver) return Promise.resolve(end)
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject, stream }))
  }

  /** Aborts the run; resolves once it has ended. */
  async leave(): Promise<void> {
    this.#isOver = true
    this.#failure = null
    this.#left.abort(new Error('the reader left the stream'))
    this.#drain()
    for (const reader of this.#readers.splice(0)) reader.resolve(end)
    await this.#settled
  }

  async #run(): Promise<void> {
    const listener: Listener = {
      emit: (event) => this.#give(event),
      ready: () => this.#ready(),
      wantsTokens: true,
    }
    try {
      const run = await this.#work(listener, this.#left.signal)
      this.#give({ type: 'done', run })
    } catch (error) {
      const reader = this.#readers.shift()
      if (reader !== undefined) reader.reject(error)
      else if (!this.#isOver) this.#failure = { error }
    }
    this.#isOver = true
    for (const reader of this.#readers.splice(0)) reader.resolve(end)
  }

  #give(value: StreamItem<R>): void {
    if (this.#isOver) return
    const reader = this.#readers.shift()
    if (reader === undefined) this.#unread.push(value)
    else reader.resolve({ done: false, value })
  }

  #ready(): Promise<void> {
    if (this.#isOver || this.#unread.length - this.#read < unreadMax) return Promise.resolve()
    this.#whenDrained ??= new Promise((resolve) => {
      this.#drained = resolve
    })
    return this.#whenDrained
  }

  #drain(): void {
    this.#unread = []
    this.#read = 0
    this.#drained?.()
    this.#drained = null
    this.#whenDrained = null
  }
}
