// What is run for a turn of a chat. Decides the names of its holes (`question0`, `thought0`, `answer0`: a place to go
// back to for each turn) and where a turn begins: behind the transcript, in place of a question that stands in it, or
// with nothing before it. What stands is never written again, unless the system message is another one.
import type { Transcript } from '../../model/transcript.js'
import { assistant, system, user } from '../../prompt/chat.js'
import { gen } from '../../prompt/hole.js'
import type { Prompt } from '../../prompt/part.js'
import { prompt } from '../../prompt/prompt.js'
import { thinking } from '../../prompt/thinking.js'
import { type Branch, type Draft, type Turn, writtenUntil } from './conversation.js'
import type { Mind } from './speaker.js'

/** Of any values: names are counted. */
export type Talk = Transcript<Readonly<Record<string, unknown>>>

export interface TurnRun {
  /** What it goes on from; null: nothing. */
  readonly from: Talk | null
  readonly prompt: Prompt
  readonly given: Readonly<Record<string, string>>
}

export const questionName = (turn: number): string => `question${turn}`
export const thoughtName = (turn: number): string => `thought${turn}`
export const answerName = (turn: number): string => `answer${turn}`

/** Rejects with CapacityError CONTEXT_FULL where what was dropped for room would have to come back. */
export async function turnRun(
  branch: Branch<Talk>,
  { turn, question }: Draft,
  { mind, tokensMax }: { readonly mind: Mind; readonly tokensMax: number },
): Promise<TurnRun> {
  const asked = gen(questionName(turn))
  const answer = assistant`${answerParts(turn, mind, tokensMax)}`
  const given = { [questionName(turn)]: question, ...(mind === 'silent' ? { [thoughtName(turn)]: '' } : {}) }
  const whole = prompt`${user`${asked}`}${answer}`
  const before = writtenUntil(branch, turn)
  if (before !== null) return { from: before.transcript, prompt: whole, given }
  if (branch.written !== null) {
    // The question's own message goes on there.
    const from = (await branch.written.transcript.at(questionName(turn))) as Talk
    return { from, prompt: prompt`${asked}${answer}`, given }
  }
  const known = turnsPrompt(branch.system, branch.turns.until(turn).since(0), mind)
  return { from: null, prompt: prompt`${known.prompt}${whole}`, given: { ...known.given, ...given } }
}

/** Turns that are known, behind the system message. */
export function turnsPrompt(
  instruction: string | null,
  turns: readonly Turn[],
  mind: Mind,
): Pick<TurnRun, 'prompt' | 'given'> {
  const given: Record<string, string> = {}
  const parts = turns.map(({ question, thought, answer }, turn) => {
    given[questionName(turn)] = question
    given[answerName(turn)] = answer
    // One of another model's has no place where this one's template has none.
    const kept = thought === null ? 'answers' : mind
    if (kept !== 'answers') given[thoughtName(turn)] = thought!
    return prompt`${user`${gen(questionName(turn))}`}${assistant`${answerParts(turn, kept, 1)}`}`
  })
  const first = instruction === null ? null : system`${instruction}`
  return { prompt: prompt`${first}${parts}`, given }
}

function answerParts(turn: number, mind: Mind, tokensMax: number): Prompt {
  const answer = gen(answerName(turn), { tokensMax })
  if (mind === 'answers') return prompt`${answer}`
  return prompt`${thinking(thoughtName(turn), { tokensMax })}${answer}`
}
