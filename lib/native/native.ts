// espalier/native: llama.cpp models and contexts for experts, with every argument checked. Decides what of the native
// layer is public. Nothing here caches, schedules or knows what a prompt is.
import { checkNames, optionNames } from '../base/options.js'
import { isRecord } from '../base/seen.js'
import type { NativeVocab } from './addon.js'
import { native } from './failure.js'
import { loadAddon } from './load.js'
import type { RawVocabDescription } from './raw.js'
import { checkedVocab } from './vocab.js'

export type * from './addon.js'
export type { ExpertContext } from './context.js'
export type { EmbedderOptions } from './embedder.js'
export type * from './embedder-type.js'
export { llamaVersion } from './load.js'
export type { Log, LogLevel } from './log-type.js'
export { devices, type ExpertModel, openModel } from './model.js'
export type { OpenModelOptions } from './open-options.js'
export type { RawVocabDescription as VocabDescription } from './raw.js'

const vocabNames = optionNames<RawVocabDescription>('createVocab()', {
  tokens: true,
  special: true,
  eog: true,
  bos: true,
  eos: true,
  addsBos: true,
})

/**
 * A vocabulary from plain bytes, without a model and without llama.cpp. `tokens[id]` are the bytes of a token;
 * `special` and `eog` list ids. Its `tokenize` takes the longest token at each byte. Throws UsageError
 * ARGUMENT_INVALID, OPTION_UNKNOWN, ModelError ADDON_*.
 */
export function createVocab(description: RawVocabDescription): NativeVocab {
  const addon = loadAddon()
  if (isRecord(description)) checkNames(description, vocabNames)
  return checkedVocab(native(() => addon.createVocab(description)))
}
