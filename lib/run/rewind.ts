// Takes a conversation back to just before a hole. Decides which hole a name or a number means; the tokens are those of
// the transcript as far as they spell the text up to there, and the rest of it is spelled as it was. Computes nothing.
import { Pace } from '../async/pace.js'
import { refuseAborted } from '../async/signal.js'
import { UsageError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import { behind } from './chat/chat-write.js'
import { notRun } from './not-run.js'
import type { RunResult, Shared } from './request.js'
import { chatAt, type Mark } from './state/marks.js'
import { writtenAs } from './state/transcript.js'

/** Throws UsageError HOLE_UNKNOWN; CapacityError CONTEXT_FULL where dropped tokens would have to come back. */
export async function rewound(
  { engine, turns }: Shared,
  from: RunResult,
  hole: unknown,
  signal: AbortSignal,
): Promise<RunResult> {
  const began = performance.now()
  const mark = markOf(from.marks, hole)
  refuseAborted(signal)
  const session = engine.session({
    overflow: null,
    draws: 'known',
    room: 'context',
    looked: 0,
    pace: new Pace(signal),
    turns,
  })
  const before = engine.withAdapters(from.transcript.position, mark.adapters)
  const pieces = mark.pieces.since(0)
  const all = pieces.map((piece) => ({ text: piece.text, as: writtenAs(piece) }))
  const kept = session.rewrite(before, all)
  let { position } = kept
  for (const piece of behind(pieces, kept.length)) {
    position = await session.append(position, { text: piece.text, as: writtenAs(piece) }, signal)
  }
  const start = {
    transcript: { position, pieces: mark.pieces },
    chat: chatAt(mark, from.chat),
    values: mark.values.all(mark.outer),
    marks: mark.before,
  }
  return notRun(start, began)
}

/** Names told in one sentence. */
const namesMax = 20

function markOf(last: Mark | null, hole: unknown): Mark {
  const marks: Mark[] = []
  for (let mark = last; mark !== null; mark = mark.before) marks.push(mark)
  marks.reverse()
  const named = marks.findLast((mark) => mark.hole === hole)
  const found = Number.isSafeInteger(hole) ? marks.at(hole as number) : named
  if (found !== undefined) return found
  const names = [...new Set(marks.map((mark) => mark.hole))].slice(0, namesMax)
  throw new UsageError(
    'HOLE_UNKNOWN',
    `at() got ${shown(hole)}; expected the name of one of its holes (${names.join(', ') || 'there is none'}; ` +
      `not in branches, items or turns), or a number below ${marks.length}, negative ones counted from the end.`,
  )
}
