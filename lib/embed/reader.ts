// Reads the texts of all calls: tokens first, then llama_decode by llama_decode. Decides whose turn it is first and
// when a call has its answer. A call that ends or fails affects no other. Knows nothing of what the numbers mean.
import { CapacityError, EngineError, UsageError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import type { NativeEmbedder } from '../native/embedder-type.js'
import { type Packed, pack, type Text } from './pack.js'

/** What one call wants read. */
export interface Request {
  readonly texts: readonly string[]
  /** Pairs of it and each text; null: the texts alone. */
  readonly query: string | null
  /** How a text is called in a sentence: `texts[3]`. */
  readonly nameOf: (index: number) => string
  readonly signal: AbortSignal
}

interface Job extends Request {
  readonly ready: Text<Job>[]
  readonly vectors: Float32Array[]
  /** Texts whose tokens were asked for. */
  asked: number
  answered: number
  hasEnded: boolean
  resolve(vectors: readonly Float32Array[]): void
  reject(error: unknown): void
}

export interface ReaderOptions {
  readonly native: NativeEmbedder
  /** Tokens the model was trained for. */
  readonly contextTrained: number
}

/** Letters that become tokens in one go, so that an abort and other calls are heard. */
const lettersAtOnce = 1 << 15

export class Reader {
  readonly #options: ReaderOptions
  #jobs: Job[] = []
  /** Those whose texts are being decoded. */
  #inDecode: readonly Job[] = []
  #begun: Text<Job> | null = null
  #isRunning = false

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** A vector for each text. Rejects with the reason of the signal as it is, and with what became of the texts. */
  read(request: Request): Promise<readonly Float32Array[]> {
    const { signal } = request
    return new Promise((resolve, reject) => {
      const leave = (): void => signal.removeEventListener('abort', stop)
      const job: Job = {
        ...request,
        ready: [],
        vectors: [],
        asked: 0,
        answered: 0,
        hasEnded: false,
        resolve: (vectors) => {
          job.hasEnded = true
          leave()
          resolve(vectors)
        },
        reject: (error) => {
          job.hasEnded = true
          leave()
          reject(error)
        },
      }
      const stop = (): void => this.#stop(job)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) return stop()
      this.#jobs.push(job)
      void this.#run()
    })
  }

  #stop(job: Job): void {
    job.reject(job.signal.reason)
    const isForNobody = this.#inDecode.length > 0 && this.#inDecode.every(({ hasEnded }) => hasEnded)
    if (isForNobody) this.#options.native.abort()
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    for (;;) {
      this.#jobs = this.#jobs.filter(({ hasEnded }) => !hasEnded)
      if (this.#jobs.length === 0) break
      await this.#fetch()
      await this.#decode()
      // Another call comes first next time.
      this.#jobs.push(...this.#jobs.splice(0, 1))
    }
    this.#isRunning = false
  }

  /** Tokens for a decode, from each job in turn. */
  async #fetch(): Promise<void> {
    const { rows, sequences } = this.#options.native.facts
    let [tokens, texts] = [0, 0]
    for (const job of this.#jobs) {
      if (job.ready.length === 0) await this.#fetchFor(job)
      for (const text of job.ready) tokens += text.tokens.length
      texts += job.ready.length
      if (tokens >= rows || texts >= sequences) return
    }
  }

  async #fetchFor(job: Job): Promise<void> {
    if (job.hasEnded || job.asked === job.texts.length) return
    const from = job.asked
    let letters = 0
    while (job.asked < job.texts.length && job.asked - from < this.#options.native.facts.sequences) {
      letters += job.texts[job.asked]!.length + (job.query?.length ?? 0)
      job.asked += 1
      if (letters >= lettersAtOnce) break
    }
    try {
      const lists = await this.#options.native.tokenize(job.texts.slice(from, job.asked), job.query)
      lists.forEach((tokens, at) => {
        this.#check(job, from + at, tokens.length)
        job.ready.push({ job, index: from + at, tokens, read: 0, sequence: -1 })
      })
    } catch (error) {
      if (!job.hasEnded) job.reject(error)
    }
  }

  #check(job: Job, index: number, tokens: number): void {
    const { contextTokens } = this.#options.native.facts
    const name = job.nameOf(index)
    if (tokens === 0) {
      const seen = shown(job.texts[index])
      throw new UsageError('TEXT_EMPTY', `${name} is ${seen}, which has no tokens; expected one or more.`)
    }
    if (tokens <= contextTokens) return
    const { contextTrained } = this.#options
    const more = contextTokens < contextTrained ? `, or load with contextTokens up to ${contextTrained}` : ''
    throw new CapacityError(
      'TEXT_TOO_LONG',
      `${name} has ${tokens} tokens${job.query === null ? '' : ' with the query'}; the embedder takes ` +
        `${contextTokens}: expected a shorter text${more}.`,
    )
  }

  async #decode(): Promise<void> {
    const { native } = this.#options
    const { rows, batch, sequences, canSplit } = native.facts
    if (this.#begun?.job.hasEnded) this.#begun = null
    const queues = this.#jobs.filter(({ hasEnded }) => !hasEnded).map(({ ready }) => ready)
    const packed = pack(queues, this.#begun, { rows, rowsMax: batch, sequences, canSplit })
    if (packed.length === 0) return
    this.#inDecode = packed.map(({ text }) => text.job)
    this.#begun = null
    try {
      const vectors = await native.run(packed.map(chunkOf))
      this.#deliver(packed, vectors)
    } catch (error) {
      for (const { hasEnded, reject } of new Set(this.#inDecode)) if (!hasEnded) reject(error)
    } finally {
      this.#inDecode = []
    }
  }

  #deliver(packed: readonly Packed<Job>[], vectors: readonly (Float32Array | null)[]): void {
    let next = 0
    for (const { text, until } of packed) {
      text.read = until
      const { job, index } = text
      if (until < text.tokens.length) {
        this.#begun = text
        continue
      }
      const vector = vectors[next++] ?? null
      if (job.hasEnded) continue
      if (vector === null) {
        job.reject(notFinite(job.nameOf(index)))
        continue
      }
      job.vectors[index] = vector
      job.answered += 1
      if (job.answered === job.texts.length) job.resolve(job.vectors)
    }
  }
}

function chunkOf({ text, until }: Packed<Job>) {
  const { sequence, read, tokens } = text
  return {
    sequence,
    position: read,
    tokens: tokens.subarray(read, until),
    last: until === tokens.length,
  }
}

function notFinite(name: string): EngineError {
  return new EngineError(
    'EMBEDDING_NOT_FINITE',
    `The model tells no finite numbers for ${name}; expected a vector. Its weights may be damaged.`,
  )
}
