// Steps on one context, each timed by itself. Decides what is decoded and moved for a figure, and that every part
// leaves the cells as it found them: sequence 0 holds the prefix and 1 the held text, all others are free. Works with
// every kind of memory, since no part takes back less than a whole sequence.
import { EngineError } from '../../base/errors.js'
import { compile } from '../../constraint/compile.js'
import { text } from '../../constraint/text.js'
import { drawOptions } from '../../engine/local/hole/draw-options.js'
import { vocabularyOf } from '../../engine/local/tokens/vocabulary.js'
import type {
  Chunk,
  DrawOptions,
  Generation,
  KvOp,
  NativeVocab,
  StepPlan,
  StepResult,
} from '../../native/addon.js'
import type { ExpertContext } from '../../native/context.js'
import type { Samples } from './samples.js'
import type { Probe, Sizes } from './sizes.js'

const prefixOf = 0
const heldBy = 1
/** The first sequence that is free between parts. */
const free = 2
const nothing = new Int32Array(0)

export class Steps {
  readonly #context: ExpertContext
  readonly #vocab: NativeVocab
  readonly #tokens: Int32Array
  readonly #draw: DrawOptions
  #sizes!: Sizes

  constructor(context: ExpertContext, vocab: NativeVocab) {
    this.#context = context
    this.#vocab = vocab
    this.#tokens = ordinaryTokens(vocab)
    const sampling = { run: {}, hole: {} }
    const draw = drawOptions({ sampling, seed: 0, vocabulary: vocabularyOf(vocab) }, nothing, 0)
    const { eog } = vocab.table()
    const ends = [...eog.keys()].filter((token) => eog[token] === 1)
    this.#draw = { ...draw, bias: new Map(ends.map((token) => [token, Number.NEGATIVE_INFINITY])) }
  }

