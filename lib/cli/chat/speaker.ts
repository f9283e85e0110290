// The model of a chat, and how its answers begin. Decides whether the model is asked for a thought: where its chat
// template has a place for one, unless the person wants none. Refuses a model that can't chat before anything is typed.
import { CapabilityError, EspalierError } from '../../base/errors.js'
import type { Overflow } from '../../engine/engine.js'
import type { Model } from '../../model/model.js'
import { assistant, system, user } from '../../prompt/chat.js'
import { gen } from '../../prompt/hole.js'
import type { Prompt } from '../../prompt/part.js'
import { prompt } from '../../prompt/prompt.js'
import { thinking } from '../../prompt/thinking.js'
import type { RunOptions } from '../../run/run-options.js'

/**
 * 'thinks': a thought stands before each answer. 'silent': an empty one, in a template that would open one. 'answers':
 * nothing does.
 */
export type Mind = 'thinks' | 'silent' | 'answers'

export interface Speaker {
  readonly model: Model
  readonly mind: Mind
  /** Of each run. */
  readonly options: Pick<RunOptions, 'chat' | 'overflow'>
}

/** What a person said of thoughts: to have them, to have none, or nothing. */
export type Wish = 'think' | 'no-think' | null

/** Throws CapabilityError CHAT_TEMPLATE_MISSING, and as a thought does where one is wished for. */
export async function speakerOf(model: Model, wish: Wish, overflow: Overflow | null): Promise<Speaker> {
  // What templates call it; a name that one does not read changes nothing.
  const thinks = wish === 'think'
  const options = {
    ...(wish === null ? {} : { chat: { enable_thinking: thinks, thinking: thinks } }),
    ...(overflow === null ? {} : { overflow }),
  }
  const answer = gen('answer', { tokensMax: 1 })
  await explained(model, prompt`${user`x`}${assistant`${answer}`}`, options)
  const thought = prompt`${user`x`}${assistant`${thinking('thought')}${answer}`}`
  try {
    await explained(model, thought, options)
    return { model, mind: wish === 'no-think' ? 'silent' : 'thinks', options }
  } catch (error) {
    const why = error instanceof CapabilityError ? noThoughts[error.code] : undefined
    if (why === undefined) throw error
    if (wish !== 'think') return { model, mind: 'answers', options }
    const { code } = error as CapabilityError
    throw new CapabilityError(
      code,
      `--think asks for a thought before each answer, and the model's chat template ${why}; leave --think out.`,
      { cause: error },
    )
  }
}

const noThoughts: Readonly<Record<string, string>> = {
  NO_THINKING: 'has no place for one',
  THINKING_OFF: 'opens answers without one',
  THINKING_UNENDED: 'ends one with a mark that is never drawn',
}

/** Rejects with CapabilityError where the chat template takes no system message. */
export async function requireSystem({ model, options }: Speaker, text: string): Promise<void> {
  const answer = assistant`${gen('answer', { tokensMax: 1 })}`
  await explained(model, prompt`${system`${text}`}${user`x`}${answer}`, options)
}

async function explained(model: Model, asked: Prompt, options: RunOptions): Promise<void> {
  try {
    await model.explain(asked, {}, options)
  } catch (error) {
    if (!(error instanceof EspalierError) || error.code !== 'CHAT_TEMPLATE_MISSING') throw error
    const hint = 'take an instruct or chat model, or let "espalier run" fill a prompt of plain text'
    throw new CapabilityError(
      error.code,
      `The model (${model.info.description}) has no chat template, so its file does not say how a conversation is ` +
        `written for it; ${hint}.`,
      { cause: error },
    )
  }
}
