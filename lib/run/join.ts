// Puts texts that went on from one transcript behind it, as branches are joined. Decides what they are known by, and
// that each of them did begin with it. Computes nothing.
import { Pace } from '../async/pace.js'
import { UsageError } from '../base/errors.js'
import type { Join } from '../prompt/part.js'
import { notRun } from './not-run.js'
import type { RunResult, Shared } from './request.js'
import { textOf } from './state/transcript.js'
import { Values } from './state/values.js'
import { joined } from './walk/branches.js'
import { settled } from './walk/messages.js'

/** A run that went on from the transcript. */
export interface JoinedPart {
  /** Its values stand under this name. */
  readonly name: string
  readonly result: RunResult
}

/** Throws UsageError JOIN_INVALID; CapacityError CONTEXT_FULL, what `join` throws. */
export async function joinedRun(
  { engine, turns, closing }: Shared,
  base: RunResult,
  parts: readonly JoinedPart[],
  join: Join,
): Promise<RunResult> {
  const began = performance.now()
  const text = textOf(base.transcript)
  for (const { name, result } of parts) {
    if (textOf(result.transcript).startsWith(text)) continue
    throw new UsageError(
      'JOIN_INVALID',
      `join() got ${name}, whose text does not begin with that of the transcript it is joined to; join what went on ` +
        'from that one.',
    )
  }
  const session = engine.session({
    overflow: null,
    draws: 'known',
    room: 'context',
    looked: 0,
    pace: new Pace(closing),
    turns,
  })
  const ends = parts.map(({ result }) => result.transcript)
  const transcript = await joined({ session, signal: closing }, base.transcript, ends, join)
  const before = { ...base, values: Values.none }
  const { chat } = settled(before, { ...before, transcript })
  const values = Object.fromEntries(parts.map(({ name, result }) => [name, result.values]))
  const stand = { transcript, chat, marks: base.marks, values: { ...base.values, ...values } }
  return notRun(stand, began)
}
