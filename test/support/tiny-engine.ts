// Engines over the tiny models. Decides context sizes and that a model is opened once a test file. One thread, so that
// differences come from the cache and from nothing else.

import { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import type { TokenEngine as Engine } from '../../lib/engine/local/serve/token-engine.js'
import { type Vocabulary, vocabularyOf } from '../../lib/engine/local/tokens/vocabulary.js'
import { type ExpertContext, type ExpertModel, openModel } from '../../lib/native/native.js'
import { type TinyModel, tinyModelPath } from './tiny-models.js'

export interface TinyEngineOptions {
  readonly cells: number
  readonly batch: number
  readonly sequences?: number
  /** Instead of sequences that share all cells. */
  readonly streams?: number
}

const opened = new Map<TinyModel, Promise<ExpertModel>>()

function openTiny(model: TinyModel): Promise<ExpertModel> {
  const opening = opened.get(model) ?? openModel(tinyModelPath(model), { gpu: false })
  opened.set(model, opening)
  return opening
}

/** A context without an engine: rows go to llama_decode as the caller says. */
export async function openTinyContext(model: TinyModel, options: TinyEngineOptions): Promise<ExpertContext> {
  const { cells, batch, sequences = 32, streams } = options
  const kv = streams === undefined ? { sequences } : { streams }
  return (await openTiny(model)).createContext({ cells, batch, ...kv, threads: 1 })
}

export async function tinyVocabularyOf(model: TinyModel): Promise<Vocabulary> {
  return vocabularyOf((await openTiny(model)).vocab)
}

/** Dispose the engine when done; `closeTinyModels` frees the models. */
export async function openTinyEngine(model: TinyModel, options: TinyEngineOptions): Promise<Engine> {
  const context = await openTinyContext(model, options)
  const native = await openTiny(model)
  return new KvEngine({
    context,
    vocabulary: vocabularyOf(native.vocab),
    checksIntegrity: true,
  })
}

export async function closeTinyModels(): Promise<void> {
  const models = await Promise.all(opened.values())
  opened.clear()
  await Promise.all(models.map((model) => model.dispose()))
}
