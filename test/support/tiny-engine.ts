// Engines over the tiny models. Decides context sizes and that a model is opened once a test file. One thread, so that
// differences come from the cache and from nothing else.

import type { Engine, Vocabulary } from '../../lib/engine/engine.js'
import { LocalEngine } from '../../lib/engine/local/local-engine.js'
import type { NativeVocab } from '../../lib/native/addon.js'
import { type ExpertModel, openModel } from '../../lib/native/native.js'
import { type TinyModel, tinyModelPath } from './tiny-models.js'

export interface TinyEngineOptions {
  readonly cells: number
  readonly batch: number
  readonly sequences?: number
}

const opened = new Map<TinyModel, Promise<ExpertModel>>()

/** Dispose the engine when done; `closeTinyModels` frees the models. */
export async function openTinyEngine(model: TinyModel, options: TinyEngineOptions): Promise<Engine> {
  const opening = opened.get(model) ?? openModel(tinyModelPath(model), { gpu: false })
  opened.set(model, opening)
  const native = await opening
  const { cells, batch, sequences = 32 } = options
  const context = await native.createContext({ cells, batch, sequences, threads: 1 })
  const { chatTemplate } = native
  return new LocalEngine({
    context,
    vocabulary: vocabularyOf(native.vocab),
    chatTemplate,
    checksIntegrity: true,
  })
}

export async function closeTinyModels(): Promise<void> {
  const models = await Promise.all(opened.values())
  opened.clear()
  await Promise.all(models.map((model) => model.dispose()))
}

function vocabularyOf(vocab: NativeVocab): Vocabulary {
  return {
    size: vocab.size,
    bos: vocab.bos,
    addsBos: vocab.addsBos,
    addsSpace: vocab.addsSpace,
    tokenBytes: (token) => vocab.tokenBytes(token),
    isSpecial: (token) => vocab.isSpecial(token),
    isEog: (token) => vocab.isEog(token),
    tokenize: (bytes, options) => vocab.tokenize(bytes, options),
    canExtend: (bytes) => vocab.canExtend(bytes),
    compile: (ir) => vocab.compile(ir.words, ir.bytes),
  }
}
