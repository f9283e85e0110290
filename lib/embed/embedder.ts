// What a caller holds of an embedding model or a reranker. Decides what its methods take and what the numbers become:
// vectors of length 1, scores between 0 and 1. Never decides what is read when.

import { isSignal, type Link, linked } from '../async/signal.js'
import { AbortError, CapabilityError, CapacityError, UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isArray, isRecord, shown } from '../base/seen.js'
import { checkWhole } from '../model/load-options.js'
import type { ModelInfo } from '../model/model-info.js'
import type { NativeEmbedder, Pooling } from '../native/embedder-type.js'
import type { Reader } from './reader.js'

/** Facts about a loaded embedder. */
export interface EmbedderInfo extends Omit<ModelInfo, 'contextTokens' | 'adapters' | 'fingerprint'> {
  /** Tokens a text may have at most, special ones included; for a reranker query and document together. */
  readonly contextTokens: number
  /** How the vectors of a text's tokens become one. */
  readonly pooling: Pooling
  /** Numbers in a vector; 0 for a reranker. */
  readonly dimensions: number
}

/** What a call of `embed` may say. */
export interface EmbedOptions {
  /** Ends the call, which rejects with AbortError and the signal's reason. Default: none. */
  readonly signal?: AbortSignal
  /** Vectors of length 1, so that their dot product is the cosine; default true. */
  readonly normalise?: boolean
  /** The first so many numbers only, for models trained for that (Matryoshka); default: all. */
  readonly dimensions?: number
}

/** What a call of `rank` may say. */
export interface RankOptions {
  /** Ends the call, which rejects with AbortError and the signal's reason. Default: none. */
  readonly signal?: AbortSignal
}

/** A document and how well it answers the query. */
export interface Ranked {
  /** Of the document in the list that was given. */
  readonly index: number
  /** Its text. */
  readonly document: string
  /** Between 0 and 1: the logistic function of the model's number, or the probability it tells by itself. */
  readonly score: number
}

/** What joins an embedder. */
export interface EmbedderParts {
  readonly reader: Reader
  readonly native: NativeEmbedder
  readonly info: EmbedderInfo
  /** Frees what is below it. */
  readonly dispose: () => Promise<void>
}

const embedNames = optionNames<EmbedOptions>('embed()', { signal: true, normalise: true, dimensions: true })
const rankNames = optionNames<RankOptions>('rank()', { signal: true })

/** No tokenizer makes so few tokens of ordinary text; what is longer can be refused unread. */
const lettersPerToken = 64

/** An embedding model or a reranker that was loaded. */
export class Embedder implements AsyncDisposable {
  /** Facts about it, read at load. */
  readonly info: EmbedderInfo
  readonly #parts: EmbedderParts
  readonly #closing: Link = linked()
  #disposed: Promise<void> | null = null

  /** Not for callers: `loadEmbedder()` makes embedders. Throws UsageError NOT_CONSTRUCTIBLE. */
  constructor(parts: EmbedderParts) {
    if (!isRecord(parts) || !isRecord(parts.info)) {
      throw new UsageError(
        'NOT_CONSTRUCTIBLE',
        `new Embedder() got ${shown(parts)}; embedders come from loadEmbedder().`,
      )
    }
    this.#parts = parts
    this.info = parts.info
  }

  /**
   * A vector of `info.dimensions` numbers for the text, or one for each text, in order. Equal texts are read once;
   * texts of this and other calls are read side by side.
   *
   * Rejects with UsageError TEXT_EMPTY where a text has no tokens and the model adds none, CapacityError TEXT_TOO_LONG,
   * CapabilityError EMBED_UNSUPPORTED (the model is a reranker), AbortError, EngineError; UsageError CLOSED after
   * `dispose`.
   *
   * @example
   * ```ts
   * const embedder = await loadEmbedder(undefined, { pooling: 'mean' })
   * const vectors = await embedder.embed(['My parcel never came.', 'Where is my parcel?'])
   * let cosine = 0
   * for (const [i, number] of vectors[0]!.entries()) cosine += number * vectors[1]![i]!
   * console.log(cosine) // vectors have length 1
   * await embedder.dispose()
   * ```
   */
  embed(text: string, options?: EmbedOptions): Promise<Float32Array>
  embed(texts: readonly string[], options?: EmbedOptions): Promise<readonly Float32Array[]>
  embed(
    given: string | readonly string[],
    options?: EmbedOptions,
  ): Promise<Float32Array | readonly Float32Array[]>
  async embed(
    given: string | readonly string[],
    options: EmbedOptions = {},
  ): Promise<Float32Array | readonly Float32Array[]> {
    this.#requireOpen()
    const { signal, normalise = true, dimensions } = checkedOptions(options, embedNames)
    if (typeof normalise !== 'boolean') refuse('normalise of embed()', normalise, 'true or false')
    checkWhole('embed()', 'dimensions', dimensions, 1, Math.max(1, this.info.dimensions))
    if (this.info.pooling === 'rank') {
      throw new CapabilityError(
        'EMBED_UNSUPPORTED',
        'The model is a reranker and tells scores; expected an embedding model, or rank(query, documents).',
      )
    }
    const isOne = typeof given === 'string'
    const nameOf = (index: number): string => (isOne ? 'The text' : `texts[${index}]`)
    const texts = isOne ? [given] : checkedTexts('texts', given, 'a text or an array of texts')
    const vectors = await this.#read(texts, null, nameOf, signal)
    const made: Float32Array[] = []
    for (const vector of vectors) {
      if (made.length > 0 && made.length % copiedAtOnce === 0) await turnOfOthers()
      const own = copied(vector, dimensions ?? vector.length)
      made.push(normalise ? normalised(own) : own)
    }
    return isOne ? made[0]! : made
  }

