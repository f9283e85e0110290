// Joins what a Model needs: a model file that was opened, the local engine, the walk. Never computes anything; a
// failure leaves nothing open.

import { LocalEngine } from '../engine/local/local-engine.js'
import { KvEngine } from '../engine/local/serve/kv-engine.js'
import { vocabularyOf } from '../engine/local/tokens/vocabulary.js'
import type { NativeModel } from '../native/addon.js'
import { chatTemplate, type TemplateTokens } from './chat-template.js'
import { fingerprintOf } from './fingerprint.js'
import { checkLoadArguments, type LoadOptions } from './load-options.js'
import { Model } from './model.js'
import type { ModelInfo } from './model-info.js'
import { fileOf, type Opened, open } from './open.js'
import { refuseTooLarge } from './room.js'

/**
 * Opens a GGUF file; without a path, the demo model that comes with this package.
 *
 * A model that another program keeps on this machine may be named instead of its path, and is opened where it lies:
 * `'ollama:qwen3:4b'`, `'lmstudio:publisher/repo/file.gguf'`, `'hf:org/repo/file.gguf'`, `'hf:org/repo:Q4_K_M'`; or
 * shorter, where that fits one model only. `modelFiles()` lists them; nothing is ever fetched, `pull` does that.
 *
 * Rejects with ModelError where the file or llama.cpp can't be used (MODEL_NOT_FOUND where nothing has that name),
 * UsageError for options and names (REFERENCE_INVALID, REFERENCE_AMBIGUOUS), CapacityError where there is not enough
 * memory, AbortError.
 *
 * @example
 * ```ts
 * const small = await load(undefined, { contextTokens: 1024, threads: 1 }) // or load('qwen.gguf')
 * console.log(small.info.description, small.info.contextTokens)
 * await small.dispose()
 * ```
 */
export async function load(file?: string, options: LoadOptions = {}): Promise<Model> {
  checkLoadArguments(file, options)
  const at = await fileOf(file)
  await refuseTooLarge(at, options)
  const opened = await open(at, options, 'loaded')
  const { native, context, adapters } = opened
  try {
    const fingerprint = await fingerprintOf(opened.file)
    const { hostBytesMax, answersMax, queueMax, guess } = options
    const vocabulary = vocabularyOf(native.vocab)
    const tokens = new KvEngine({
      context,
      vocabulary,
      adapters: adapters.length,
      ...(hostBytesMax === undefined ? {} : { hostBytesMax }),
      guesses: guess !== 'off',
      ...(queueMax === undefined ? {} : { queueMax }),
    })
    const engine = new LocalEngine({ tokens, ...(answersMax === undefined ? {} : { answersMax }) })
    const chat =
      native.chatTemplate === null ? null : chatTemplate(native.chatTemplate, specialTexts(native.vocab))
    return new Model({
      engine,
      chat,
      adapters,
      info: { ...infoOf(opened, engine.capabilities.contextTokens), fingerprint },
      dispose: () => native.dispose(),
    })
  } catch (error) {
    await native.dispose()
    throw error
  }
}

/** Of the tokens that begin and end a text, as the template writes them. */
export function specialTexts(vocab: NativeModel['vocab']): TemplateTokens {
  const textOf = (token: number | null): string =>
    token === null ? '' : new TextDecoder().decode(vocab.specialText(token))
  return { bos: textOf(vocab.bos), eos: textOf(vocab.eos) }
}

export function infoOf(
  { native, file, adapters: named }: Pick<Opened, 'native' | 'file' | 'adapters'>,
  contextTokens: number,
): Omit<ModelInfo, 'fingerprint'> {
  const { parameters } = native
  // llama.cpp has no name for sizes it doesn't know.
  const description = native.description.replace('?B', sizeOf(parameters))
  const { devices, layers, gpuLayers } = native
  const adapters = native.adapters.map(({ path, bytes }, index) => {
    const { name, scale } = named[index]!
    return Object.freeze({ name, path, scale, bytes })
  })
  return { description, path: file, parameters, contextTokens, devices, layers, gpuLayers, adapters }
}

/** 4951296: '5M'; 1235814400: '1.2B'. */
function sizeOf(parameters: number): string {
  const [unit, letter] = parameters < 999.5e6 ? [1e6, 'M'] : [1e9, 'B']
  const count = parameters / (unit as number)
  return `${count < 9.95 ? Number(count.toFixed(1)) : Math.round(count)}${letter}`
}