  /** Before there are sizes. The first calls of a context take longer than any other. */
  async probe(): Promise<Probe> {
    const count = Math.min(32, Math.floor(this.#context.capabilities.cells / 4))
    const calls: number[] = []
    for (let round = 0; round < 2; round++) {
      calls.push(
        (await this.#read(free, 0, count)).decodeMicros,
        (await this.#read(free, count, 1)).decodeMicros,
      )
      await this.#run([dropped(free)])
    }
    return { rowMicros: calls[2]! / count, callMicros: calls[3]! }
  }

  /** Decodes what all parts need. */
  async begin(sizes: Sizes): Promise<void> {
    this.#sizes = sizes
    await this.#readAll(prefixOf, sizes.prefix)
    await this.#readAll(heldBy, sizes.held)
  }

  /** One llama_decode over so many rows of as many texts. */
  async rows(count: number, samples: Samples): Promise<void> {
    const { prefix } = this.#sizes
    const ids = Array.from({ length: count }, (_, index) => free + index)
    await this.#run(ids.map((to) => ({ kind: 'copy', from: prefixOf, to, until: prefix })))
    const call = (at: number) =>
      this.#run(
        [],
        ids.map((id) => this.#chunk(id, at, 1, 'output')),
      )
    // llama.cpp lays out its work anew for a call of another size than the last one: drawing pays that once a text.
    await call(prefix)
    const { decodeMicros } = await call(prefix + 1)
    samples.add('rows', count, decodeMicros / 1000)
    await this.#run(ids.map(dropped))
  }

  /** The same over as many rows of one text as a call takes. */
  async batch(samples: Samples): Promise<void> {
    const { batch } = this.#sizes
    const { decodeMicros } = await this.#read(free, 0, batch)
    samples.add('rows', `${batch} of one text`, decodeMicros / 1000)
    await this.#run([dropped(free)])
  }

  async prefill(count: number, samples: Samples): Promise<void> {
    const start = performance.now()
    await this.#readAll(free, count)
    samples.add('prefill', count, (count * 1000) / (performance.now() - start))
    await this.#run([dropped(free)])
  }

  /** Greedy, after so many beginnings that differ. */
  async drawing(count: number, samples: Samples): Promise<void> {
    const { prefix, drawn } = this.#sizes
    const ids = Array.from({ length: count }, (_, index) => free + index)
    await this.#run(ids.map((to) => ({ kind: 'copy', from: prefixOf, to, until: prefix })))
    const matchers = ids.map(() => compile(text(), this.#vocab).matcher())
    const generations = ids.map(
      (sequence, chunk): Generation => ({
        chunk,
        sequence,
        matcher: matchers[chunk]!,
        draw: this.#draw,
        tokensMax: drawn,
        forbidden: [],
      }),
    )
    const start = performance.now()
    const chunks = ids.map((id) => this.#chunk(id, prefix, 1, 'output'))
    const { generations: results } = await this.#run([], chunks, generations)
    const seconds = (performance.now() - start) / 1000
    const tokens = results.reduce((sum, result) => sum + result.tokens.length, 0)
    for (const matcher of matchers) matcher.dispose()
    samples.add('drawing', count, tokens / seconds)
    await this.#run(ids.map(dropped))
  }

  /** Operations on the held text; bytes are moved where the memory can be saved. */
  async moving(samples: Samples): Promise<void> {
    const { held } = this.#sizes
    const { canPark, canTruncate } = this.#context.capabilities
    const half = Math.ceil(held / 2)
    const fork: KvOp = { kind: 'copy', from: heldBy, to: free, until: held }
    const cut: readonly KvOp[] = canTruncate ? [{ kind: 'truncate', sequence: free, from: half }] : []
    const { opMicros } = await this.#run([fork, ...cut, dropped(free)])
    samples.add('cells', 'fork', opMicros[0]!)
    if (canTruncate) samples.add('cells', 'truncate', opMicros[1]!)
    if (!canPark || held < 1) return
    const park: KvOp = { kind: 'park', sequence: heldBy, from: 0, until: held, blob: 1 }
    const restore: KvOp = { kind: 'restore', sequence: heldBy, blob: 1 }
    const moved = await this.#run([park, dropped(heldBy), restore, { kind: 'drop-blob', blob: 1 }])
    const bytes = moved.parkedBytes[0]!
    samples.add('moving', 'plain copy', copied(bytes))
    samples.add('moving', 'park', bytesPerSecond(bytes, moved.opMicros[0]!))
    samples.add('moving', 'restore', bytesPerSecond(bytes, moved.opMicros[2]!))
  }

  async #readAll(sequence: number, count: number): Promise<void> {
    const { batch } = this.#context.capabilities
    for (let at = 0; at < count; at += batch) await this.#read(sequence, at, Math.min(batch, count - at))
  }

  #read(sequence: number, position: number, count: number): Promise<StepResult> {
    return this.#run([], [this.#chunk(sequence, position, count, 'output')])
  }

  /** Tokens of sequences differ, so that texts go different ways. */
  #chunk(sequence: number, position: number, count: number, what: 'output' | 'none'): Chunk {
    const tokens = Int32Array.from(
      { length: count },
      (_, index) => this.#tokens[(position + index + 101 * sequence) % this.#tokens.length]!,
    )
    return { sequences: [sequence], position, tokens, output: what === 'output' }
  }

  async #run(ops: StepPlan['ops'], chunks: readonly Chunk[] = [], generations: readonly Generation[] = []) {
    const decodesMax = generations.length === 0 ? 1 : this.#sizes.drawn + 1
    const result = await this.#context.step({ ops, chunks, generations, decodesMax })
    const { status, code, message, opsRefused } = result
    if (status === 'ok' && opsRefused.length === 0) return result
    const told =
      opsRefused.length > 0 ? `operation ${JSON.stringify(ops[opsRefused[0]!])} was refused` : message
    throw new EngineError(code || 'DECODE_FAILED', `A step of the benchmark came back ${status}: ${told}.`)
  }
}

const dropped = (sequence: number): KvOp => ({ kind: 'truncate', sequence, from: 0 })

const bytesPerSecond = (bytes: number, micros: number): number => (bytes * 1e6) / Math.max(micros, 0.001)

/** Bytes a second of copying so many from one place in memory to another. */
function copied(bytes: number): number {
  const [from, to] = [Buffer.alloc(bytes, 1), Buffer.alloc(bytes, 2)]
  const start = performance.now()
  from.copy(to)
  return bytesPerSecond(bytes, (performance.now() - start) * 1000)
}

/** Some thousand tokens that are text, spread over the vocabulary. */
function ordinaryTokens(vocab: NativeVocab): Int32Array {
  const { special, eog, starts } = vocab.table()
  const usable: number[] = []
  for (let token = 0; token < vocab.size; token++) {
    if (special[token] === 0 && eog[token] === 0 && starts[token + 1]! > starts[token]!) usable.push(token)
  }
  // Neighbours in the list are no neighbours in the vocabulary.
  const stride = Math.max(1, Math.floor(usable.length / 4096)) * 7 + 1
  return Int32Array.from(
    { length: Math.min(4096, usable.length) },
    (_, at) => usable[(at * stride) % usable.length]!,
  )
}
