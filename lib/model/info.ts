// Shapes around a loaded model: what a caller may know of it, and what joins one.
// Decides which facts are public.
import type { Engine } from '../engine/engine.js'
import type { NamedAdapter } from '../run/given/adapters.js'
import type { RenderChat } from '../run/state/chat.js'

/** Facts about a loaded model. */
export interface ModelInfo {
  /** Architecture, size and format of the weights, for example 'llama 5M Q8_0'. */
  readonly description: string
  /** Absolute path of the file. */
  readonly path: string
  readonly parameters: number
  /** Tokens a transcript may have at most. */
  readonly contextTokens: number
  /** Names of the devices its layers are on beside the CPU, as `devices()` gives them; [] for the CPU alone. */
  readonly devices: readonly string[]
  /** All layers, the output counted as one. */
  readonly layers: number
  /** Of these, how many are on `devices`. */
  readonly gpuLayers: number
  readonly adapters: readonly AdapterInfo[]
}

/** An adapter that was loaded with the model. */
export interface AdapterInfo {
  /** What runs call it. */
  readonly name: string
  /** Absolute path of the file. */
  readonly path: string
  /** How strong it is where a run gives no other scale. */
  readonly scale: number
  readonly bytes: number
}

/** What joins a model: the engine and what frees everything below it. */
export interface ModelParts {
  readonly engine: Engine
  readonly chat: RenderChat | null
  readonly info: ModelInfo
  /** Those the engine's model has, in its order. */
  readonly adapters?: readonly NamedAdapter[]
  /** Frees what the engine does not own, after it. */
  readonly dispose: () => Promise<void>
}
