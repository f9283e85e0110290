// Writes the messages of a conversation into the transcript. Decides when a template is rendered, what of the
// transcript stays when the template now writes earlier messages another way, and what is tokenised as marks. Values
// stay what they were captured as.
import { CapabilityError } from '../../base/errors.js'
import type { MessageHead } from '../../prompt/message-head.js'
import {
  type Chat,
  type ChatMessage,
  type FinishedMessage,
  frozen,
  headOf,
  isPending,
  type OpenMessage,
} from '../state/chat.js'
import { type Piece, Pieces } from '../state/pieces.js'
import type { RunContext } from '../state/run-context.js'
import { appended, type TranscriptState, writtenAs } from '../state/transcript.js'
import { renderedAs } from '../tools/call-form.js'
import { chatPieces, type RenderContents } from './chat-text.js'

/** The part of a walk's state that messages are. */
export interface Talk {
  readonly transcript: TranscriptState
  readonly chat: Chat
}

// Noncharacters, which no text has.
const standIn = '\uFDD2open\uFDD2'
const standInFrozen = '\uFDD2frozen\uFDD2'
/** What rendering a message costs beside tokenising text, in characters of that. */
const messageCost = 2048

/**
 * Writes the finished messages as the template does, with nothing after them. `path`: of the walk, for events. Throws
 * CapabilityError where the template refuses them, CapacityError.
 */
export async function writeMessages<T extends Talk>(run: RunContext, path: string, talk: T): Promise<T> {
  if (talk.chat.open !== null || !isPending(talk.chat)) return talk
  const chat = begun(run, talk)
  const view = await viewOf(run, chat, (turns) => rendered(run, chat, turns, 'no'))
  const next = await write(run, path, talk, chat, view)
  return { ...next, chat: { ...next.chat, isClosed: true } }
}

/** As `writeMessages`, if the template takes these messages alone; else they wait for those that come next. */
export async function writeIfTaken<T extends Talk>(run: RunContext, path: string, talk: T): Promise<T> {
  try {
    return await writeMessages(run, path, talk)
  } catch (error) {
    if (isRefusal(error)) return talk
    throw error
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof CapabilityError && error.code === 'CHAT_TEMPLATE_INVALID'
}

/**
 * At the end of a run: system messages may wait for a user's, where the template takes them together only. Nothing that
 * was generated is lost because the template refuses it, as some do an empty answer: only what ends the last message is
 * not written.
 */
export async function writeLast<T extends Talk>(run: RunContext, path: string, talk: T): Promise<T> {
  const { messages, inText } = talk.chat
  try {
    return await writeMessages(run, path, talk)
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (inText === messages.length) {
      const message = `The conversation has no end: ${(error as CapabilityError).message}`
      run.listener.emit({ type: 'warning', hole: path, message })
      return talk
    }
    if (messages.some(({ role }) => role !== 'system')) throw error
    await rendered(run, begun(run, talk), [...messages, { role: 'user', content: standIn }], 'no')
    return talk
  }
}

/** Writes what comes before the open message's content, and what is known of that. */
export async function writeOpening<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  open: OpenMessage,
): Promise<T> {
  const chat = begun(run, talk)
  const view = await viewOf(run, chat, openingOf(run, chat, open.head))
  const next = await write(run, path, talk, chat, view)
  const start = next.transcript.pieces
  let { transcript } = next
  for (const piece of open.pieces) transcript = await append(run, path, transcript, piece)
  return { ...next, transcript, chat: { ...next.chat, isClosed: false, open: { ...open, start } } }
}

/** Writes what a rendering of the messages comes to; it may be one of more than these. Throws as `writeMessages`. */
export async function writeText<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  render: RenderTurns,
): Promise<T> {
  const chat = begun(run, talk)
  const next = await write(run, path, talk, chat, await viewOf(run, chat, render))
  return { ...next, chat: { ...next.chat, isClosed: false } }
}

