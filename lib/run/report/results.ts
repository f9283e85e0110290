// What a run tells about choices beside its values.
import type { ScoreKind } from '../../prompt/scores.js'

/** How the options of one hole compare. Log-probabilities are natural logarithms. */
export interface ChoiceScores {
  readonly options: readonly OptionScore[]
  /** The score that decided; where options are calibrated, after that. */
  readonly by: ScoreKind
  /** Probability of the winner minus that of the runner-up; 1 where there is one option only. */
  readonly margin: number
}

/** What the model makes of one option of a `select` by log-probability. */
export interface OptionScore {
  readonly option: string
  /** Tokens it was scored by, with the first one of what follows the hole, where that is known. */
  readonly tokens: number
  /** ln p of all of them. */
  readonly sum: number
  /** The sum divided by the number of tokens. */
  readonly mean: number
  /** The sum, less what the option would score with nothing before it; null where that was not asked for. */
  readonly unconditional: number | null
  /** The sum (or the mean, where that decides), less that with neutral text before it; null where not asked for. */
  readonly calibrated: number | null
  /** Share among the options, by the score that decided; they add up to 1. An exact draw takes it that often. */
  readonly probability: number
}

/**
 * How the value of one hole ended. 'stop': at one of the hole's own stops, by this text. 'literal': where what follows
 * the hole begins, which the model wrote (also where one token wrote that and the last of a value that is whole).
 * 'complete': nothing more may stand there, or it is an option chosen by log-probability. 'end': the model said that it
 * is done. 'limit': at `tokensMax`, or at the end of the context; nobody knows whether the model had said all.
 */
export type HoleEnd<S extends string = string> = (
  | { readonly reason: 'stop'; readonly stop: S }
  | { readonly reason: 'literal' | 'complete' | 'end' | 'limit'; readonly stop?: never }
) & {
  /** Why the check rejected the value, which is kept as the least bad one. */
  readonly rejected?: string
}

/** How holes ended, by path; of those a prompt names itself it is known at what stops they may. */
export type HoleEnds<S> = {
  get<N extends keyof S & string>(hole: N): HoleEnd<S[N] & string> | undefined
} & ReadonlyMap<string, HoleEnd>

/** One of several fills of a prompt or a hole, of which the best was kept. */
export interface RankedFill {
  /** What it was ranked by: the caller's score, or ln p of all that the model wrote in it. */
  readonly score: number
  readonly text: string
  readonly values: Readonly<Record<string, unknown>>
}

/** How many fills voted for what. */
export interface VoteCounts {
  /** What was voted for, in the order of the first vote for each. */
  readonly options: readonly { readonly key: unknown; readonly votes: number }[]
  /** The key with the most votes; of several the one that had as many first. */
  readonly winner: unknown
  /** Fills that voted for nothing. */
  readonly abstained: number
}
