// Several fills of one prompt side by side, of which one is kept: the best by a score, or the one most agree on.
// Decides only which wins. Candidates differ by their seeds; with temperature 0 they are all the same.
import { FillError } from '../base/errors.js'
import type { Choose } from '../prompt/part.js'
import { walkBeam } from './beam.js'
import { promptParts } from './branches.js'
import { writeIfTaken } from './chat-write.js'
import type { FollowPart } from './follow.js'
import { deeper, type Scope, TriedPaths } from './scope.js'
import { sideBySide } from './side-by-side.js'
import { settleOrAbort } from './signal.js'
import { textBehind, textOf } from './transcript.js'
import { type WalkState, walk } from './walk.js'

export async function walkChoose(
  scope: Scope,
  state: WalkState,
  part: Choose,
  after: Iterable<FollowPart>,
): Promise<WalkState> {
  const { method } = part
  if (method.kind === 'beam') return walkBeam(scope, state, part, method.width, after)
  const candidates = await fillCandidates(scope, state, part, method.count, after)
  const texts = candidates.map((end) => textBehind(state.transcript, end.transcript))
  // The winner's tokens are kept in the end, and count as such.
  const from = state.transcript.tokens.length
  for (const end of candidates) scope.run.ledger.reject(end.transcript, from)
  if (method.kind === 'vote') return candidates[mostFrequent(texts)]!
  let best: { readonly score: number; readonly end: WalkState } | null = null
  for (const [index, end] of candidates.entries()) {
    const detail = {
      text: texts[index]!,
      tokens: end.transcript.tokens.length - state.transcript.tokens.length,
    }
    const values = end.values.since(state.values)
    const score: unknown = await settleOrAbort(scope.run.signal, () => method.score(values, detail))
    if (typeof score !== 'number' || Number.isNaN(score)) continue
    if (best === null || score > best.score) best = { score, end }
  }
  if (best !== null) return best.end
  throw new FillError('SCORES_INVALID', `No candidate of ${candidates.length} got a number as its score.`, {
    hole: scope.prefix === '' ? '(prompt)' : scope.prefix.slice(0, -1),
    attempts: texts.map((text) => ({ text, reason: 'its score was not a number' })),
    partialText: textOf(state.transcript),
  })
}

async function fillCandidates(
  scope: Scope,
  state: WalkState,
  part: Choose,
  count: number,
  after: Iterable<FollowPart>,
): Promise<WalkState[]> {
  return sideBySide(scope.run, count, async (index, run) => {
    const candidate = {
      ...deeper(scope),
      run,
      seedPrefix: `${scope.seedPrefix}#${index}/`,
      tried: new TriedPaths(),
    }
    const end = await walk(candidate, state, promptParts(part.prompt), after)
    return writeIfTaken(run, candidate.prefix, end)
  })
}

/** Index of the first text among those that came up most often. */
function mostFrequent(texts: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  let best = 0
  for (const [index, text] of texts.entries()) {
    if (counts.get(text)! > counts.get(texts[best]!)!) best = index
  }
  return best
}
