// What a model file is, without reading its weights: from its header, its vocabulary and llama.cpp's own sums. Decides
// what is told of which kind of model; prints nothing.
import { stat } from 'node:fs/promises'
import { ModelError } from '../../base/errors.js'
import { engineCapabilities } from '../../engine/local/capabilities.js'
import { tokenCapabilities } from '../../engine/local/serve/token-capabilities.js'
import { type Estimate, estimateOf } from '../../model/estimate.js'
import { specialTexts } from '../../model/load.js'
import { given, type LoadOptions } from '../../model/load-options.js'
import { contextTokensUsualMax } from '../../model/open.js'
import type { ContextCapabilities, MemoryKind, NativeModel } from '../../native/addon.js'
import { type CacheOptions, cacheTable } from '../../native/context.js'
import { openModel } from '../../native/model.js'
import { type FileOptions, fileTable } from '../../native/open-options.js'
import { modelFiles } from '../../native/split-file.js'
import { type ChatFacts, chatFacts } from './chat-facts.js'
import { type VocabularyFacts, vocabularyFacts } from './vocabulary-facts.js'

export interface Inspection {
  /** Absolute. */
  readonly file: string
  /** How many files the model is in, and what they have together. */
  readonly files: number
  readonly fileBytes: number
  /** Of the weights alone; null: it has none. */
  readonly weightBytes: number | null
  /** As its maker calls it; null: the file doesn't say. */
  readonly name: string | null
  /** What it is for; 'vocabulary': it has no weights. */
  readonly kind: 'text' | 'embedding' | 'reranker' | 'vocabulary'
  readonly architecture: string
  readonly parameters: number | null
  /** Of most weights, as llama.cpp calls it: 'Q4_K - Medium'. */
  readonly quantisation: string | null
  readonly shape: Shape
  /** null: it writes no texts. */
  readonly memory: MemoryFacts | null
  /** null: it has no chat template. */
  readonly chat: ChatFacts | null
  /** Its source. */
  readonly chatTemplate: string | null
  readonly vocabulary: VocabularyFacts
  /** For this machine; null: it writes no texts. */
  readonly estimate: Estimate | null
}

/** null: the file doesn't say, or has another number in each layer. */
export interface Shape {
  readonly layers: number | null
  readonly heads: number | null
  readonly headsKv: number | null
  readonly embedding: number | null
  readonly experts: number | null
  readonly expertsUsed: number | null
  readonly contextTrained: number | null
  /** Tokens that a layer with a sliding window sees. */
  readonly window: number | null
}

export interface MemoryFacts {
  readonly kind: MemoryKind
  /** 'free': what two texts share is computed once. 'recomputed': whatever the shorter one doesn't end with. */
  readonly forks: 'free' | 'recomputed'
  /** How far a rejected value is taken back without computing anything again. */
  readonly rollback: 'token' | 'hole' | 'none'
  /** Whether tokens may be dropped from the middle of a transcript. */
  readonly shift: 'lossy' | 'none'
  /** Whether idle texts are kept in host memory beside the cache. */
  readonly parks: boolean
  /** Texts that may be worked on side by side. */
  readonly parallel: number
}

/** Rejects as `load` does before it reads weights. */
export async function inspected(file: string, options: LoadOptions): Promise<Inspection> {
  const { native, context } = await opened(file, options)
  try {
    const { metadata, vocab, chatTemplate } = native
    const architecture = metadata.get('general.architecture') ?? 'unknown'
    const files = modelFiles(file)
    const sizes = await Promise.all(files.map((part) => stat(part)))
    const kind = kindOf(metadata.get(`${architecture}.pooling_type`), native.parameters, context)
    const writes = kind === 'text' ? context : null
    return {
      file,
      files: files.length,
      fileBytes: sizes.reduce((sum, { size }) => sum + size, 0),
      weightBytes: kind === 'vocabulary' ? null : native.bytes,
      name: metadata.get('general.name') ?? null,
      kind,
      architecture,
      parameters: native.parameters || null,
      quantisation: quantisationOf(native.description),
      shape: shapeOf(architecture, metadata),
      memory: writes === null ? null : memoryFacts(writes),
      chat: chatTemplate === null ? null : chatFacts(chatTemplate, specialTexts(vocab)),
      chatTemplate,
      vocabulary: vocabularyFacts(vocab, metadata),
      estimate: writes === null ? null : await estimateOf(native, writes, options),
    }
  } finally {
    await native.dispose()
  }
}

interface Seen {
  readonly native: NativeModel
  /** null: it has no weights, or keeps no tokens in memory. */
  readonly context: ContextCapabilities | null
}

async function opened(file: string, options: LoadOptions): Promise<Seen> {
  const how = given<FileOptions>(options, fileTable)
  const measured = await orNull('MODEL_WITHOUT_WEIGHTS', () => openModel(file, { ...how, measureOnly: true }))
  if (measured === null) return { native: await openModel(file, { ...how, vocabOnly: true }), context: null }
  try {
    const cells = options.contextTokens ?? Math.min(measured.contextTrained, contextTokensUsualMax)
    const made = await orNull('MODEL_UNSUPPORTED', () =>
      measured.createContext({ cells, ...given<CacheOptions>(options, cacheTable) }),
    )
    return { native: measured, context: made?.capabilities ?? null }
  } catch (error) {
    await measured.dispose()
    throw error
  }
}

/** null: it fails with that code, which is a fact about the model here. */
async function orNull<T>(code: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ModelError && error.code === code) return null
    throw error
  }
}

const rankPooling = '4'

function kindOf(
  pooling: string | undefined,
  parameters: number,
  context: ContextCapabilities | null,
): Inspection['kind'] {
  if (pooling !== undefined && pooling !== '0') return pooling === rankPooling ? 'reranker' : 'embedding'
  if (context !== null) return 'text'
  return parameters > 0 ? 'embedding' : 'vocabulary'
}

/** Of 'llama ?B Q8_0' and 'llama 17B.16E (Scout) all F32 (guessed)' what follows architecture and size. */
function quantisationOf(description: string): string | null {
  const [, told] = /^\S+ \S+(?: \([A-Z]\w+\))? (.+)$/.exec(description) ?? []
  return told === undefined
    ? null
    : told
        .replace(/ ?\(guessed\) ?/, ' ')
        .replace(/^\s*all /, '')
        .trim()
}

function shapeOf(architecture: string, metadata: ReadonlyMap<string, string>): Shape {
  const numberOf = (key: string): number | null => {
    const text = metadata.get(`${architecture}.${key}`)
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : null
  }
  return {
    layers: numberOf('block_count'),
    heads: numberOf('attention.head_count'),
    headsKv: numberOf('attention.head_count_kv'),
    embedding: numberOf('embedding_length'),
    experts: numberOf('expert_count'),
    expertsUsed: numberOf('expert_used_count'),
    contextTrained: numberOf('context_length'),
    window: numberOf('attention.sliding_window'),
  }
}

function memoryFacts(native: ContextCapabilities): MemoryFacts {
  const { memory: kind, canPark: parks } = native
  const { forks, rollback, shift, parallel } = engineCapabilities(tokenCapabilities(native))
  return { kind, forks, rollback, shift, parks, parallel }
}
