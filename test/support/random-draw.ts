// Draw options at random, for programs on the oracle: every setting, alone and beside the others.
import type { DrawOptions } from '../../lib/native/addon.js'
import type { Chance } from './chance.js'
import { greedy } from './greedy.js'

export function randomDraw(chance: Chance): DrawOptions {
  if (chance.is(30)) return greedy
  const { penaltyWindow, penaltyLastN, ...others } = chance.is(50) ? penalties(chance) : greedy
  return {
    ...greedy,
    ...others,
    penaltyWindow,
    penaltyLastN,
    temperature: chance.pick([0, 0.3, 1, 1, 4]),
    topK: chance.is(30) ? chance.in(1, 20) : 0,
    topP: chance.is(30) ? chance.pick([0, 0.3, 0.9]) : 1,
    minP: chance.is(30) ? chance.pick([0.01, 0.5, 1]) : 0,
    seed: chance.is(20) ? 2 ** 40 + chance.below(1000) : chance.below(1000),
    drawIndex: chance.below(3),
    bias: chance.is(30) ? bias(chance) : greedy.bias,
    logprobs: chance.is(20) ? 2 : 0,
    looked: chance.is(20) ? 3 : 0,
  }
}

/** A window of all sizes beside what it may hold: shorter, as long, longer. */
function penalties(
  chance: Chance,
): Partial<DrawOptions> & Pick<DrawOptions, 'penaltyWindow' | 'penaltyLastN'> {
  const penaltyLastN = chance.below(12)
  const seen = chance.pick([0, penaltyLastN, Math.floor(penaltyLastN / 2)])
  return {
    repeatPenalty: chance.pick([1, 1.3, 4]),
    frequencyPenalty: chance.pick([0, 0.7, 3]),
    presencePenalty: chance.pick([0, 1, 5]),
    penaltyWindow: Int32Array.from({ length: seen }, () => chance.below(chance.is(70) ? 3 : 250)),
    penaltyLastN,
  }
}

/** Some tokens preferred, others shunned or forbidden. */
function bias(chance: Chance): ReadonlyMap<number, number> {
  const list = Array.from({ length: chance.in(1, 30) }, () => {
    return [chance.below(296), chance.pick([-Infinity, -3, 2, 9])] as const
  })
  return new Map(list)
}
