// A conversation as JSON has it, and back: text, tokens, values, messages, and the places it may be taken back to.
// Decides that nothing is written twice that the text or an earlier list has, and that what was changed since it was
// written is refused. Cells are a cache and stay behind.
import { UsageError } from '../../base/errors.js'
import { isRecord } from '../../base/seen.js'
import type { RunStart, Shared } from '../request.js'
import type { Chat } from '../state/chat.js'
import type { Mark } from '../state/marks.js'
import { type Piece, Pieces } from '../state/pieces.js'
import { type Captured, Values } from '../state/values.js'
import { listsOf, Rows } from './lists.js'
import { plain, unplain } from './plain.js'
import { chatIn, pieceOf, rowOf, type SavedChat, type SavedPiece, savedChat } from './saved-chat.js'
import { type Sealed, sealed, unsealed } from './sealed.js'

const version = 1

type Row<R> = readonly [before: number, row: R]
type SavedValue = Captured
type SavedMark = Pick<Mark, 'hole' | 'messages' | 'hasText'> & {
  readonly pieces: number
  readonly values: number
  readonly outer: number
  readonly adapters: Readonly<Record<string, number>>
  readonly chat: SavedChat
}

interface SavedParts {
  /** The engine's `vocabularyId`. */
  readonly vocabulary: string
  readonly adapters: Readonly<Record<string, number>>
  readonly position: unknown
  readonly pieces: readonly Row<SavedPiece>[]
  readonly values: readonly Row<SavedValue>[]
  /** Values by name, as changes of an earlier record. */
  readonly records: readonly Row<unknown>[]
  /** Numbers of the list of pieces and of the record that the conversation ends with. */
  readonly transcript: number
  readonly captured: number
  readonly chat: SavedChat
  readonly marks: readonly SavedMark[]
}

/** What `restoredRun` reads. */
export type SavedRun = Sealed<SavedParts>

/** Throws UsageError VALUE_UNSAVABLE. */
export function savedRun(shared: Shared, start: RunStart): SavedRun {
  const { engine } = shared
  const writer = new Writer(shared)
  const { position, pieces } = start.transcript
  const marks: Mark[] = []
  for (let mark = start.marks; mark !== null; mark = mark.before) marks.push(mark)
  const written = {
    marks: marks.reverse().map((mark) => writer.mark(mark)),
    transcript: writer.pieces.numberOf(pieces),
    captured: writer.record(start.values),
    chat: writer.chat(start.chat),
  }
  return sealed<SavedParts>(version, {
    vocabulary: engine.vocabularyId(),
    adapters: shared.adapters.named(engine.adaptersOf(position)),
    position: engine.saved(position),
    pieces: writer.pieces.rows,
    values: writer.values.rows,
    records: writer.records,
    ...written,
  })
}

/** Throws UsageError SAVED_INVALID, MODEL_DIFFERS, CapacityError CONTEXT_FULL, PromptError ADAPTER_UNKNOWN. */
export function restoredRun({ engine, adapters }: Shared, json: unknown): RunStart {
  const outer = isRecord(json) && 'saved' in json ? json.saved : json
  const saved = unsealed<SavedParts>('restore()', version, outer)
  if (saved.vocabulary !== engine.vocabularyId()) {
    throw new UsageError(
      'MODEL_DIFFERS',
      'The saved transcript was made with a model of another vocabulary; expected one with the same tokens. ' +
        'A conversation goes on with any model by its messages.',
    )
  }
  const pieces = listsOf(saved.pieces, Pieces.none, (before, row) => before.with(pieceOf(row)))
  const values = listsOf(saved.values, Values.none, (before, [name, value, as]) =>
    as === 'item' ? before.withItem(name, unplain(value)) : before.with(name, unplain(value)),
  )
  const records = listsOf(saved.records, {} as Record<string, unknown>, (before, changed) => ({
    ...before,
    ...(unplain(changed) as object),
  }))
  let marks: Mark | null = null
  for (const mark of saved.marks) {
    const at = pieces[mark.pieces]!
    marks = {
      ...mark,
      before: marks,
      pieces: at,
      values: values[mark.values]!,
      outer: records[mark.outer]!,
      adapters: adapters.chosen(mark.adapters),
      chat: { ...chatIn(mark.chat, pieces, at), text: '' },
    }
  }
  const all = pieces[saved.transcript]!
  const position = engine.restored(saved.position, adapters.chosen(saved.adapters))
  const chat = chatIn(saved.chat, pieces, all)
  return { transcript: { position, pieces: all }, chat, values: records[saved.captured]!, marks }
}

class Writer {
  readonly #shared: Shared
  readonly pieces = new Rows<Piece, SavedPiece>(rowOf)
  readonly values = new Rows<SavedValue, SavedValue>(([name, value, as]) => [name, plain(value), as])
  readonly records: Row<unknown>[] = []
  readonly #numbers = new Map<object, number>()
  #last: Readonly<Record<string, unknown>> = {}

  constructor(shared: Shared) {
    this.#shared = shared
  }

  mark({ hole, messages, hasText, pieces, values, outer, adapters, chat }: Mark): SavedMark {
    return {
      hole,
      messages,
      hasText,
      pieces: this.pieces.numberOf(pieces),
      values: this.values.numberOf(values),
      outer: this.record(outer),
      adapters: this.#shared.adapters.named(adapters),
      chat: this.chat(chat),
    }
  }

  chat(chat: Chat): SavedChat {
    return savedChat(this.pieces, chat)
  }

  /** Mostly one record is an earlier one with more in it. */
  record(record: Readonly<Record<string, unknown>>): number {
    const known = this.#numbers.get(record)
    if (known !== undefined) return known
    const last = this.#last
    const grows = Object.keys(last).every((name) => Object.hasOwn(record, name))
    const changed = Object.entries(record).filter(
      ([name, value]) => !grows || !Object.hasOwn(last, name) || !Object.is(last[name], value),
    )
    const before = grows ? this.records.length : 0
    const number = this.records.push([before, plain(Object.fromEntries(changed))])
    this.#numbers.set(record, number)
    this.#last = record
    return number
  }
}
