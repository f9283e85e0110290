// Several fills of one prompt side by side, of which one is kept: the best by a score, or the one most agree with.
// Decides only which wins. Candidates differ by their seeds; with temperature 0 they are all the same.

import { sideBySide } from '../../async/side-by-side.js'
import { settleOrAbort } from '../../async/signal.js'
import { FillError } from '../../base/errors.js'
import type { Choose } from '../../prompt/part.js'
import { writeIfTaken } from '../chat/chat-write.js'
import type { Listener, RunEvent } from '../report/event.js'
import type { RankedFill } from '../report/results.js'
import { adopt, apart, type RunContext } from '../state/run-context.js'
import { deeper, type Scope } from '../state/scope.js'
import { textBehind, textOf } from '../state/transcript.js'
import { Tried } from '../state/tried.js'
import type { FollowPart, Walk, WalkState } from '../state/walk-state.js'
import { walkBeam } from './beam.js'
import { promptParts } from './branches.js'
import { type Candidate, pathOfVotes, voteFor } from './vote.js'

export async function walkChoose(
  walk: Walk,
  scope: Scope,
  state: WalkState,
  part: Choose,
  after: Iterable<FollowPart>,
): Promise<WalkState> {
  const { method } = part
  if (method.kind === 'beam') return walkBeam(walk, scope, state, part.prompt, method.count, after)
  const filled = await fillCandidates(walk, scope, state, part, method.count, after)
  const ends = filled.map(({ end }) => end)
  // The winner's tokens are kept in the end, and count as such.
  for (const { end, run } of filled) {
    for (const { position } of [end.transcript, ...run.kept.map(({ transcript }) => transcript)]) {
      run.session.reject(position, state.transcript.position)
    }
  }
  const candidates = filled.map(({ end, run }) => ({
    values: end.values.since(state.values),
    text: textBehind(state.transcript, end.transcript),
    tokens: end.transcript.position.length - state.transcript.position.length,
    logprob: [...run.logprobs.values()].flat().reduce((sum, one) => sum + one.logprob, 0),
  }))
  const kept = (winner: number): WalkState => {
    scope.run.listener.emit({ type: 'kept', path: scope.prefix, fill: winner })
    adopt(scope.run, filled[winner]!.run)
    return ends[winner]!
  }
  if (method.kind === 'best') {
    const { score } = method
    const scoreOf = ({ values, text, tokens, logprob }: Candidate): unknown =>
      score === 'logprob' ? logprob : score(values, { text, tokens })
    return kept(await bestOf(scope, state, candidates, scoreOf))
  }
  const { winner, counts } = await voteFor(scope, textOf(state.transcript), candidates, method.by)
  scope.run.votes.set(pathOfVotes(scope, candidates), counts)
  return kept(winner)
}

/** Index of the candidate with the highest score, the first among equals; notes how all of them rank. */
async function bestOf(
  scope: Scope,
  state: WalkState,
  candidates: readonly Candidate[],
  scoreOf: (candidate: Candidate) => unknown,
): Promise<number> {
  const scored: { readonly score: number; readonly index: number }[] = []
  for (const [index, candidate] of candidates.entries()) {
    const score = await settleOrAbort(scope.run.signal, () => scoreOf(candidate))
    if (typeof score !== 'number' || Number.isNaN(score)) continue
    scored.push({ score, index })
  }
  scored.sort((one, other) => other.score - one.score || one.index - other.index)
  const ranked = scored.map(({ score, index }): RankedFill => {
    const { text, values } = candidates[index]!
    return { score, text, values }
  })
  scope.run.ranked.set(pathOfVotes(scope, candidates), ranked)
  const [best] = scored
  if (best !== undefined) return best.index
  throw new FillError('SCORES_INVALID', `No candidate of ${candidates.length} got a number as its score.`, {
    hole: scope.prefix === '' ? '(prompt)' : scope.prefix.slice(0, -1),
    attempts: candidates.map(({ text }) => ({ text, reason: 'its score was not a number' })),
    partialText: textOf(state.transcript),
  })
}

async function fillCandidates(
  walk: Walk,
  scope: Scope,
  state: WalkState,
  part: Choose,
  count: number,
  after: Iterable<FollowPart>,
): Promise<{ readonly end: WalkState; readonly run: RunContext }[]> {
  const { rounds } = scope.tried
  const { method } = part
  const ranks = method.kind === 'best' && method.score === 'logprob' ? 'by logprob' : scope.run.ranks
  return sideBySide(scope.run, count, async (index, signal) => {
    const run = apart({ ...scope.run, signal, ranks, listener: inCandidate(scope.run.listener, index) })
    const candidate = {
      ...deeper(scope),
      run,
      // A prompt that was rejected as a whole draws others.
      seedPrefix: `${scope.seedPrefix}#${index}${rounds === 0 ? '' : `.${rounds}`}/`,
      tried: new Tried(),
    }
    const end = await walk(candidate, state, promptParts(part.prompt), after)
    return { run, end: await writeIfTaken(run, candidate.prefix, end) }
  })
}

/** Whoever listens can tell the fills apart, which have the same paths. */
function inCandidate(listener: Listener, index: number): Listener {
  const emit = (event: RunEvent): void =>
    listener.emit({ ...event, candidate: [index, ...(event.candidate ?? [])] })
  return { ...listener, emit }
}
