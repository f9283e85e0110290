// A model file opened for callers. Decides when loading is given up and that a model's contexts end before it does.
import path from 'node:path'
import { AbortError, UsageError } from '../base/errors.js'
import { checkNames, type OptionTable, optionNames } from '../base/options.js'
import { isArray, isReadable, isRecord } from '../base/seen.js'
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
import { type Log, OpenLog } from './log.js'
import { unpacked } from './package-root.js'
import { type Gpu, gpuNames } from './platform.js'
import type { RawModel, RawModelRequest } from './raw.js'
import { checkedVocab, shown } from './vocab.js'

export interface OpenModelOptions {
  /** Called with 0..1 while loading. */
  readonly onProgress?: (progress: number) => void
  /** Gives up loading; the promise then rejects with AbortError and the signal's reason. */
  readonly signal?: AbortSignal
  /** Reads the vocabulary and no weights; such a model makes no contexts. */
  readonly vocabOnly?: boolean
  /** Takes no memory for weights and cells, and says all the same what they would take; decodes nothing. */
  readonly measureOnly?: boolean
  /**
   * 'auto' (the default): the graphics processors llama.cpp finds; 'cuda', 'rocm', 'vulkan', 'metal': only that
   * backend's, ModelError DEVICE_MISSING where there is none; false: the CPU alone.
   */
  readonly gpu?: Gpu
  /** Layers that leave the CPU, the last ones first and the output counted as one; default 'all'. */
  readonly gpuLayers?: number | 'all'
  /** Names of the devices the layers are spread over, as `devices()` gives them, in this order. */
  readonly devices?: readonly string[]
  /** The one of the devices that holds all the layers; default: they are spread. */
  readonly mainDevice?: string
  /** How many of the layers each device gets, as a proportion; default: by their free memory. */
  readonly tensorSplit?: readonly number[]
  /** The file's pages are used where they lie; default true. */
  readonly mmap?: boolean
  /** The weights are never swapped out; default false. */
  readonly mlock?: boolean
  /**
   * Called with each line llama.cpp says of this model and with those that are no model's, on this thread and until the
   * model is disposed; what it throws is told once by `process.emitWarning`. Where 1,000 lines wait already, more are
   * lost, and a line says how many. Default: nothing is said.
   */
  readonly log?: Log
  /** LoRA files made for this model; what uses which, the steps of its contexts say. */
  readonly adapters?: readonly string[]
}

/** What is said of the file and where its weights go, by whoever opens it. */
export type FileOptions = Omit<OpenModelOptions, 'vocabOnly' | 'measureOnly' | 'adapters'>

export const fileTable: OptionTable<FileOptions> = {
  onProgress: true,
  signal: true,
  gpu: true,
  gpuLayers: true,
  devices: true,
  mainDevice: true,
  tensorSplit: true,
  mmap: true,
  mlock: true,
  log: true,
}
const openNames = optionNames<OpenModelOptions>('openModel()', {
  ...fileTable,
  vocabOnly: true,
  measureOnly: true,
  adapters: true,
})

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
  readonly #collected = new FinalizationRegistry((held: WeakRef<Part>) => {
    this.#parts.delete(held)
  })
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
    const facts = raw.facts()
    this.vocab = checkedVocab(raw.vocab())
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
    this.#collected.register(part, held)
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

