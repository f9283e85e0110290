// Chats in files: a transcript as `toJSON` gives it, which any program reads with `model.restore`. Decides that no file
// is overwritten that was not saved or read here, and which conversations can go on. Cells are not saved: what is read
// is computed with its next answer.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { UsageError } from '../../base/errors.js'
import { isRecord, quoted, saidBy, shown } from '../../base/seen.js'
import type { ChatMessage } from '../../run/state/chat.js'
import { GrowingList } from '../../run/state/growing-list.js'
import { readJsonFile } from '../text-file.js'
import { type Branch, type Turn, writtenUntil } from './conversation.js'
import type { Speaker } from './speaker.js'
import { questionName, type Talk, thoughtName, turnsPrompt } from './turn-prompts.js'

type Read = Pick<Branch<Talk>, 'system' | 'turns' | 'written'>

/** The transcript of the branch's turns and nothing else; nothing is computed. Throws UsageError TURN_UNKNOWN. */
export async function savable({ model, mind, options }: Speaker, branch: Branch<Talk>): Promise<Talk> {
  const { system, turns } = branch
  if (turns.length === 0)
    throw new UsageError('TURN_UNKNOWN', 'There is nothing to save: nothing was said yet.')
  const whole = writtenUntil(branch, turns.length)
  if (whole !== null) return whole.transcript
  const { prompt, given } = turnsPrompt(system, turns.since(0), mind)
  return (await model.run(prompt, given as Readonly<Record<string, never>>, options)) as Talk
}

/** Throws UsageError FILE_EXISTS for a file that is not one of `own`, FILE_UNWRITABLE. */
export async function save(transcript: Talk, file: string, own: ReadonlySet<string>): Promise<void> {
  const path = resolve(file)
  if (existsSync(path) && !own.has(path)) {
    throw new UsageError(
      'FILE_EXISTS',
      `${quoted(file)} is there already, and no chat of this session; take another name.`,
    )
  }
  // Half a file never takes the place of a whole one.
  const part = `${path}.${randomUUID()}.part`
  try {
    await writeFile(part, JSON.stringify(transcript), { mode: 0o600 })
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    const why = saidBy(error).replaceAll(part, path)
    throw new UsageError('FILE_UNWRITABLE', `${quoted(file)} can't be written: ${why}.`, { cause: error })
  }
}

/** Rejects with UsageError FILE_*, CHAT_UNUSABLE, and as `model.restore`. */
export async function readSaved({ model }: Speaker, file: string): Promise<Read> {
  const expected = 'a conversation that /save wrote'
  const json = await readJsonFile(file, { by: null, expected, signal: new AbortController().signal })
  const isOther = !isRecord(json) || !('record' in json)
  if (isOther) throw new UsageError('FILE_INVALID', `${file} holds ${shown(json)}; expected ${expected}.`)
  try {
    return readOf(await model.restore(json), file)
  } catch (cause) {
    if (!(cause instanceof UsageError) || cause.code === 'CHAT_UNUSABLE') throw cause
    throw new UsageError(cause.code, `${file} can't go on: ${cause.message}`, { cause })
  }
}

/** What a branch that begins with a file is called. */
export function nameOf(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '')
}

function readOf(transcript: Talk, file: string): Read {
  const { messages, values } = transcript
  const first = messages[0]?.role === 'system' ? messages[0] : null
  const rest = messages.slice(first === null ? 0 : 1)
  const turns: Turn[] = []
  for (let at = 0; at < rest.length; at += 2) turns.push(turnOf(rest[at]!, rest[at + 1], file))
  if (turns.length === 0) throw unusable(file, 'no message')
  // One of ours has a place to go back to for each turn; others' are written anew.
  const isOurs = turns.every(({ question }, turn) => values[questionName(turn)] === question)
  const system = first === null ? null : first.content
  if (!isOurs) return { system, turns: GrowingList.of(turns), written: null }
  // Messages don't tell an empty thought from none.
  const thoughtOf = (turn: number): string | null => (values[thoughtName(turn)] as string | undefined) ?? null
  const told = turns.map((one, turn) => ({ ...one, thought: thoughtOf(turn) }))
  return { system, turns: GrowingList.of(told), written: { transcript, turns: turns.length } }
}

function turnOf(asked: ChatMessage, answer: ChatMessage | undefined, file: string): Turn {
  if (asked.role !== 'user') throw unusable(file, `a ${asked.role} message where a user's is due`)
  if (answer?.role !== 'assistant')
    throw unusable(file, `a ${answer?.role ?? 'missing'} message where an answer is due`)
  if ((answer.toolCalls?.length ?? 0) > 0) throw unusable(file, 'calls of tools')
  return { question: asked.content, thought: answer.thinking ?? null, answer: answer.content, tries: 0 }
}

function unusable(file: string, seen: string): UsageError {
  const expected = "expected a system message or none, then a user's and an answer in turn"
  return new UsageError('CHAT_UNUSABLE', `The conversation in ${quoted(file)} has ${seen}; ${expected}.`)
}
