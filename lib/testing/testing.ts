// espalier/testing: prompts tested without a model. Decides what of this room is public, and how a conversation is
// written where nobody says otherwise. Loads no native code.
import { UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isRecord, shown } from '../base/seen.js'
import { Model } from '../model/model.js'
import type { ModelParts } from '../model/model-parts.js'
import type { RenderChat } from '../run/state/chat.js'
import { ScriptedEngine } from './engine.js'
import { type Answer, type Answers, type Asked, Script } from './script.js'

export type { Answer, Answers, Asked }

/** Options of `scripted`. */
export interface ScriptedOptions {
  /** Words a transcript may have at most. Default: any number. */
  readonly contextTokens?: number
  /** Returns a conversation as text; null: the model has no chat template. Default: `<|user|>`, the text, `<|end|>`. */
  readonly chat?: ModelParts['chat']
  /** 'none': a prompt that needs log-probabilities is refused, as an engine without them does. Default 'exact'. */
  readonly logprobs?: 'exact' | 'none'
}

const names = optionNames<ScriptedOptions>('scripted()', { contextTokens: true, chat: true, logprobs: true })

/** A model that says what a script has for it; `scripted()` makes one. */
export class ScriptedModel extends Model {
  readonly #script: Script

  /** Not for callers: `scripted()` makes them. Throws UsageError NOT_CONSTRUCTIBLE. */
  constructor(parts: ModelParts, script: Script) {
    super(parts)
    this.#script = script
  }

  /**
   * Answers nobody asked for: a hole's name, and the number of the answer where there is a list of them.
   *
   * @example
   * ```ts
   * import { prompt, select } from 'espalier'
   *
   * const model = scripted({ urgency: 'low', label: ['a', 'b'] })
   * await model.run(prompt`Urgency: ${select('urgency', ['low', 'high'])}\n`)
   * console.log(model.unused()) // ['label, answer 1', 'label, answer 2']
   * ```
   */
  unused(): readonly string[] {
    return this.#script.unused
  }
}

/**
 * A model for tests: it says what a script has for each hole, and everything else goes on as with any model: values and
 * their types, checks, retries, branches, events, the ledger. Needs no file and loads no native code.
 *
 * `answers`: a list in the order the holes ask; an object by hole; or a function. A string is the text the model
 * writes, anything else a value. Words stand for tokens in limits and in the ledger.
 *
 * Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN, OPTION_INVALID. Runs reject with UsageError ANSWER_MISSING,
 * ANSWERS_SPENT, ANSWER_INVALID (the hole can't hold it), ANSWER_REJECTED (it was rejected there before),
 * OPTION_INVALID (what `chat` returned is no text).
 *
 * @example
 * ```ts
 * import { input, integer, prompt, select } from 'espalier'
 *
 * const form = prompt`Ticket: ${input('ticket')}
 * Urgency: ${select('urgency', ['low', 'high'])}
 * Days: ${integer('days')}`
 * const model = scripted({ urgency: 'low', days: 3 })
 * const { values } = await model.run(form, { ticket: 'The lid is broken.' })
 * console.log(values.urgency, values.days)
 * ```
 */
export function scripted(answers: Answers, options: ScriptedOptions = {}): ScriptedModel {
  if (!isRecord(options)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `The options of scripted() are ${shown(options)}; expected an object.`,
    )
  }
  checkNames(options, names)
  const { contextTokens = Number.POSITIVE_INFINITY, chat = writeChat, logprobs = 'exact' } = options
  const isCount = Number.isSafeInteger(contextTokens) || contextTokens === Number.POSITIVE_INFINITY
  if (!isCount || contextTokens < 1) throw invalid('contextTokens', contextTokens, 'a whole number from 1 on')
  if (chat !== null && typeof chat !== 'function') throw invalid('chat', chat, 'a function or null')
  if (logprobs !== 'exact' && logprobs !== 'none') throw invalid('logprobs', logprobs, "'exact' or 'none'")
  const script = new Script(answers)
  const engine = new ScriptedEngine(script, { contextTokens, logprobs })
  const nowhere = {
    path: '',
    fingerprint: '',
    parameters: 0,
    devices: [],
    layers: 0,
    gpuLayers: 0,
    adapters: [],
  }
  const info = { description: 'script', contextTokens, ...nowhere }
  const written = chat === null ? null : requireText(chat)
  return new ScriptedModel({ engine, chat: written, info, dispose: async () => undefined }, script)
}

function invalid(option: string, seen: unknown, expected: string): UsageError {
  return new UsageError('OPTION_INVALID', `${option} of scripted() is ${shown(seen)}; expected ${expected}.`)
}

/** Whoever writes a conversation here is a caller's function. */
function requireText(chat: RenderChat): RenderChat {
  return (messages, options) => {
    const text: unknown = chat(messages, options)
    if (typeof text === 'string') return text
    if (text instanceof Promise) text.catch(() => undefined)
    throw new UsageError(
      'OPTION_INVALID',
      `chat of scripted() returned ${shown(text)}; expected the text of the conversation.`,
    )
  }
}

const writeChat: RenderChat = (messages, { opensAssistant }) => {
  const written = messages.map(({ role, content, thinking, toolCalls = [] }) => {
    const thought = thinking === undefined ? '' : `<think>\n${thinking}\n</think>\n\n`
    const calls = toolCalls.map((call) => `\n<|call|>${JSON.stringify(call)}`)
    return `<|${role}|>\n${thought}${content}${calls.join('')}<|end|>\n`
  })
  return written.join('') + (opensAssistant === 'yes' ? '<|assistant|>\n' : '')
}
