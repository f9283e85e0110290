// A model over the fake engine, for tests of prompts that need no weights.
import { LocalEngine } from '../../lib/engine/local/local-engine.js'
import { chatTemplate } from '../../lib/model/chat-template.js'
import { Model } from '../../lib/model/model.js'
import type { RenderChat } from '../../lib/run/state/chat.js'
import { FakeEngine, type FakeOptions, type Speak } from './fake-engine.js'

export interface FakeModel {
  readonly model: Model
  readonly engine: FakeEngine
  /** How many messages were rendered so far, and how often. */
  readonly rendered: { messages: number; times: number }
}

/** `answersMax`: by default every run asks the engine anew. */
export function fakeModel(speak: Speak, options: FakeOptions = {}, answersMax = 0): FakeModel {
  const engine = new FakeEngine(speak, options)
  const { vocabulary } = engine
  const bos = vocabulary.bos === null ? '' : new TextDecoder().decode(vocabulary.specialText(vocabulary.bos))
  const rendered = { messages: 0, times: 0 }
  const render =
    engine.chatTemplate === null ? null : chatTemplate(engine.chatTemplate, { bos, eos: '<|im_end|>' })
  const chat: RenderChat | null =
    render === null
      ? null
      : Object.assign(
          (...[messages, how]: Parameters<RenderChat>) => {
            rendered.times += 1
            rendered.messages += messages.length
            return render(messages, how)
          },
          { reads: render.reads! },
        )
  const info = {
    description: 'fake',
    path: '',
    parameters: 0,
    contextTokens: engine.capabilities.contextTokens,
    devices: [],
    layers: 1,
    gpuLayers: 0,
    adapters: [],
  }
  const local = new LocalEngine({ tokens: engine, answersMax })
  const model = new Model({ engine: local, chat, info, dispose: async () => undefined })
  return { model, engine, rendered }
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