  /**
   * How well each of the documents answers the query, best first.
   *
   * Rejects as `embed`, with CapabilityError RANK_UNSUPPORTED where the model is no reranker.
   *
   * @example
   * ```ts
   * const best = async (file: string, query: string, documents: readonly string[]) => {
   *   const reranker = await loadEmbedder(file) // 'bge-reranker.gguf'
   *   const [first] = await reranker.rank(query, documents)
   *   await reranker.dispose()
   *   return first?.document
   * }
   * ```
   */
  async rank(
    query: string,
    documents: readonly string[],
    options: RankOptions = {},
  ): Promise<readonly Ranked[]> {
    this.#requireOpen()
    const { signal } = checkedOptions(options, rankNames)
    if (typeof query !== 'string') refuse('query of rank()', query, 'a text')
    if (this.info.pooling !== 'rank') {
      throw new CapabilityError(
        'RANK_UNSUPPORTED',
        `The model's pooling is "${this.info.pooling}", so it tells vectors; expected a reranker, or embed(texts).`,
      )
    }
    const texts = checkedTexts('documents', documents)
    const vectors = await this.#read(texts, query, (index) => `documents[${index}]`, signal)
    const scoreOf = ([told]: Float32Array): number =>
      this.#parts.native.facts.tellsProbability ? told! : 1 / (1 + Math.exp(-told!))
    const ranked = vectors.map((vector, index) => ({
      index,
      document: texts[index]!,
      score: scoreOf(vector),
    }))
    return ranked.sort((a, b) => b.score - a.score || a.index - b.index)
  }

  /** Frees the model. Calls in progress end with an error. Idempotent. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#close()
    return this.#disposed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  async #close(): Promise<void> {
    this.#closing.abort(closed())
    await this.#parts.dispose()
  }

  /** Each text once, however often it is there. */
  async #read(
    texts: readonly string[],
    query: string | null,
    nameOf: (index: number) => string,
    signal: AbortSignal | undefined,
  ): Promise<readonly Float32Array[]> {
    if (signal?.aborted) throw new AbortError(signal.reason)
    const lettersMax = this.info.contextTokens * lettersPerToken
    const indexOf = new Map<string, number>()
    const first: number[] = []
    texts.forEach((text, index) => {
      const letters = text.length + (query?.length ?? 0)
      if (letters > lettersMax) throw tooManyLetters(nameOf(index), letters, lettersMax)
      if (indexOf.has(text)) return
      indexOf.set(text, first.length)
      first.push(index)
    })
    if (first.length === 0) return []
    const link = linked(this.#closing.signal, signal ?? null)
    try {
      const vectors = await this.#parts.reader.read({
        texts: [...indexOf.keys()],
        query,
        nameOf: (index) => nameOf(first[index]!),
        signal: link.signal,
      })
      return texts.map((text) => vectors[indexOf.get(text)!]!)
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw new AbortError(signal.reason)
      throw error
    } finally {
      link.release()
    }
  }

  #requireOpen(): void {
    if (this.#disposed !== null) throw closed()
  }
}

function closed(): UsageError {
  return new UsageError('CLOSED', 'The embedder was disposed; load it again to use it.')
}

function refuse(what: string, value: unknown, expected: string): never {
  throw new UsageError('ARGUMENT_INVALID', `${what} is ${shown(value)}; expected ${expected}.`)
}

function checkedOptions<T extends { readonly signal?: AbortSignal }>(
  options: T,
  names: typeof embedNames,
): T {
  if (!isRecord(options)) refuse(`What ${names.taker} got as options`, options, 'an object')
  const given = { ...options }
  checkNames(given, names)
  const { signal } = given
  if (signal !== undefined && !isSignal(signal)) refuse('signal', signal, 'an AbortSignal')
  return given
}

function checkedTexts(name: string, given: unknown, expected = 'an array of texts'): readonly string[] {
  if (!isArray(given)) refuse(name, given, expected)
  const texts = Array.from(given)
  const wrong = texts.findIndex((text) => typeof text !== 'string')
  if (wrong >= 0) refuse(`${name}[${wrong}]`, texts[wrong], 'a text')
  return texts as readonly string[]
}

function tooManyLetters(name: string, letters: number, max: number): CapacityError {
  return new CapacityError(
    'TEXT_TOO_LONG',
    `${name} has ${letters} characters; expected at most ${max}, ${lettersPerToken} for each token the embedder ` +
      'takes: split the text, or load with more contextTokens.',
  )
}

/** Vectors that are copied before others have their turn. */
const copiedAtOnce = 1000

const turnOfOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A vector of the caller's own, and of this code's own realm, which under jest is not the addon's. */
function copied(vector: Float32Array, dimensions: number): Float32Array {
  return new Float32Array(vector.subarray(0, dimensions))
}

/** Of length 1; one of nothing but zeros stays so. */
function normalised(vector: Float32Array): Float32Array {
  let sum = 0
  for (const number of vector) sum += number * number
  const length = Math.sqrt(sum)
  return length === 0 ? vector : vector.map((number) => number / length)
}
