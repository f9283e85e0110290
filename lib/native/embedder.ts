// An embedder for callers: reads texts on a thread of its own. Decides how chunks are handed to the addon. Knows
// nothing of who asked for which text.
import { UsageError } from '../base/errors.js'
import { type OptionTable, optionNames } from '../base/options.js'
import { isArray, isReadable } from '../base/seen.js'
import type { ContextOptions } from './addon.js'
import { type CacheOptions, cacheTable, checkedContextOptions } from './context.js'
import type { EmbedChunk, EmbedderFacts, NativeEmbedder, Pooling } from './embedder-type.js'
import { native, translated } from './failure.js'
import type { RawEmbedder, RawModel } from './raw.js'
import { shown } from './vocab.js'

/** How texts are computed on; all the rows of a batch are computed at once. */
export type EmbedCacheOptions = Omit<CacheOptions, 'microBatch' | 'streams'>

const { microBatch: _, streams: __, ...embedCacheTable } = cacheTable

export { embedCacheTable }

/** What `createEmbedder` takes. */
export interface EmbedderOptions extends EmbedCacheOptions, Pick<ContextOptions, 'cells'> {
  /** Tokens a text may have. At most as many as the model was trained for. */
  readonly cells: number
  /** Default: what the model's file says. */
  readonly pooling?: Pooling
}

const table: OptionTable<EmbedderOptions> = { ...embedCacheTable, cells: true, pooling: true }
const embedderNames = optionNames<EmbedderOptions>('createEmbedder()', table)

class Embedder implements NativeEmbedder {
  readonly #raw: RawEmbedder
  readonly facts: EmbedderFacts
  #disposed: Promise<void> | null = null

  constructor(raw: RawEmbedder) {
    this.#raw = raw
    this.facts = Object.freeze(raw.facts)
  }

  async tokenize(texts: readonly string[], query: string | null = null): Promise<readonly Int32Array[]> {
    try {
      return await this.#raw.tokenize(texts, query)
    } catch (thrown) {
      throw translated(thrown)
    }
  }

  async run(chunks: readonly EmbedChunk[]): Promise<readonly (Float32Array | null)[]> {
    if (!isArray(chunks)) {
      throw new UsageError('ARGUMENT_INVALID', `chunks is ${shown(chunks)}; expected an array.`)
    }
    // Each property of a caller's object is fetched once: a getter is the caller's code.
    const copies = chunks.map((chunk) => (isReadable(chunk) ? { ...chunk } : chunk))
    try {
      return await this.#raw.run(copies)
    } catch (thrown) {
      throw translated(thrown)
    }
  }

  abort(): void {
    native(() => this.#raw.abort())
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#raw.dispose()
    return this.#disposed
  }
}

/** Makes an embedder of a model. */
export async function createEmbedder(model: RawModel, options: EmbedderOptions): Promise<NativeEmbedder> {
  const given = checkedContextOptions(options, embedderNames)
  try {
    return new Embedder(await model.createEmbedder(given))
  } catch (thrown) {
    throw translated(thrown)
  }
}
