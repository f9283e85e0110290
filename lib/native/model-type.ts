// A model, its adapters and the devices it is on: shapes of the seam, see addon.ts.
import type { ContextOptions, MemoryKind, NativeContext } from './context-type.js'
import type { NativeVocab } from './vocab-type.js'

/** What llama.cpp can compute on. */
export interface DeviceInfo {
  /** Unique in the process, for the options `devices` and `mainDevice`: 'Vulkan0'. */
  readonly name: string
  /** The maker's. */
  readonly description: string
  /** 'cpu', 'cuda', 'rocm', 'vulkan', 'metal', ... */
  readonly backend: string
  /** 'integrated' shares the memory of the CPU; an 'accelerator' helps the CPU and holds no layers. */
  readonly type: 'cpu' | 'gpu' | 'integrated' | 'accelerator'
  readonly bytes: number
  readonly bytesFree: number
}

/** A LoRA that was loaded with a model. */
export interface NativeAdapter {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
}

export interface NativeModel {
  readonly vocab: NativeVocab
  readonly metadata: ReadonlyMap<string, string>
  /** The model's own chat template (Jinja), null if it has none. */
  readonly chatTemplate: string | null
  readonly description: string
  readonly parameters: number
  /** Of the weights, those of `adapters` included. */
  readonly bytes: number
  /** Context length the model was trained for. */
  readonly contextTrained: number
  readonly memory: MemoryKind
  readonly adapters: readonly NativeAdapter[]
  /** Names of the devices its layers are on, beside the CPU. */
  readonly devices: readonly string[]
  /** Layers, the output counted as one. */
  readonly layers: number
  /** Those of them that are on `devices`. */
  readonly gpuLayers: number
  createContext(options: ContextOptions): Promise<NativeContext>
  dispose(): Promise<void>
}
