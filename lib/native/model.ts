// A model file opened for callers. Decides when loading is given up and that a model's contexts end before it does.
import { whenCollected } from '../base/collected.js'
import { AbortError, UsageError } from '../base/errors.js'
import { isReadable } from '../base/seen.js'
import type {
  ContextOptions,
  DeviceInfo,
  MemoryKind,
  NativeAdapter,
  NativeModel,
  NativeVocab,
} from './addon.js'
import { createContext, type ExpertContext } from './context.js'
import { createEmbedder, type EmbedderOptions } from './embedder.js'
import type { NativeEmbedder } from './embedder-type.js'
import { native, translated } from './failure.js'
import { loadAddon, loadLlama } from './load.js'
import { OpenLog } from './log.js'
import { checkGpu, checkOptions, type OpenModelOptions, rawRequest } from './open-options.js'
import type { Gpu } from './platform.js'
import type { RawModel, RawModelRequest } from './raw.js'
import { splitError } from './split-file.js'
import { checkedVocab } from './vocab.js'

/** A model whose contexts also have the single operations. */
export interface ExpertModel extends NativeModel {
  createContext(options: ContextOptions): Promise<ExpertContext>
  /** Rejects with CapabilityError POOLING_MISSING where the model's file names no pooling and the options neither. */
  createEmbedder(options: EmbedderOptions): Promise<NativeEmbedder>
  [Symbol.asyncDispose](): Promise<void>
}

/** What uses the model's weights, and ends before it does. */
interface Part {
  dispose(): Promise<void>
}

class Model implements ExpertModel {
  readonly #raw: RawModel
  readonly #log: OpenLog | null
  /** Weakly: a context nobody holds any more is collected, whoever still holds the model. */
  readonly #parts = new Set<WeakRef<Part>>()
  #making: Promise<unknown> = Promise.resolve()
  #disposed: Promise<void> | null = null
  readonly vocab: NativeVocab
  readonly metadata: ReadonlyMap<string, string>
  readonly chatTemplate: string | null
  readonly description: string
  readonly parameters: number
  readonly bytes: number
  readonly contextTrained: number
  readonly memory: MemoryKind
  readonly adapters: readonly NativeAdapter[]
  readonly devices: readonly string[]
  readonly layers: number
  readonly gpuLayers: number

  constructor(raw: RawModel, log: OpenLog | null) {
    this.#raw = raw
    this.#log = log
    const facts = native(() => raw.facts())
    this.vocab = checkedVocab(native(() => raw.vocab()))
    this.metadata = new Map(facts.metadata)
    this.chatTemplate = facts.chatTemplate
    this.description = facts.description
    this.parameters = facts.parameters
    this.bytes = facts.bytes
    this.contextTrained = facts.contextTrained
    this.memory = facts.memory
    this.adapters = Object.freeze(facts.adapters.map((adapter) => Object.freeze(adapter)))
    this.devices = Object.freeze(facts.devices)
    this.layers = facts.layers
    this.gpuLayers = facts.gpuLayers
  }

  createContext(options: ContextOptions): Promise<ExpertContext> {
    return this.#make(() => createContext(this.#raw, options))
  }

  createEmbedder(options: EmbedderOptions): Promise<NativeEmbedder> {
    return this.#make(() => createEmbedder(this.#raw, options))
  }

