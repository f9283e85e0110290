// How probable it is that a mark of the chat template comes next. Decides at which token that is told: the first one in
// which the mark differs from what comes otherwise. Special tokens, which nothing draws under a mask, are judged so.
import type { MarkRequest } from '../../options.js'
import type { SessionContext } from '../session-context.js'
import type { Spelled } from '../text/position.js'
import { withRoom } from '../write/shift.js'
import { type Edit, scoreAfter, writeOption } from './score.js'

/** Throws CapabilityError START_EMPTY, CapacityError CONTEXT_FULL. */
export async function markProbability(
  context: SessionContext,
  start: Spelled,
  request: MarkRequest,
): Promise<number> {
  const { mark, otherwise, signal } = request
  if (mark === '')
    return 1 - (await markProbability(context, start, { ...request, mark: otherwise, otherwise: mark }))
  const texts = otherwise === '' ? [mark] : [mark, otherwise]
  // No text has more tokens than bytes.
  const bytes = texts.reduce((most, text) => Math.max(most, Buffer.byteLength(text)), 0)
  const before = context.overflow === null ? start : await withRoom(context, start, bytes, signal)
  const edits: Edit[] = []
  for (const text of texts) edits.push(await writeOption(context, before, { text, as: 'mark' }, ''))
  const { result } = await scoreAfter(context, before, edits, { best: 0, signal })
  const [own, other] = edits.map((edit) => behind(before, edits, edit))
  const [ownScores, otherScores] = result.logprobs
  context.books.countUncached(before.tokens.length + own!.length)
  let index = 0
  while (index < own!.length && own![index] === other?.[index]) index += 1
  const yes = share(ownScores![index])
  const no = share(otherScores?.[index])
  if (other === undefined || index >= other.length) return yes
  if (index >= own!.length) return 1 - no
  return yes + no === 0 ? 0.5 : yes / (yes + no)
}

/** The tokens that `scoreAfter` has scores of. */
function behind(before: Spelled, edits: readonly Edit[], { keep, added }: Edit): readonly number[] {
  const kept = Math.min(...edits.map((edit) => edit.keep))
  return [...before.tokens.subarray(kept, keep), ...added]
}

function share(logprob: number | undefined): number {
  return logprob === undefined ? 0 : Math.exp(logprob)
}
