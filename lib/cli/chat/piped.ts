// A chat without a person: each line of the input is a message, or a block between """. Decides what a script gets: the
// answers and nothing else on stdout, or one JSON line for each; the first turn that fails ends it, since what follows
// would be said to another conversation.
import { createInterface } from 'node:readline'
import { UsageError } from '../../base/errors.js'
import { harmless } from '../../trace/harmless.js'
import type { Call } from '../command.js'
import { asJson } from '../json-text.js'
import { answered, branchOf, type Conversation } from './conversation.js'
import { entryWith, type OpenEntry } from './entry.js'
import type { Settings } from './settings.js'
import type { Speaker } from './speaker.js'
import { type Answer, takeTurn } from './turn.js'
import type { Talk } from './turn-prompts.js'

export interface Piped {
  readonly speaker: Speaker
  readonly settings: Settings
  readonly talk: Conversation<Talk>
}

/** Rejects with what a turn rejects with, and UsageError BLOCK_OPEN. */
export async function chatThroughPipe(piped: Piped, { terminal, signal }: Call): Promise<void> {
  const { speaker, settings } = piped
  let { talk } = piped
  const never = new AbortController().signal
  const answer = (text: string): void => {
    if (!terminal.isJson) terminal.write(terminal.isScreen ? harmless(text) : text)
  }
  for await (const question of messagesIn(terminal.input, signal)) {
    const branch = branchOf(talk)
    const draft = { turn: branch.turns.length, question, tries: 0 }
    const hearer = { signal, stop: never, thought: () => undefined, answer }
    const reply = (await takeTurn(speaker, branch, draft, settings, hearer))!
    terminal.write(terminal.isJson ? `${asJson(replyJson(question, reply))}\n` : '\n')
    talk = answered(talk, draft, reply)
  }
}

/** Throws UsageError BLOCK_OPEN. */
async function* messagesIn(input: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<string> {
  let open: OpenEntry | null = null
  let number = 0
  let opened = 0
  for await (const line of createInterface({ input, terminal: false, signal })) {
    number += 1
    if (open === null) opened = number
    const entry = entryWith(open, line)
    open = entry.kind === 'open' ? entry.open : null
    if (entry.kind !== 'open' && entry.text.trim() !== '') yield entry.text
  }
  signal.throwIfAborted()
  if (open?.kind === 'block') {
    const expected = 'expected a line that ends in """'
    throw new UsageError(
      'BLOCK_OPEN',
      `The message that begins in line ${opened} with """ has no end; ${expected}.`,
    )
  }
  if (open !== null && open.text.trim() !== '') yield open.text
}

function replyJson(question: string, { thought, answer, end, transcript, ledger, ms }: Answer): object {
  return { question, thought, answer, end, tokens: transcript.tokens.length, ledger, ms }
}
