// What the model thinks before it answers: a hole of its own in an assistant's message. Decides what it may be given;
// where a chat template puts it, and what ends it, is found out when it is walked.
import { PromptError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { makeHole, requireHole } from './hole.js'
import type { MessageHead } from './message-head.js'
import { type TextHoleOptions, textHoleTable } from './options.js'
import type { Part, Thinking } from './part.js'
import { noteSound } from './shape.js'

const thinkingNames = optionNames<TextHoleOptions>('thinking()', textHoleTable)

/**
 * What the model thinks before the rest of an assistant's message, captured under this name. It stands where the
 * model's chat template puts thoughts, ends where the template's own mark or `tokensMax` (default 512) ends it, and is
 * no part of the message's content: `transcript.messages` has it as `thinking`, and where the template leaves thoughts
 * out of earlier turns they are left out. It comes first in its message. A known value takes its place as for any hole.
 *
 * Throws PromptError NAME_INVALID, OPTION_INVALID, UsageError OPTION_UNKNOWN; the message PromptError
 * THINKING_MISPLACED. A run rejects with CapabilityError before any work: NO_THINKING where the template has no place
 * for a thought, THINKING_OFF where it opens an answer without one, THINKING_UNENDED where the model can't end it.
 *
 * @example
 * ```ts
 * import { scripted } from 'espalier/testing'
 *
 * const answer = prompt`${thinking('thought', { tokensMax: 400 })}${gen('answer')}`
 * const script = scripted({ thought: 'Two and two.', answer: '4' })
 * const run = await script.run(prompt`${user`2 + 2?`}${assistant`${answer}`}`)
 * console.log(run.values.thought, run.messages[1])
 * ```
 */
export function thinking<const N extends string>(name: N, options: TextHoleOptions = {}): Thinking<N> {
  requireHole(name, options, thinkingNames)
  const hole = makeHole<N, string>(name, Object.freeze({ stops: Object.freeze([]) }), options)
  const part: Thinking<N> = Object.freeze({ kind: 'thinking', hole })
  noteSound(part)
  return part
}

/** Throws PromptError THINKING_MISPLACED for a thought that does not come first in an assistant's message. */
export function checkThoughts({ role }: MessageHead, parts: readonly Part[]): void {
  const at = parts.findLastIndex((part) => part.kind === 'thinking')
  if (at < 0 || (at === 0 && role === 'assistant')) return
  throw misplaced(role === 'assistant' ? `after other parts of its message` : `in a ${role} message`)
}

export function misplaced(where: string): PromptError {
  return new PromptError(
    'THINKING_MISPLACED',
    `thinking() stands ${where}; it comes first in an assistant's message, and once.`,
  )
}