  async #make<T extends Part>(make: () => Promise<T>): Promise<T> {
    if (this.#disposed !== null) throw new UsageError('DISPOSED', 'The model was disposed.')
    const making = make()
    // dispose() has to wait for what is still being made.
    const earlier = this.#making
    const kept = making.then((part) => void this.#keep(part))
    const nothing = (): void => undefined
    this.#making = Promise.allSettled([earlier, kept]).then(nothing, nothing)
    const part = await making
    if (this.#disposed !== null) throw new UsageError('DISPOSED', 'The model was disposed meanwhile.')
    return part
  }

  #keep(part: Part): void {
    const held = new WeakRef(part)
    this.#parts.add(held)
    // Asking each one whether it is still there would keep it there.
    dropCollected(part, held, this.#parts)
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#end()
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #end(): Promise<void> {
    const disposeAll = () => Promise.all([...this.#parts].map((held) => held.deref()?.dispose()))
    await disposeAll()
    await this.#making
    await disposeAll()
    this.#raw.dispose()
    this.#log?.close()
  }
}

function dropCollected(part: Part, held: WeakRef<Part>, parts: Set<WeakRef<Part>>): void {
  whenCollected(part, () => parts.delete(held))
}

/**
 * What llama.cpp can compute on in this process; opens llama.cpp. Rejects with ModelError LLAMA_* and ADDON_*,
 * UsageError ARGUMENT_INVALID.
 *
 * @example
 * ```ts
 * for (const { name, type, bytesFree } of await devices()) console.log(name, type, bytesFree)
 * ```
 */
export async function devices(gpu: Gpu = 'auto'): Promise<readonly DeviceInfo[]> {
  checkGpu(gpu)
  const addon = loadLlama(gpu)
  return native(() => addon.devices())
}

/**
 * Opens a GGUF file on a thread of its own. Dispose the model when done; it disposes its contexts.
 * Rejects with ModelError: LLAMA_* and ADDON_* where the libraries are at fault; MODEL_NOT_FOUND, MODEL_NOT_A_FILE,
 * MODEL_UNREADABLE, MODEL_EMPTY, MODEL_NOT_GGUF, MODEL_VERSION, MODEL_TRUNCATED, MODEL_DAMAGED,
 * MODEL_ARCHITECTURE_UNKNOWN, MODEL_UNSUPPORTED, MODEL_WITHOUT_WEIGHTS, MODEL_SPLIT where the file is, and the first
 * eight of these as ADAPTER_*, ADAPTER_UNSUPPORTED, ADAPTER_MISMATCH where one of the adapters is; those of the file,
 * DRAFT_MISMATCH, DRAFT_UNSUPPORTED where the draft model is; with CapacityError THREAD_FAILED, OUT_OF_MEMORY; with
 * AbortError; and with what `onProgress` threw.
 */
export async function openModel(file: string, options: OpenModelOptions = {}): Promise<ExpertModel> {
  const given = isReadable(options) ? { ...options } : options
  checkOptions(file, given)
  const { signal } = given
  if (signal?.aborted) throw new AbortError(signal.reason)
  const request = rawRequest(file, given)
  // Before llama.cpp is opened, so that what it says then is heard.
  const log = given.log === undefined ? null : new OpenLog(loadAddon(), given.log)
  try {
    return new Model(await loadRaw(request, given, log), log)
  } catch (error) {
    log?.close()
    throw error
  }
}

async function loadRaw(
  request: RawModelRequest,
  { gpu, onProgress, signal }: OpenModelOptions,
  log: OpenLog | null,
): Promise<RawModel> {
  const addon = loadLlama(gpu)
  let wrong: { readonly thrown: unknown } | null = null
  const tell = (progress: number): void => {
    try {
      if (wrong === null) onProgress?.(progress)
    } catch (thrown) {
      wrong = { thrown }
      loading.cancel()
    }
  }
  const loading = native(() => addon.loadModel(request, onProgress ? tell : null, log?.raw ?? null))
  const cancel = () => loading.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const raw = await loading.promise
    if (!signal?.aborted && wrong === null) return raw
    raw.dispose()
    throw new AbortError(signal?.reason)
  } catch (thrown) {
    if (wrong !== null) throw (wrong as { readonly thrown: unknown }).thrown
    if (signal?.aborted) throw new AbortError(signal.reason)
    const error = translated(thrown)
    const isDraft = error instanceof Error && error.message.startsWith('The option draft')
    throw splitError(isDraft ? request.draft : request.path, error)
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
