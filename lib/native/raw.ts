// The addon as C++ exports it, before anything is checked or named for callers: scripts/check-addon.mjs holds it equal
// to what native/bind_*.cc defines and reads. Only load.ts makes a RawAddon, and only the classes beside it hold the
// objects.
import type {
  ContextCapabilities,
  ContextOptions,
  DeviceInfo,
  DrawOptions,
  Generation,
  MemoryKind,
  NativeAdapter,
  NativeVocab,
  StepPlan,
  StepResult,
} from './addon.js'
import type { EmbedChunk, EmbedderFacts, Pooling } from './embedder-type.js'
import type { LogLevel } from './log-type.js'

export interface RawLibraries {
  readonly folder: string
  readonly llama: string
  readonly ggml: string
  readonly ggmlBase: string
}

export interface RawModelFacts {
  readonly metadata: readonly (readonly [string, string])[]
  readonly chatTemplate: string | null
  readonly description: string
  readonly parameters: number
  readonly bytes: number
  readonly contextTrained: number
  readonly memory: MemoryKind
  readonly devices: readonly string[]
  readonly layers: number
  readonly gpuLayers: number
  readonly adapters: readonly NativeAdapter[]
}

export interface RawModelRequest {
  readonly path: string
  readonly vocabOnly: boolean
  readonly measureOnly: boolean
  readonly gpu: boolean
  /** '': any. */
  readonly backend: string
  readonly devices: readonly string[] | null
  /** -1: all. */
  readonly gpuLayers: number
  /** '': spread. */
  readonly mainDevice: string
  readonly tensorSplit: readonly number[] | null
  readonly mmap: boolean
  readonly mlock: boolean
  /** Paths. */
  readonly adapters: readonly string[]
  /** A path; '': none drafts. */
  readonly draft: string
}

export interface RawContextRequest extends ContextOptions {
  readonly threads: number
  /** Cores that the contexts of this process share. */
  readonly cores: number
}

export interface RawEmbedderRequest extends RawContextRequest {
  readonly pooling?: Pooling
}

/** `biasTokens[i]` gets `biasValues[i]` added. */
export interface RawDraw extends Omit<DrawOptions, 'bias'> {
  readonly biasTokens: Int32Array
  readonly biasValues: readonly number[]
}

export interface RawGeneration extends Omit<Generation, 'draw'> {
  readonly draw: RawDraw
}

export interface RawPlan extends Omit<StepPlan, 'generations'> {
  readonly generations: readonly RawGeneration[]
}

export interface RawLog {
  close(): void
}

/** What is asked of single tokens is answered from the table. */
export type RawVocab = Omit<NativeVocab, 'tokenBytes' | 'isSpecial' | 'isEog'>

export interface RawModel {
  facts(): RawModelFacts
  vocab(): RawVocab
  createContext(request: RawContextRequest): Promise<RawContext>
  createEmbedder(request: RawEmbedderRequest): Promise<RawEmbedder>
  dispose(): void
}

export interface RawContext {
  readonly capabilities: ContextCapabilities
  readonly threads: number
  step(plan: RawPlan): Promise<StepResult>
  interrupt(): void
  abort(): void
  positions(sequence: number): { readonly first: number; readonly last: number } | null
  logits(chunk: number): Float32Array | null
  dispose(): Promise<void>
}

export interface RawEmbedder {
  readonly facts: EmbedderFacts
  /** `query`: pairs of it and each text; null: the texts alone. */
  tokenize(texts: readonly string[], query: string | null): Promise<readonly Int32Array[]>
  run(chunks: readonly EmbedChunk[]): Promise<readonly (Float32Array | null)[]>
  abort(): void
  dispose(): Promise<void>
}

/** What `createVocab` takes. */
export interface RawVocabDescription {
  /** Bytes of each token, by its id. */
  readonly tokens: readonly Uint8Array[]
  /** Ids of special tokens, which no text becomes. Default: none. */
  readonly special?: readonly number[]
  /** Ids of tokens that end a generation. Default: none. */
  readonly eog?: readonly number[]
  /** Id of the token that stands before a text; null: there is none. Default: null. */
  readonly bos?: number | null
  /** Id of the token that stands behind a text; null: there is none. Default: null. */
  readonly eos?: number | null
  /** Whether every sequence begins with `bos`. Default false. */
  readonly addsBos?: boolean
}

export interface RawAddon {
  openLlama(libraries: RawLibraries): string
  /** Where this process's llama.cpp came from; null before it is opened. */
  llamaFolder(): string | null
  devices(): readonly DeviceInfo[]
  loadModel(
    request: RawModelRequest,
    onProgress: ((progress: number) => void) | null,
    log: RawLog | null,
  ): { readonly promise: Promise<RawModel>; cancel(): void }
  /** `hear` gets the lines of models loaded with this log, and those that are no model's. Held weakly. */
  openLog(listener: { hear(level: LogLevel, text: string): void }, linesMax: number): RawLog
  createVocab(description: RawVocabDescription): RawVocab
  /** Ends this env's threads; for its 'exit' event. */
  stopAll(): void
}
