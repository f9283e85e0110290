// A model over the fake engine, for tests of prompts that need no weights.
import * as boundary from '../../lib/engine/local/token-boundary.js'
import { chatTemplate } from '../../lib/model/chat-template.js'
import { Model } from '../../lib/model/model.js'
import { chatMarks } from '../../lib/run/chat.js'
import { FakeEngine, type FakeOptions, type Speak } from './fake-engine.js'

export interface FakeModel {
  readonly model: Model
  readonly engine: FakeEngine
}

/** `answersMax`: by default every run asks the engine anew. */
export function fakeModel(speak: Speak, options: FakeOptions = {}, answersMax = 0): FakeModel {
  const engine = new FakeEngine(speak, options)
  const chat = engine.chatTemplate === null ? null : chatMarks(chatTemplate(engine.chatTemplate))
  const info = {
    description: 'fake',
    path: '',
    parameters: 0,
    contextTokens: engine.capabilities.contextTokens,
    devices: [],
    layers: 1,
    gpuLayers: 0,
  }
  const model = new Model({ engine, boundary, chat, info, answersMax, dispose: async () => undefined })
  return { model, engine }
}

/** Says, after each of the keys (longest first) at the end of the text, the rest of its value. */
export function answers(table: Readonly<Record<string, string>>): Speak {
  // The engine speaks in bytes, one character each, so that half a code point is text too.
  const bytes = (text: string): string => Buffer.from(text).toString('latin1')
  const entries = Object.entries(table).map(([asked, answer]) => [bytes(asked), bytes(answer)] as const)
  return (text) => {
    let best: { readonly at: number; readonly rest: string } | null = null
    for (const [asked, answer] of entries) {
      const at = text.lastIndexOf(asked)
      if (at < 0) continue
      const said = text.slice(at + asked.length)
      if (!answer.startsWith(said)) continue
      if (best === null || at > best.at) best = { at, rest: answer.slice(said.length) }
    }
    return best === null ? '' : best.rest
  }
}