/** As it would be written. */
export async function textOfTurns(run: RunContext, talk: Talk, render: RenderTurns): Promise<string> {
  const chat = begun(run, talk)
  const view = await viewOf(run, chat, render)
  return view(chat.messages.slice(chat.frozen).map(({ content }) => content))
}

/** The template's text for these messages; gives others their turn first, since it takes its time. */
export async function rendered(
  run: RunContext,
  { time, variables, calls }: Chat,
  turns: readonly ChatMessage[],
  opensAssistant: 'yes' | 'no',
): Promise<string> {
  if (run.chat === null || time === null) throw new TypeError('messages are refused before they are rendered')
  const turn = run.pace.take((turns.length + 1) * messageCost)
  if (turn !== null) await turn
  const given = calls === null ? {} : { arguments: calls.arguments }
  return renderedAs(run.chat, calls)(turns, { opensAssistant, time, variables, ...given })
}

/** The conversation as this run goes on with it. */
function begun({ history }: RunContext, { chat, transcript }: Talk): Chat {
  const kept = history === 'verbatim' && chat.inText > chat.frozen ? frozen(chat, transcript.pieces) : chat
  return { ...kept, base: kept.text === '' ? transcript.pieces : kept.base, time: kept.time ?? new Date() }
}

export type RenderTurns = (turns: readonly ChatMessage[]) => Promise<string>

/** For an assistant what the template opens an answer with, if it opens answers; else what it writes before content. */
function openingOf(run: RunContext, chat: Chat, head: MessageHead): RenderTurns {
  const answer: RenderTurns = (turns) => rendered(run, chat, turns, 'yes')
  const beforeContent: RenderTurns = async (turns) => {
    const all = await rendered(run, chat, [...turns, { ...head, content: standIn }], 'no')
    const at = all.lastIndexOf(standIn)
    if (at < 0) throw leftOut(head.role)
    return all.slice(0, at)
  }
  let opens: boolean | null = null
  return async (turns) => {
    if (opens === null) {
      const isAnswer = head.role === 'assistant' && turns.length > 0
      const text = isAnswer ? await answer(turns) : null
      opens = text !== null && text !== (await rendered(run, chat, turns, 'no'))
      if (text !== null && opens) return text
    }
    return opens ? answer(turns) : beforeContent(turns)
  }
}

function leftOut(role: string): CapabilityError {
  return new CapabilityError(
    'CHAT_TEMPLATE_UNUSABLE',
    `The model's chat template leaves out the content of a ${role} message.`,
  )
}

/** What a template makes of the contents that are not frozen, from where the frozen text ends. */
async function viewOf(run: RunContext, chat: Chat, render: RenderTurns): Promise<RenderContents> {
  const { messages, frozen: kept } = chat
  const last = messages[kept - 1]
  if (last === undefined) {
    const { startText } = run.engine
    return async (contents) => {
      const text = await render(messages.map((message, index) => said(message, contents[index]!)))
      // The transcript has it already, and never twice.
      return text.startsWith(startText) ? text.slice(startText.length) : text
    }
  }
  const before = messages.slice(0, kept).map((message) => said(message, standInFrozen))
  const afterFrozen = (text: string): string => {
    const at = text.lastIndexOf(standInFrozen)
    if (at < 0) throw leftOut(last.role)
    return text.slice(at + standInFrozen.length)
  }
  const tail = chat.tail ?? afterFrozen(await rendered(run, chat, before, 'no'))
  return async (contents) => {
    const turns = messages.slice(kept).map((message, index) => said(message, contents[index]!))
    const text = afterFrozen(await render([...before, ...turns]))
    return text.slice(commonStart(tail, text))
  }
}

/** What the template sees of a message, with another content. */
function said(message: FinishedMessage, content: string): ChatMessage {
  return { ...headOf(message), content }
}

function commonStart(left: string, right: string): number {
  let length = 0
  while (length < left.length && left[length] === right[length]) length += 1
  return length
}

