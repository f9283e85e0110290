// Writes the messages of a conversation into the transcript. Decides when a template is rendered, what of the
// transcript stays when the template now writes earlier messages another way, and what is tokenised as marks. Values
// stay what they were captured as.
import type { CapabilityError } from '../../base/errors.js'
import { type Chat, frozen, isPending, type OpenMessage } from '../state/chat.js'
import { GrowingList } from '../state/growing-list.js'
import { ownText, type Piece } from '../state/pieces.js'
import type { RunContext } from '../state/run-context.js'
import { appended, type TranscriptState, writtenAs } from '../state/transcript.js'
import { fieldsOf } from './chat-fields.js'
import { chatPieces, type RenderFields } from './chat-text.js'
import { openingOf } from './opening.js'
import { isRefusal, type RenderTurns, rendered, standIn } from './render.js'
import { type ThoughtOpening, thoughtOpening } from './thought.js'
import { hiddenTo, requireCalls, viewOf } from './view.js'

/** The part of a walk's state that messages are. */
export interface Talk {
  readonly transcript: TranscriptState
  readonly chat: Chat
}

/**
 * Writes the finished messages as the template does, with nothing after them. `path`: of the walk, for events. Throws
 * CapabilityError where the template refuses them, CapacityError.
 */
export async function writeMessages<T extends Talk>(run: RunContext, path: string, talk: T): Promise<T> {
  if (talk.chat.open !== null || !isPending(talk.chat)) return talk
  const chat = begun(run, talk)
  const next = await write(run, path, talk, chat, (turns) => rendered(run, chat, turns, 'no'))
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
    const turns = messages.since(0)
    if (turns.some(({ role }) => role !== 'system' && role !== 'developer')) throw error
    await rendered(run, begun(run, talk), [...turns, { role: 'user', content: standIn }], 'no')
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
  if (open.thoughts === null) {
    const chat = begun(run, talk)
    const next = await writeText(run, path, talk, openingOf(run, chat, open.head))
    const start = next.transcript.pieces
    return writeContent(run, path, next, { ...open, start })
  }
  const { talk: next, mark } = await writeThoughtOpening(run, path, talk, open)
  const start = next.transcript.pieces
  let { transcript } = next
  for (const piece of open.thoughts) transcript = await append(run, path, transcript, piece)
  return endThought(run, path, { ...next, transcript }, { ...open, start }, mark)
}

/** Writes what comes before the open message's thought; `mark` ends it. */
export async function writeThoughtOpening<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  { head }: OpenMessage,
): Promise<{ readonly talk: T; readonly mark: string }> {
  const chat = begun(run, talk)
  let opening: ThoughtOpening | null = null
  const next = await writeText(run, path, talk, async (turns) => {
    opening ??= await thoughtOpening(run, chat, head, turns)
    return opening.before(turns)
  })
  return { talk: next, mark: opening!.mark }
}

/** Writes what ends the open message's thought, and what is known of the content. */
export async function endThought<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  open: OpenMessage,
  mark: string,
): Promise<T> {
  const transcript = await append(run, path, talk.transcript, { kind: 'mark', hole: null, text: mark })
  return writeContent(run, path, { ...talk, transcript }, { ...open, body: transcript.pieces })
}

/** Writes what a rendering of the messages comes to; it may be one of more than these. Throws as `writeMessages`. */
export async function writeText<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  opening: RenderTurns,
): Promise<T> {
  const chat = begun(run, talk)
  const next = await write(run, path, talk, chat, opening)
  return { ...next, chat: { ...next.chat, isClosed: false } }
}

/** A rendering of the messages as it would be written. */
export async function textOfTurns(run: RunContext, talk: Talk, render: RenderTurns): Promise<string> {
  const chat = begun(run, talk)
  const view = await viewOf(run, chat, render)
  return view()
}

async function writeContent<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  open: OpenMessage,
): Promise<T> {
  let { transcript } = talk
  for (const piece of open.pieces) transcript = await append(run, path, transcript, piece)
  return { ...talk, transcript, chat: { ...talk.chat, open } }
}

/** The conversation as this run goes on with it. */
function begun({ history }: RunContext, { chat, transcript }: Talk): Chat {
  const kept = history === 'verbatim' && chat.inText > chat.frozen ? frozen(chat, transcript.pieces) : chat
  return { ...kept, base: kept.text === '' ? transcript.pieces : kept.base, time: kept.time ?? new Date() }
}

async function write<T extends Talk>(
  run: RunContext,
  path: string,
  talk: T,
  chat: Chat,
  render: RenderTurns,
): Promise<T> {
  const view = await viewOf(run, chat, render)
  const text = await view()
  await requireCalls(run, chat, render, text)
  const isLonger = text.startsWith(chat.text)
  // Where nothing but marks is new, nobody has to look for contents.
  const onlyMarks = isLonger && chat.inText === chat.messages.length
  const pieces: readonly Piece[] = onlyMarks
    ? [{ kind: 'mark', hole: null, text }]
    : await piecesOfChat(run, chat, view, text)
  let { transcript } = talk
  let left: readonly Piece[]
  if (isLonger) left = behind(pieces, chat.text.length)
  else {
    const all = [...chat.base.since(0), ...pieces]
    const written = all.map((piece) => ({ text: piece.text, as: writtenAs(piece) }))
    const { position, length } = run.session.rewrite(transcript.position, written)
    run.listener.emit({ type: 'rewrite', kept: length })
    transcript = { position, pieces: transcript.pieces.untilCharacter(length) }
    left = behind(all, length)
  }
  transcript = await appendAll(run, path, transcript, left, await endOfHead(run, transcript, chat, text))
  return { ...talk, transcript, chat: { ...chat, text, inText: chat.messages.length } }
}

/** The text of the messages that are not frozen in stretches. */
function piecesOfChat(
  run: RunContext,
  { messages, frozen: kept, inText }: Chat,
  view: RenderFields,
  text: string,
): Promise<readonly Piece[]> {
  const standing = fieldsOf(messages.until(inText).since(kept), hiddenTo(run))
  const fields = [...standing, ...fieldsOf(messages.since(Math.max(kept, inText)), hiddenTo(run))]
  return chatPieces(view, fields, standing.length, text, run.engine)
}

/** How much text is left where the first message ends, as the template writes that alone; null: it is not known. */
async function endOfHead(
  run: RunContext,
  transcript: TranscriptState,
  chat: Chat,
  text: string,
): Promise<number | null> {
  const [first] = chat.messages.until(1).since(0)
  if (first === undefined || transcript.position.head > 0 || chat.frozen > 0) return null
  let alone = ''
  try {
    const render: RenderTurns = (turns) => rendered(run, chat, turns, 'no')
    const view = await viewOf(run, { ...chat, messages: GrowingList.of([first]) }, render)
    alone = await view()
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
    const isSlice = piece.kind === 'mark' || text.length < piece.text.length
    if (text !== '') left.push({ ...piece, text: isSlice ? ownText(text) : text })
  }
  return left
}
