// What a model's chat template can do, found out by rendering conversations made for that. Decides which conversations
// tell it; a template that can't be rendered is told about, never thrown. Names of formats are for people only.
import { CapabilityError } from '../../base/errors.js'
import { chatTemplate, type TemplateTokens } from '../../model/chat-template.js'
import type { ChatMessage, RenderChat } from '../../run/state/chat.js'
import { callFormFor } from '../../run/tools/call-form.js'

export interface ChatFacts {
  /** As people call how it marks messages: 'ChatML'; null: unknown to us. */
  readonly format: string | null
  readonly characters: number
  /** Whether a system message is shown. */
  readonly system: 'shown' | 'refused' | 'left out'
  /** Whose syntax calls of tools have: the template's, or one that espalier tells the model; 'none': neither works. */
  readonly tools: 'template' | 'espalier' | 'none'
  /**
   * 'kept': what was thought before an answer stands in the text. 'opened': an answer begins with it, and it is left
   * out afterwards. 'none': there is no place for it.
   */
  readonly thinking: 'kept' | 'opened' | 'none'
  /** Variables that turn thinking on or off, or say how much of it. */
  readonly switches: readonly string[]
  /** A short conversation as the template writes it; null: it can't be rendered. */
  readonly example: string | null
  /** Why it can't be rendered. */
  readonly failure: string | null
}

/** Marks that tell a format; the first that a conversation has counts. */
const formats: readonly (readonly [string, string])[] = [
  ['<|im_middle|>', 'Kimi K2'],
  ['<|im_start|>', 'ChatML'],
  ['<|start_header_id|>', 'Llama 3'],
  ['<|header_start|>', 'Llama 4'],
  ['<start_of_turn>', 'Gemma'],
  ['<|turn>', 'Gemma 4'],
  ['<|start_of_role|>', 'Granite'],
  ['<|START_OF_TURN_TOKEN|>', 'Command'],
  ['<｜User｜>', 'DeepSeek'],
  ['<|start|>', 'Harmony (gpt-oss)'],
  ['[gMASK]', 'GLM'],
  [']~b]', 'MiniMax'],
  ['<seed:bos>', 'Seed'],
  ['<<SYS>>', 'Llama 2'],
  ['[INST]', 'Mistral'],
  ['<|user|>\n', 'Phi or Zephyr'],
]
/** Variables by which templates turn thinking on and off, each with two values that should make a difference. */
const thinkingSwitches: Readonly<Record<string, readonly [unknown, unknown]>> = {
  enable_thinking: [true, false],
  thinking: [true, false],
  reasoning_effort: ['low', 'high'],
  thinking_budget: [0, 1024],
}
const opensThought = /<([^<>/\s]*think[^<>/\s]*)>\s*$/i
const standIn = { system: '\uFDD2system\uFDD2', thought: '\uFDD2thought\uFDD2' } as const
const user: ChatMessage = { role: 'user', content: 'Hello' }
const answer: ChatMessage = { role: 'assistant', content: 'Hi' }

export function chatFacts(source: string, tokens: TemplateTokens): ChatFacts {
  const render = chatTemplate(source, tokens)
  const { made: example, failure } = tried(() => render([user, answer, user], { opensAssistant: 'yes' }))
  const characters = source.length
  // Each further try might take as long as a template may.
  if (example === null) return { ...unusable, characters, failure }
  const { made: instructed } = tried(() => render([withSystem, user], { opensAssistant: 'yes' }))
  const marked = `${instructed ?? ''}${example}`
  return {
    format: formats.find(([mark]) => marked.includes(mark))?.[1] ?? null,
    characters,
    system: systemIn(instructed),
    tools: toolsOf(render),
    thinking: thinkingOf(render),
    switches: Object.keys(thinkingSwitches).filter((name) => isSwitch(render, name)),
    example,
    failure: null,
  }
}

const unusable = {
  format: null,
  system: 'refused',
  tools: 'none',
  thinking: 'none',
  switches: [],
  example: null,
} as const satisfies Partial<ChatFacts>

const withSystem: ChatMessage = { role: 'system', content: standIn.system }

/** `text`: of a conversation that begins with one; null: it is refused. */
function systemIn(text: string | null): ChatFacts['system'] {
  if (text === null) return 'refused'
  return text.includes(standIn.system) ? 'shown' : 'left out'
}

function toolsOf(render: RenderChat): ChatFacts['tools'] {
  const { made: form } = tried(() => callFormFor(render, [], { hasSpecial: () => false }))
  if (form === null) return 'none'
  return form.by === 'template' ? 'template' : 'espalier'
}

function thinkingOf(render: RenderChat): ChatFacts['thinking'] {
  const thoughtful: ChatMessage = { ...answer, thinking: standIn.thought }
  // Some think on demand only.
  for (const variables of [{}, { enable_thinking: true, thinking: true }]) {
    const { made: text } = tried(() => render([user, thoughtful], { opensAssistant: 'no', variables }))
    if (text?.includes(standIn.thought)) return 'kept'
  }
  const { made: text } = tried(() => render([user], { opensAssistant: 'yes' }))
  return text !== null && opensThought.test(text) ? 'opened' : 'none'
}

function isSwitch(render: RenderChat, name: string): boolean {
  const [one, other] = thinkingSwitches[name]!.map(
    (value) => tried(() => render([user], { opensAssistant: 'yes', variables: { [name]: value } })).made,
  )
  return one !== null && other !== null && one !== other
}

interface Tried<T> {
  readonly made: T | null
  readonly failure: string | null
}

/** What a template makes of something; a refusal is a fact about it. */
function tried<T>(make: () => T): Tried<T> {
  try {
    return { made: make(), failure: null }
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error
    return { made: null, failure: error.message }
  }
}
