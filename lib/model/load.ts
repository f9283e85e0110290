// Opens a model file and joins what a Model needs: native model and context, the local engine, the walk. Decides the
// defaults a caller did not give. Never computes anything; a failure leaves nothing open.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../base/errors.js'
import { LocalEngine } from '../engine/local/local-engine.js'
import * as boundary from '../engine/local/token-boundary.js'
import { vocabularyOf } from '../engine/local/vocabulary.js'
import type { ContextOptions, NativeModel } from '../native/addon.js'
import { type OpenModelOptions, openModel } from '../native/model.js'
import { chatMarks } from '../run/chat.js'
import { chatTemplate } from './chat-template.js'
import { Model } from './model.js'

type FileOptions = Omit<OpenModelOptions, 'vocabOnly'>
type CacheOptions = Omit<ContextOptions, 'cells' | 'sequences'>

export interface LoadOptions extends FileOptions, CacheOptions {
  /** Tokens the KV cache holds, for all transcripts together; one transcript may have as many. */
  readonly contextTokens?: number
  /**
   * Host memory for cells that were parked, in bytes, so that they need not be decoded again; 0: none are parked.
   * Default: four times what the KV cache takes, at most 1 GiB.
   */
  readonly hostBytesMax?: number
  /**
   * How many numbers (tokens, log-probabilities; 8 bytes each) are kept of the answers to requests, for requests that
   * are the same; 0: every run asks the model anew. Default: 262,144, about 2 MB.
   */
  readonly answersMax?: number
}

const ofFile = [
  'gpu',
  'gpuLayers',
  'devices',
  'mainDevice',
  'tensorSplit',
  'mmap',
  'mlock',
  'signal',
  'onProgress',
] as const satisfies readonly (keyof FileOptions)[]

const ofCache = [
  'threads',
  'threadsBatch',
  'batch',
  'microBatch',
  'flashAttention',
  'kvType',
  'ropeScaling',
] as const satisfies readonly (keyof CacheOptions)[]

/** Cells for several transcripts of ordinary length; more than a model was trained for only by being asked. */
const contextTokensMost = 8192
const embedded = 'espalier-demo-q8_0.gguf'

/**
 * Opens a GGUF file; without a path, the demo model that comes with this package.
 *
 * Rejects with ModelError where the file or llama.cpp can't be used, UsageError for options, AbortError.
 */
export async function load(file?: string, options: LoadOptions = {}): Promise<Model> {
  const at = file === undefined ? embeddedModel() : file
  checkOptions(options)
  const { contextTokens, hostBytesMax, answersMax } = options
  checkBound('hostBytesMax', hostBytesMax)
  checkBound('answersMax', answersMax)
  const native = await openModel(at, given(options, ofFile))
  try {
    const cells = contextTokens ?? Math.min(native.contextTrained, contextTokensMost)
    const context = await native.createContext({ cells, ...given(options, ofCache) })
    const vocabulary = vocabularyOf(native.vocab)
    const engine = new LocalEngine({
      context,
      vocabulary,
      chatTemplate: native.chatTemplate,
      ...(hostBytesMax === undefined ? {} : { hostBytesMax }),
    })
    const chat = native.chatTemplate === null ? null : chatMarks(chatTemplate(native.chatTemplate))
    return new Model({
      engine,
      boundary,
      chat,
      info: infoOf(native, at, engine.capabilities.contextTokens),
      ...(answersMax === undefined ? {} : { answersMax }),
      dispose: () => native.dispose(),
    })
  } catch (error) {
    await native.dispose()
    throw error
  }
}

/** The options among `keys` that the caller gave. */
function given<K extends keyof LoadOptions>(options: LoadOptions, keys: readonly K[]): Pick<LoadOptions, K> {
  const wanted = keys.filter((key) => options[key] !== undefined)
  return Object.fromEntries(wanted.map((key) => [key, options[key]])) as Pick<LoadOptions, K>
}

/** The file of the demo model: two folders above lib/model or dist/model. */
function embeddedModel(): string {
  return path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'models', embedded)
}

function infoOf(native: NativeModel, file: string, contextTokens: number) {
  const { parameters } = native
  // llama.cpp has no name for sizes it doesn't know.
  const description = native.description.replace('?B', sizeOf(parameters))
  const { devices, layers, gpuLayers } = native
  return { description, path: path.resolve(file), parameters, contextTokens, devices, layers, gpuLayers }
}

/** 4951296: '5M'; 1235814400: '1.2B'. */
function sizeOf(parameters: number): string {
  const [unit, letter] = parameters < 999.5e6 ? [1e6, 'M'] : [1e9, 'B']
  const count = parameters / (unit as number)
  return `${count < 9.95 ? Number(count.toFixed(1)) : Math.round(count)}${letter}`
}

function checkOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null) return
  throw new UsageError(
    'ARGUMENT_INVALID',
    `The options of load() are ${String(options)}; expected an object.`,
  )
}

function checkBound(name: string, value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return
  throw new UsageError(
    'ARGUMENT_INVALID',
    `${name} of load() is ${String(value)}; expected a whole number of 0 or more.`,
  )
}
