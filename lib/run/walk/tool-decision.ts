// Whether a mark comes next, where the model decides between two. Decides how its probability becomes a yes or a no:
// by the seed at the run's temperature, the more probable way at 0.
import type { Offer } from '../chat/call-write.js'
import { attemptSeed } from '../hole/seed.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { WalkState } from '../state/walk-state.js'

/** `name`: of the decision, `calls[0]?`; `times`: how often it may have been asked before. */
export async function comes(
  scope: Scope,
  { talk, mark, otherwise }: Offer<WalkState>,
  name: string,
  times: number,
): Promise<boolean> {
  const { session, signal, sampling, seed } = scope.run
  const path = pathOf(scope, name)
  const probability = await session.probability(talk.transcript.position, { path, mark, otherwise, signal })
  const { temperature = 0 } = sampling
  if (temperature === 0) return probability >= 0.5
  const [yes, no] = [probability, 1 - probability].map((share) => share ** (1 / temperature)) as [
    number,
    number,
  ]
  const drawn = attemptSeed(seed, scope.seedPrefix + path, times) / 2 ** 53
  return yes + no === 0 ? probability >= 0.5 : drawn < yes / (yes + no)
}
