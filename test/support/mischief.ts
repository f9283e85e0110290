// Plants failures that belong to one request: a draw that goes wrong, log-probabilities that can't be told, a plan that
// is refused for one part of it. Decides who is hit by a chance of its own, so that the programs beside it stay the
// same. Everybody else's results must be what they are without it.

import { UsageError } from '../../lib/base/errors.js'
import { tokenKind } from '../../lib/base/token-kind.js'
import type { NativeMatcher, StepFailure } from '../../lib/native/addon.js'
import { Chance } from './chance.js'
import type { OracleOptions } from './oracle-options.js'
import type { Lone } from './oracle-reference.js'

/** Nobody else asks for the second of these after the first: that row has no finite logits. */
const cursed = Int32Array.of(254, 255)

const failures: readonly StepFailure[] = [
  { kind: 'ConstraintError', code: 'CONSTRAINT_TOO_COMPLEX', message: 'planted: too many states' },
  { kind: 'EngineError', code: 'LOGITS_NOT_FINITE', message: 'planted: a logit is not finite' },
  { kind: 'CapacityError', code: 'OUT_OF_MEMORY', message: 'planted: no memory' },
]

interface Mark {
  /** Hit once it has accepted so many tokens. */
  readonly at: number
  readonly failure: StepFailure | null
}

export interface Victim {
  readonly matcher: NativeMatcher
  readonly code: string
  /** Null: it may be hit, or may be through before. */
  readonly isHit: boolean | null
}

export class Mischief {
  readonly #chance: Chance
  readonly #marks = new WeakMap<NativeMatcher, Mark>()

  constructor(seed: number) {
    this.#chance = new Chance(seed ^ 0x5eed)
  }

  get options(): OracleOptions {
    return {
      failDraw: ({ matcher }) => {
        const mark = this.#marks.get(matcher)
        return mark !== undefined && matcher.tokenCount() === mark.at ? mark.failure : null
      },
      failTargets: ({ tokens, targets }, offset) => {
        const isHit = tokens[offset] === cursed[0] && targets![offset]!.includes(cursed[1]!)
        return isHit ? failures[1]! : null
      },
      refusesPlan: ({ generations }) => {
        const isRefused = ({ matcher }: { readonly matcher: NativeMatcher }) => {
          const mark = this.#marks.get(matcher)
          return mark !== undefined && mark.failure === null && matcher.tokenCount() >= mark.at
        }
        return generations.some(isRefused)
          ? new UsageError('DISPOSED', 'planted: a matcher is disposed')
          : null
      },
    }
  }

  /** Now and then, a matcher that is going to fail; `alone` is what its request gives without that. */
  victim(matcher: NativeMatcher, alone: Lone): Victim | null {
    const chance = this.#chance
    if (!chance.is(15)) return null
    const at = chance.below(7)
    if (chance.is(25)) {
      this.#marks.set(matcher, { at, failure: null })
      return { matcher, code: 'DISPOSED', isHit: at === 0 ? true : null }
    }
    const failure = chance.pick(failures)
    this.#marks.set(matcher, { at, failure })
    const draws = alone.tokens.length + (alone.stop === 'eog' || alone.stop === 'dead-end' ? 1 : 0)
    const isTaken = at < alone.kinds.length && alone.kinds[at] !== tokenKind.drawn
    return { matcher, code: failure.code, isHit: isTaken ? null : at < draws }
  }

  /** Now and then, the continuations and one more that can't be scored. */
  cursed(continuations: readonly Int32Array[]): readonly Int32Array[] | null {
    return this.#chance.is(20) ? [...continuations, cursed] : null
  }
}