async function write<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  chat: Chat,
  view: RenderContents,
): Promise<T> {
  const open = chat.messages.slice(chat.frozen)
  const text = await view(open.map(({ content }) => content))
  const isLonger = text.startsWith(chat.text)
  // Where nothing but marks is new, nobody has to look for contents.
  const onlyMarks = isLonger && chat.inText === chat.messages.length
  const pieces: readonly Piece[] = onlyMarks
    ? [{ kind: 'mark', hole: null, text }]
    : await chatPieces(view, open, text, run.engine)
  let { transcript } = talk
  let left: readonly Piece[]
  if (isLonger) left = behind(pieces, chat.text.length)
  else {
    const all = [...chat.base.since(0), ...pieces]
    const written = all.map((piece) => ({ text: piece.text, as: writtenAs(piece) }))
    const { position, length } = run.session.rewrite(transcript.position, written)
    run.listener.emit({ type: 'rewrite', kept: length })
    transcript = { position, pieces: piecesUntil(all, length) }
    left = behind(all, length)
  }
  transcript = await appendAll(run, path, transcript, left, await endOfHead(run, transcript, chat, text))
  return { ...talk, transcript, chat: { ...chat, text, inText: chat.messages.length } }
}

/** How much text is left where the first message ends, as the template writes that alone; null: it is not known. */
async function endOfHead(
  run: RunContext,
  transcript: TranscriptState,
  chat: Chat,
  text: string,
): Promise<number | null> {
  const [first] = chat.messages
  if (first === undefined || transcript.position.head > 0 || chat.frozen > 0) return null
  let alone = ''
  try {
    const render: RenderTurns = (turns) => rendered(run, chat, turns, 'no')
    const view = await viewOf(run, { ...chat, messages: [first] }, render)
    alone = await view([first.content])
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
  if (alone !== '' && text.startsWith(alone)) return text.length - alone.length
  const content = first.content.trim()
  const at = text.indexOf(content)
  return at < 0 ? null : text.length - at - content.length
}

/** `headEnd`: how much text is left where the transcript's head ends. */
async function appendAll(
  run: RunContext,
  path: string,
  transcript: TranscriptState,
  pieces: readonly Piece[],
  headEnd: number | null,
): Promise<TranscriptState> {
  let next = transcript
  let left = pieces.reduce((sum, { text }) => sum + text.length, 0)
  for (const piece of pieces) {
    const cut = left - (headEnd ?? left)
    const endsHead = cut > 0 && cut <= piece.text.length
    if (endsHead) {
      next = await append(run, path, next, { ...piece, text: piece.text.slice(0, cut) })
      next = { ...next, position: run.session.keepHead(next.position) }
    }
    next = await append(run, path, next, endsHead ? { ...piece, text: piece.text.slice(cut) } : piece)
    left -= piece.text.length
  }
  return next
}

async function append(
  run: RunContext,
  path: string,
  transcript: TranscriptState,
  piece: Piece,
): Promise<TranscriptState> {
  if (piece.text === '') return transcript
  const next = await appended(run.session, transcript, piece, run.signal)
  run.listener.emit({ type: 'text', path, hole: piece.hole, text: piece.text })
  return next
}

/** The pieces of a text from a place in it on. */
export function behind(pieces: readonly Piece[], from: number): Piece[] {
  const left: Piece[] = []
  let at = 0
  for (const piece of pieces) {
    const text = piece.text.slice(Math.max(0, from - at))
    at += piece.text.length
    if (text !== '') left.push({ ...piece, text })
  }
  return left
}

/** The pieces of a text up to a place in it. */
function piecesUntil(pieces: readonly Piece[], until: number): Pieces {
  let kept = Pieces.none
  let at = 0
  for (const piece of pieces) {
    kept = kept.with({ ...piece, text: piece.text.slice(0, Math.max(0, until - at)) })
    at += piece.text.length
  }
  return kept
}