function checkOptions(file: unknown, options: OpenModelOptions): void {
  const refuse = (what: string, value: unknown, expected: string): never => {
    throw new UsageError('ARGUMENT_INVALID', `${what} is ${shown(value)}; expected ${expected}.`)
  }
  if (typeof file !== 'string' || file === '' || file.includes('\0'))
    refuse('path', file, 'the path of a GGUF file')
  if (!isRecord(options)) refuse('options', options, 'an object')
  checkNames(options, openNames)
  const { onProgress, signal, log, vocabOnly, gpu, gpuLayers, devices, mainDevice, tensorSplit } = options
  if (onProgress !== undefined && typeof onProgress !== 'function')
    refuse('onProgress', onProgress, 'a function')
  if (log !== undefined && typeof log !== 'function') refuse('log', log, 'a function')
  if (vocabOnly !== undefined && typeof vocabOnly !== 'boolean')
    refuse('vocabOnly', vocabOnly, 'true or false')
  if (gpu !== undefined && gpu !== false && !gpuNames.includes(gpu))
    refuse('gpu', gpu, `${gpuNames.map((name) => `"${name}"`).join(', ')} or false`)
  const isCount =
    gpuLayers === undefined || gpuLayers === 'all' || (Number.isInteger(gpuLayers) && gpuLayers >= 0)
  if (!isCount) refuse('gpuLayers', gpuLayers, 'a whole number of 0 or more, or "all"')
  if (devices !== undefined && !(isArray(devices) && devices.every((name) => typeof name === 'string')))
    refuse('devices', devices, 'a list of names, as devices() gives them')
  if (mainDevice !== undefined && (typeof mainDevice !== 'string' || mainDevice === ''))
    refuse('mainDevice', mainDevice, 'the name of a device, as devices() gives it')
  const isSplit =
    tensorSplit === undefined || (isArray(tensorSplit) && tensorSplit.every((part) => part >= 0))
  if (!isSplit || tensorSplit?.every((part) => part === 0))
    refuse('tensorSplit', tensorSplit, 'a list of proportions of 0 or more, not all of them 0')
  for (const key of ['mmap', 'mlock', 'measureOnly'] as const) {
    if (options[key] !== undefined && typeof options[key] !== 'boolean')
      refuse(key, options[key], 'true or false')
  }
  const { adapters } = options
  const isFile = (one: unknown): boolean => typeof one === 'string' && one !== '' && !one.includes('\0')
  if (adapters !== undefined && !(isArray(adapters) && adapters.every(isFile)))
    refuse('adapters', adapters, 'a list of the paths of LoRA files in GGUF')
  if (signal !== undefined && (!isReadable(signal) || typeof signal.addEventListener !== 'function'))
    refuse('signal', signal, 'an AbortSignal')
}

function rawRequest(file: string, given: OpenModelOptions): RawModelRequest {
  const { gpu = 'auto', gpuLayers = 'all' } = given
  return {
    path: unpacked(path.resolve(file)),
    vocabOnly: given.vocabOnly ?? false,
    measureOnly: given.measureOnly ?? false,
    gpu: gpu !== false,
    backend: gpu === 'auto' || gpu === false ? '' : gpu,
    devices: given.devices ?? null,
    gpuLayers: gpuLayers === 'all' ? -1 : gpuLayers,
    mainDevice: given.mainDevice ?? '',
    tensorSplit: given.tensorSplit ?? null,
    mmap: given.mmap ?? true,
    mlock: given.mlock ?? false,
    adapters: (given.adapters ?? []).map((adapter) => unpacked(path.resolve(adapter))),
  }
}

/**
 * What llama.cpp can compute on in this process; opens llama.cpp, throws ModelError LLAMA_* and ADDON_*.
 *
 * @example
 * ```ts
 * for (const { name, type, bytesFree } of await devices()) console.log(name, type, bytesFree)
 * ```
 */
export async function devices(gpu: Gpu = 'auto'): Promise<readonly DeviceInfo[]> {
  const addon = loadLlama(gpu)
  return native(() => addon.devices())
}

/**
 * Opens a GGUF file on a thread of its own. Dispose the model when done; it disposes its contexts.
 * Rejects with ModelError: LLAMA_* and ADDON_* where the libraries are at fault; MODEL_NOT_FOUND, MODEL_NOT_A_FILE,
 * MODEL_UNREADABLE, MODEL_EMPTY, MODEL_NOT_GGUF, MODEL_VERSION, MODEL_TRUNCATED, MODEL_DAMAGED,
 * MODEL_ARCHITECTURE_UNKNOWN, MODEL_UNSUPPORTED, MODEL_WITHOUT_WEIGHTS where the file is, and the first eight of these
 * as ADAPTER_*, ADAPTER_UNSUPPORTED, ADAPTER_MISMATCH where one of the adapters is; with CapacityError
 * THREAD_FAILED, OUT_OF_MEMORY; with AbortError; and with what `onProgress` threw.
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
    throw translated(thrown)
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
