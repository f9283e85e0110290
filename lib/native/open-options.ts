// What may be said of a model file when it is opened: the options, their checks and defaults. Decides what is refused
// before llama.cpp is asked; never opens anything.
import path from 'node:path'
import { UsageError } from '../base/errors.js'
import { checkNames, type OptionTable, optionNames } from '../base/options.js'
import { isArray, isReadable, isRecord } from '../base/seen.js'
import type { Log } from './log-type.js'
import { unpacked } from './package-root.js'
import { type Gpu, gpuNames } from './platform.js'
import type { RawModelRequest } from './raw.js'
import { shown } from './vocab.js'

/** What `openModel` takes beside the file. */
export interface OpenModelOptions {
  /** Called with the part that is loaded, 0 to 1. Default: nobody is told. */
  readonly onProgress?: (progress: number) => void
  /** Gives up loading; the promise then rejects with AbortError and the signal's reason. Default: loads to the end. */
  readonly signal?: AbortSignal
  /** Reads the vocabulary and no weights; such a model makes no contexts. Default false. */
  readonly vocabOnly?: boolean
  /** Takes no memory for weights and cells, and tells what they would take; decodes nothing. Default false. */
  readonly measureOnly?: boolean
  /**
   * 'auto' (the default): the graphics processors llama.cpp finds; 'cuda', 'rocm', 'vulkan', 'metal': only that
   * backend's, ModelError DEVICE_MISSING where there is none; false: the CPU alone.
   */
  readonly gpu?: Gpu
  /** Layers that leave the CPU, the last ones first and the output counted as one; default 'all'. */
  readonly gpuLayers?: number | 'all'
  /**
   * Names of the devices the layers are spread over, as `devices()` gives them, in this order. Default: the graphics
   * processors that `gpu` allows.
   */
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
  /** Paths of LoRA files made for this model; each step of a context says which it computes with. Default: none. */
  readonly adapters?: readonly string[]
  /**
   * Path of a small model with the same vocabulary, whose words its contexts take for guesses; it goes where this one
   * goes. Default: none.
   */
  readonly draft?: string
}

/** What is said of the file and where its weights go, by whoever opens it. */
export type FileOptions = Omit<OpenModelOptions, 'vocabOnly' | 'measureOnly' | 'adapters' | 'draft'>

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
/** The addon takes no more; no model has so many. */
const layersMax = (1 << 20) - 1

const openNames = optionNames<OpenModelOptions>('openModel()', {
  ...fileTable,
  vocabOnly: true,
  measureOnly: true,
  adapters: true,
  draft: true,
})

/** Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN. */
export function checkOptions(file: unknown, options: OpenModelOptions): void {
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
  checkGpu(gpu)
  const isCount =
    gpuLayers === undefined ||
    gpuLayers === 'all' ||
    (Number.isInteger(gpuLayers) && gpuLayers >= 0 && gpuLayers <= layersMax)
  if (!isCount) refuse('gpuLayers', gpuLayers, `a whole number from 0 to ${layersMax}, or "all"`)
  if (devices !== undefined && !(isArray(devices) && devices.every((name) => typeof name === 'string')))
    refuse('devices', devices, 'a list of names, as devices() gives them')
  if (mainDevice !== undefined && (typeof mainDevice !== 'string' || mainDevice === ''))
    refuse('mainDevice', mainDevice, 'the name of a device, as devices() gives it')
  if (tensorSplit !== undefined) {
    const expected = 'a list of proportions of 0 or more, not all of them 0'
    if (!isArray(tensorSplit)) refuse('tensorSplit', tensorSplit, expected)
    const wrong = tensorSplit.findIndex((part: unknown) => !(typeof part === 'number' && part >= 0))
    if (wrong >= 0) refuse(`tensorSplit[${wrong}]`, tensorSplit[wrong], 'a number of 0 or more')
    if (tensorSplit.every((part) => part === 0)) refuse('tensorSplit', tensorSplit, expected)
  }
  for (const key of ['mmap', 'mlock', 'measureOnly'] as const) {
    if (options[key] !== undefined && typeof options[key] !== 'boolean')
      refuse(key, options[key], 'true or false')
  }
  const { adapters, draft } = options
  const isFile = (one: unknown): boolean => typeof one === 'string' && one !== '' && !one.includes('\0')
  if (adapters !== undefined && !(isArray(adapters) && adapters.every(isFile)))
    refuse('adapters', adapters, 'a list of the paths of LoRA files in GGUF')
  if (draft !== undefined && !isFile(draft)) refuse('draft', draft, 'the path of a GGUF file')
  if (signal !== undefined && (!isReadable(signal) || typeof signal.addEventListener !== 'function'))
    refuse('signal', signal, 'an AbortSignal')
}

/** Throws UsageError ARGUMENT_INVALID. */
export function checkGpu(gpu: unknown): void {
  if (gpu === undefined || gpu === false || gpuNames.some((name) => name === gpu)) return
  refuse('gpu', gpu, `${gpuNames.map((name) => `"${name}"`).join(', ')} or false`)
}

/** With the defaults. */
export function rawRequest(file: string, given: OpenModelOptions): RawModelRequest {
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
    draft: given.draft === undefined ? '' : unpacked(path.resolve(given.draft)),
  }
}

function refuse(what: string, value: unknown, expected: string): never {
  throw new UsageError('ARGUMENT_INVALID', `${what} is ${shown(value)}; expected ${expected}.`)
}
