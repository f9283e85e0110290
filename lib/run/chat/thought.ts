// Where a chat template puts what a model thinks: what stands before it and what ends it. Found out by rendering: a
// message with a thought, as templates write the last one; else what they open an answer with, for those that leave out
// every thought of a finished message. Where nobody can tell, it is refused.
//
//   <|im_start|>assistant\n<think>\n [thought] \n</think>\n\n [content] <|im_end|>\n
import { CapabilityError } from '../../base/errors.js'
import { quoted } from '../../base/seen.js'
import type { MessageHead } from '../../prompt/message-head.js'
import type { Chat, ChatMessage, TemplateVariables } from '../state/chat.js'
import type { RunContext } from '../state/run-context.js'
import { commonStart, type RenderTurns, rendered, standIn, standInThought } from './render.js'

export interface ThoughtOpening {
  /** What stands before the thought, with these messages before it. */
  readonly before: RenderTurns
  /** What stands between the thought and the content. */
  readonly mark: string
}

/** A mark that opens a thought, at the end of a text, and its name. */
const opens = /<([^<>/\s]*think[^<>/\s]*)>\s*$/i
/** One that ends a thought. */
const closes = /<\/[^<>/\s]*think[^<>/\s]*>/i
/** A thought of nothing before the content. */
const empty = /^\s*<([^<>/\s]*think[^<>/\s]*)>(?=\s*<\/\1>)/i

/**
 * For an answer to these messages. Rejects with CapabilityError NO_THINKING where the template has no place for a
 * thought, THINKING_OFF where it opens an answer without one, THINKING_UNENDED where the model can't write what ends
 * one.
 */
export async function thoughtOpening(
  run: RunContext,
  chat: Pick<Chat, 'time' | 'variables'>,
  head: MessageHead,
  turns: readonly ChatMessage[],
): Promise<ThoughtOpening> {
  const answer: RenderTurns = (list) => rendered(run, chat, list, 'yes')
  const plain = await rendered(run, chat, turns, 'no')
  const opened = turns.length === 0 ? plain : await answer(turns)
  const opening = opened.slice(commonStart(plain, opened))
  const finished = (list: readonly ChatMessage[]): Promise<string> =>
    rendered(run, chat, [...list, { ...head, thinking: standInThought, content: standIn }], 'no')
  const whole = await finished(turns)
  const at = whole.lastIndexOf(standInThought)
  const content = whole.indexOf(standIn, at)
  if (at >= 0 && content >= 0) {
    const mark = whole.slice(at + standInThought.length, content)
    const start = whole.slice(0, at)
    if (mark.trim() === '') throw nowhere()
    if (opening.includes(mark.trim())) throw off(opening)
    requireEnd(run, mark)
    if (opened.startsWith(start)) return { before: answer, mark }
    const before: RenderTurns = async (list) => {
      const text = await finished(list)
      return text.slice(0, text.lastIndexOf(standInThought))
    }
    return { before, mark }
  }
  if (closes.test(opening)) throw off(opening)
  const [, name] = opens.exec(opening) ?? []
  if (name !== undefined) return { before: answer, mark: endOf(run, name, opening) }
  const message = await rendered(run, chat, [...turns, { ...head, content: standIn }], 'no')
  const lead = message.slice(commonStart(opened, message), message.lastIndexOf(standIn))
  const [added, tag] = empty.exec(lead) ?? []
  if (added === undefined) throw nowhere()
  return { before: async (list) => (await answer(list)) + added, mark: endOf(run, tag!, added) }
}

/** What ends a thought that a mark of this name opens, with the line breaks that belong to it. */
function endOf(run: RunContext, name: string, opening: string): string {
  const mark = opening.endsWith('\n') ? `\n</${name}>\n\n` : `</${name}>`
  requireEnd(run, mark)
  return mark
}

/** Texts that end a thought when the model writes them, for what stands between it and the content. */
export function stopsOfThought(mark: string): readonly string[] {
  const end = mark.trim()
  // The first mark is what a model writes to end its thought; what follows may be other than the template has it.
  const stop = /^(?:<[^<>]+>|\[[^[\]]+\]|[^\r\n]+)/.exec(end)![0]
  const lead = mark.slice(0, mark.indexOf(end))
  return lead === '' ? [stop] : [lead + stop, stop]
}

function requireEnd({ engine }: RunContext, mark: string): void {
  if (engine.endsAt(stopsOfThought(mark).at(-1)!)) return
  throw new CapabilityError(
    'THINKING_UNENDED',
    `The model's chat template ends a thought with ${quoted(mark)}, a control token that is never drawn: give the ` +
      'thought as a known value, or leave thinking() out.',
  )
}

function nowhere(): CapabilityError {
  return new CapabilityError(
    'NO_THINKING',
    "The model's chat template has no place for a thought. Some have one if a run asks for it, as with " +
      "chat: { enable_thinking: true }; else write the model's own marks as text, with gen() between them.",
  )
}

function off(opening: string): CapabilityError {
  return new CapabilityError(
    'THINKING_OFF',
    `The model's chat template opens an answer without a thought, with ${quoted(opening)}; leave thinking() out or ` +
      'give the run what turns thinking on, as chat: { enable_thinking: true }.',
  )
}

/** Templates that have a place for a thought, with the variables they had. */
const looked = new WeakMap<object, WeakSet<TemplateVariables>>()

/** What can be told before any work: rejects as `thoughtOpening` for an answer to some question. */
export async function requireThoughts(run: RunContext): Promise<void> {
  const { chat, variables } = run
  if (chat === null) return
  const known = looked.get(chat) ?? new WeakSet<TemplateVariables>()
  looked.set(chat, known)
  if (known.has(variables)) return
  const question: ChatMessage = { role: 'user', content: 'x' }
  await thoughtOpening(run, { time: new Date(), variables }, { role: 'assistant' }, [question])
  known.add(variables)
}
