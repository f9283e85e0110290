// Opens a model file and joins what a Model needs: native model and context, the local engine, the walk. Decides the
// defaults a caller did not give. Never computes anything; a failure leaves nothing open.
import path from 'node:path'
import { UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isRecord, shown } from '../base/seen.js'
import { LocalEngine } from '../engine/local/local-engine.js'
import * as boundary from '../engine/local/token-boundary.js'
import { vocabularyOf } from '../engine/local/vocabulary.js'
import type { NativeModel } from '../native/addon.js'
import { openModel } from '../native/model.js'
import { packageRoot } from '../native/package-root.js'
import { chatTemplate, type TemplateTokens } from './chat-template.js'
import { Model } from './model.js'

export interface LoadOptions {
  /** 'auto' (the default) uses the devices llama.cpp finds; false stays on the CPU. */
  readonly gpu?: 'auto' | false
  /**
   * Tokens the KV cache holds, for all transcripts together; one transcript may have as many. llama.cpp makes a
   * multiple of 256 of it. Default: what the model was trained for, at most 8,192.
   */
  readonly contextTokens?: number
  /**
   * Threads that compute, at most four a core. Default: one for each physical core but one, and no more than a
   * container's share pays for. All cores are quicker where nothing else computes, and many times slower where
   * something does, since the threads wait for each other in a loop.
   */
  readonly threads?: number
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
  /**
   * Requests (holes being filled, texts being read) that may be open at once, those worked on included; one more is
   * refused with CapacityError QUEUE_FULL. Default: any number; a run that waits takes some 25 KB of heap.
   */
  readonly queueMax?: number
  /** Gives up loading. */
  readonly signal?: AbortSignal
  /** Called with 0..1 while the file is read. */
  readonly onProgress?: (progress: number) => void
}

const loadNames = optionNames<LoadOptions>('load()', {
  gpu: true,
  contextTokens: true,
  threads: true,
  hostBytesMax: true,
  answersMax: true,
  queueMax: true,
  signal: true,
  onProgress: true,
})

/** Cells for several transcripts of ordinary length; more than a model was trained for only by being asked. */
const contextTokensMost = 8192
/** The addon takes no more. */
const cellsMax = (1 << 26) - 1
const embedded = 'espalier-demo-q8_0.gguf'

/**
 * Opens a GGUF file; without a path, the demo model that comes with this package.
 *
 * Rejects with ModelError where the file or llama.cpp can't be used, UsageError for options, AbortError.
 */
export async function load(file?: string, options: LoadOptions = {}): Promise<Model> {
  checkFile(file)
  checkOptions(options)
  const at = file === undefined ? embeddedModel() : path.resolve(file)
  const { gpu, contextTokens, threads, signal, onProgress, hostBytesMax, answersMax, queueMax } = options
  checkWhole('contextTokens', contextTokens, 1, cellsMax)
  checkWhole('hostBytesMax', hostBytesMax, 0)
  checkWhole('answersMax', answersMax, 0)
  checkWhole('queueMax', queueMax, 1)
  const native = await openModel(at, {
    ...(gpu === undefined ? {} : { gpu }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  })
  try {
    const cells = contextTokens ?? Math.min(native.contextTrained, contextTokensMost)
    const context = await native.createContext({ cells, ...(threads === undefined ? {} : { threads }) })
    const vocabulary = vocabularyOf(native.vocab)
    const engine = new LocalEngine({
      context,
      vocabulary,
      chatTemplate: native.chatTemplate,
      ...(hostBytesMax === undefined ? {} : { hostBytesMax }),
      ...(queueMax === undefined ? {} : { queueMax }),
    })
    const chat =
      native.chatTemplate === null ? null : chatTemplate(native.chatTemplate, specialTexts(native.vocab))
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

function specialTexts(vocab: NativeModel['vocab']): TemplateTokens {
  const textOf = (token: number | null): string =>
    token === null ? '' : new TextDecoder().decode(vocab.specialText(token))
  return { bos: textOf(vocab.bos), eos: textOf(vocab.eos) }
}

/** The file of the demo model: two folders above lib/model or dist/model. */
function embeddedModel(): string {
  return path.join(packageRoot(), 'models', embedded)
}

function infoOf(native: NativeModel, file: string, contextTokens: number) {
  const { parameters } = native
  // llama.cpp has no name for sizes it doesn't know.
  const description = native.description.replace('?B', sizeOf(parameters))
  return { description, path: path.resolve(file), parameters, contextTokens }
}

/** 4951296: '5M'; 1235814400: '1.2B'. */
function sizeOf(parameters: number): string {
  const [unit, letter] = parameters < 999.5e6 ? [1e6, 'M'] : [1e9, 'B']
  const count = parameters / (unit as number)
  return `${count < 9.95 ? Number(count.toFixed(1)) : Math.round(count)}${letter}`
}

function checkFile(file: unknown): void {
  if (file === undefined || (typeof file === 'string' && file !== '')) return
  let hint = ''
  if (isRecord(file)) hint = ' Options come second: load(undefined, options).'
  else if (file instanceof URL) hint = ' fileURLToPath of node:url makes one of a URL.'
  const seen = file === '' ? 'an empty text' : shown(file)
  throw new UsageError('ARGUMENT_INVALID', `load() got ${seen}; expected the path of a GGUF file.${hint}`)
}

function checkOptions(options: unknown): void {
  if (!isRecord(options)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `The options of load() are ${shown(options)}; expected an object.`,
    )
  }
  checkNames(options, loadNames)
}

function checkWhole(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined) return
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
  throw new UsageError(
    'ARGUMENT_INVALID',
    `${name} of load() is ${shown(value)}; expected a whole number ${range}.`,
  )
}
