// espalier/embed: vectors of texts and scores of documents, by local embedding models and rerankers. Decides the
// defaults a caller did not give. Nothing here touches the cells of a model that generates.
import '../model/symbols.js'
import { type OptionTable, optionNames } from '../base/options.js'
import { infoOf } from '../model/load.js'
import { cellsMax, checkFile, checkOptions, checkWhole, given } from '../model/load-options.js'
import { fileOf } from '../model/open.js'
import type { NativeModel } from '../native/addon.js'
import { type EmbedCacheOptions, embedCacheTable } from '../native/embedder.js'
import type { NativeEmbedder, Pooling } from '../native/embedder-type.js'
import { openModel } from '../native/model.js'
import { type FileOptions, fileTable } from '../native/open-options.js'
import { Embedder, type EmbedderInfo } from './embedder.js'
import { Reader } from './reader.js'

export type { Pooling } from '../native/embedder-type.js'
export { Embedder, type EmbedderInfo, type EmbedOptions, type Ranked, type RankOptions } from './embedder.js'

/** The options of `load()` that make sense here, by the same names. */
export interface LoadEmbedderOptions extends FileOptions, EmbedCacheOptions {
  /**
   * Tokens a text may have, special ones included. Memory for work grows with it. Default: what the model was trained
   * for, at most 2,048.
   */
  readonly contextTokens?: number
  /** Default: what the model's file says; a text-generating model's says nothing, so that it has to be given. */
  readonly pooling?: Pooling
  /**
   * Tokens of several texts that are read at once; default 512, down to 64 for vocabularies so large that llama.cpp
   * would take more than 128 MiB for logits nobody asks for. A longer text is read by itself.
   */
  readonly batch?: number
}

const table: OptionTable<LoadEmbedderOptions> = {
  ...fileTable,
  ...embedCacheTable,
  contextTokens: true,
  pooling: true,
}
const names = optionNames<LoadEmbedderOptions>('loadEmbedder()', table)
const contextTokensMax = 2048

/**
 * Opens the GGUF file of an embedding model or a reranker, named by its path or as `load` takes it; without a path, the
 * demo model that comes with this package.
 *
 * Rejects as `load` does, and with CapabilityError POOLING_MISSING, POOLING_UNSUPPORTED where the model can't be used
 * this way, UsageError CONTEXT_TOO_LONG where `contextTokens` is more than the model was trained for.
 *
 * @example
 * ```ts
 * // A path opens yours; an embedding model's file says its pooling itself.
 * const embedder = await loadEmbedder(undefined, { pooling: 'mean' })
 * const vector = await embedder.embed('My parcel never came.')
 * console.log(vector.length === embedder.info.dimensions) // true
 * await embedder.dispose()
 * ```
 */
export async function loadEmbedder(file?: string, options: LoadEmbedderOptions = {}): Promise<Embedder> {
  checkFile('loadEmbedder()', file)
  checkOptions(options, names)
  const asked = { ...options }
  checkWhole('loadEmbedder()', 'contextTokens', asked.contextTokens, 1, cellsMax)
  const at = await fileOf(file)
  const model = await openModel(at, given<FileOptions>(asked, fileTable))
  try {
    const { pooling } = asked
    const native = await model.createEmbedder({
      ...given<EmbedCacheOptions>(asked, embedCacheTable),
      cells: asked.contextTokens ?? Math.min(model.contextTrained, contextTokensMax),
      ...(pooling === undefined ? {} : { pooling }),
    })
    const { contextTrained } = model
    return new Embedder({
      native,
      reader: new Reader({ native, contextTrained }),
      info: embedderInfo(model, native, at),
      dispose: () => model.dispose(),
    })
  } catch (error) {
    await model.dispose()
    throw error
  }
}

function embedderInfo(model: NativeModel, { facts }: NativeEmbedder, file: string): EmbedderInfo {
  const { pooling, contextTokens } = facts
  const dimensions = pooling === 'rank' ? 0 : facts.dimensions
  const { adapters: _, ...info } = infoOf({ native: model, file, adapters: [] }, contextTokens)
  return Object.freeze({ ...info, pooling, dimensions })
}
