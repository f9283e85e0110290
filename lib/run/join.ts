// Puts texts that went on from one transcript behind it, as branches are joined. Decides what they are known by, and
// that each of them did begin with it. Computes nothing.
import { Pace } from '../async/pace.js'
import { refuseAborted } from '../async/signal.js'
import { UsageError } from '../base/errors.js'
import { noTokens } from '../engine/ledger.js'
import type { Join } from '../prompt/part.js'
import type { RunResult, Shared } from './run.js'
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
  { engine, turns }: Shared,
  base: RunResult,
  parts: readonly JoinedPart[],
  join: Join,
  signal: AbortSignal,
): Promise<RunResult> {
  const began = performance.now()
  refuseAborted(signal)
  const text = textOf(base.transcript)
  for (const { name, result } of parts) {
    if (textOf(result.transcript).startsWith(text)) continue
    throw new UsageError(
      'JOIN_INVALID',
      `join() got ${name}, whose text does not begin with that of the transcript it is joined to; join what went on ` +
        'from that one.',
    )
  }
  const session = engine.session({ overflow: null, draws: 'known', pace: new Pace(signal), turns })
  const ends = parts.map(({ result }) => result.transcript)
  const transcript = await joined({ session, signal }, base.transcript, ends, join)
  const before = { ...base, values: Values.none }
  const { chat } = settled(before, { ...before, transcript })
  const values = Object.fromEntries(parts.map(({ name, result }) => [name, result.values]))
  return {
    transcript,
    chat,
    marks: base.marks,
    values: { ...base.values, ...values },
    ledger: noTokens,
    ends: new Map(),
    choices: new Map(),
    votes: new Map(),
    logprobs: new Map(),
    decodeCalls: 0,
    ms: performance.now() - began,
  }
}
