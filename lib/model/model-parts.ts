// What a model is made of: an engine, how it writes conversations, and how it ends.
import type { Engine } from '../engine/engine.js'
import type { NamedAdapter } from '../run/given/adapters.js'
import type { RenderChat } from '../run/state/chat.js'
import type { ModelInfo } from './model-info.js'

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
