// The addon as C++ exports it, before anything is checked or named for callers. Decides nothing; only load.ts makes a
// RawAddon and only the classes beside it hold the objects.
import type { ContextCapabilities, MemoryKind, NativeVocab, StepResult } from './addon.js'

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
}

export interface RawModel {
  facts(): RawModelFacts
  vocab(): NativeVocab
  createContext(options: object): Promise<RawContext>
  dispose(): void
}

export interface RawContext {
  readonly capabilities: ContextCapabilities
  step(plan: object): Promise<StepResult>
  interrupt(): void
  abort(): void
  positions(sequence: number): { readonly first: number; readonly last: number } | null
  logits(chunk: number): Float32Array | null
  dispose(): Promise<void>
}

export interface RawVocabDescription {
  readonly tokens: readonly Uint8Array[]
  readonly special?: readonly number[]
  readonly eog?: readonly number[]
  readonly bos?: number | null
  readonly eos?: number | null
  readonly addsBos?: boolean
}

export interface RawAddon {
  openLlama(libraries: RawLibraries): string
  loadModel(
    options: { path: string; vocabOnly: boolean; gpu: boolean },
    onProgress: ((progress: number) => void) | null,
  ): { readonly promise: Promise<RawModel>; cancel(): void }
  createVocab(description: RawVocabDescription): NativeVocab
  /** Ends this env's threads; for its 'exit' event. */
  stopAll(): void
}
