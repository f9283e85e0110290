// What a caller may say about loading a model. Decides which room reads which option, and that each is checked before
// any work.
import { UsageError } from '../base/errors.js'
import type { ContextOptions } from '../native/addon.js'
import type { OpenModelOptions } from '../native/model.js'

type FileOptions = Omit<OpenModelOptions, 'vocabOnly' | 'measureOnly'>
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

/** For the file and where its weights go. */
export const ofFile = [
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

/** For the cache and how it is computed on. */
export const ofCache = [
  'threads',
  'threadsBatch',
  'batch',
  'microBatch',
  'flashAttention',
  'kvType',
  'ropeScaling',
] as const satisfies readonly (keyof CacheOptions)[]

/** The options among `keys` that the caller gave. */
export function given<K extends keyof LoadOptions>(
  options: LoadOptions,
  keys: readonly K[],
): Pick<LoadOptions, K> {
  const wanted = keys.filter((key) => options[key] !== undefined)
  return Object.fromEntries(wanted.map((key) => [key, options[key]])) as Pick<LoadOptions, K>
}

/** Throws UsageError ARGUMENT_INVALID; what llama.cpp's options may be, the native layer checks. */
export function checkLoadOptions(options: LoadOptions): void {
  checkOptions(options)
  checkBound('hostBytesMax', options.hostBytesMax)
  checkBound('answersMax', options.answersMax)
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
