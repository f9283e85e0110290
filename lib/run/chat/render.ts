// Asks the model's chat template for the text of messages. Decides what of a run the template gets to see, and gives
// others their turn first, since rendering takes its time. What is done with the text is not known here.
import { CapabilityError } from '../../base/errors.js'
import type { Chat, ChatMessage } from '../state/chat.js'
import type { RunContext } from '../state/run-context.js'
import { renderedAs } from '../tools/call-form.js'

export type RenderTurns = (turns: readonly ChatMessage[]) => Promise<string>

// Noncharacters, which no text has.
export const standIn = '\uFDD2open\uFDD2'
export const standInThought = '\uFDD2thought\uFDD2'
/** What rendering a message costs beside tokenising text, in characters of that. */
const messageCost = 2048

/** Rejects with CapabilityError CHAT_TEMPLATE_INVALID, CHAT_TEMPLATE_BUDGET. */
export async function rendered(
  run: RunContext,
  { time, variables, calls = null }: Pick<Chat, 'time' | 'variables'> & Partial<Pick<Chat, 'calls'>>,
  turns: readonly ChatMessage[],
  opensAssistant: 'yes' | 'no',
): Promise<string> {
  if (run.chat === null || time === null) throw new TypeError('messages are refused before they are rendered')
  const turn = run.pace.take((turns.length + 1) * messageCost)
  if (turn !== null) await turn
  const given = calls === null ? {} : { arguments: calls.arguments }
  return renderedAs(run.chat, calls)(turns, { opensAssistant, time, variables, ...given })
}

/** Whether the template refuses messages. */
export function isRefusal(error: unknown): boolean {
  return error instanceof CapabilityError && error.code === 'CHAT_TEMPLATE_INVALID'
}

export function commonStart(left: string, right: string): number {
  let length = 0
  while (length < left.length && left[length] === right[length]) length += 1
  return length
}
