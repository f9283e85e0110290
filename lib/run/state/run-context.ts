// Everything the walks of one run share: the engine's session, the options, who listens, and what came of it so far.
import type { Pace } from '../../async/pace.js'
import type { Turns } from '../../async/side-by-side.js'
import type { FillAttempt } from '../../base/errors.js'
import type { Engine, Session } from '../../engine/engine.js'
import type { TokenLogprobs } from '../../engine/logprobs.js'
import type { SamplingOptions } from '../../prompt/options.js'
import type { Listener } from '../report/event.js'
import type { ChoiceScores, HoleEnd, RankedFill, VoteCounts } from '../report/results.js'
import type { ChatHistory, RenderChat, TemplateVariables } from './chat.js'
import type { LiveValues } from './live.js'
import type { TranscriptState } from './transcript.js'

export interface RunContext {
  readonly engine: Engine
  readonly session: Session
  readonly chat: RenderChat | null
  /** Those of the conversation when the run began. */
  readonly variables: TemplateVariables
  readonly history: ChatHistory
  readonly sampling: SamplingOptions
  readonly seed: number
  readonly signal: AbortSignal
  readonly listener: Listener
  /** Told of values that stay; null: nobody waits for them, or they may be given up. */
  readonly live: LiveValues | null
  readonly turns: Turns
  readonly pace: Pace
  /** Attempts made at each path so far, for seeds and for the error that ends them. */
  readonly attempts: Map<string, FillAttempt[]>
  readonly choices: Map<string, ChoiceScores>
  /** Of the holes the model filled, by path. */
  readonly ends: Map<string, HoleEnd>
  readonly votes: Map<string, VoteCounts>
  /** Of several fills: all of them, the best first. */
  readonly ranked: Map<string, readonly RankedFill[]>
  /** Of the holes whose options ask for them, by path. */
  readonly logprobs: Map<string, readonly TokenLogprobs[]>
  /** Whether fills are ranked by log-probability here, so that every hole needs them. */
  readonly ranks: 'by logprob' | 'otherwise'
  /** Of branches that are results though no text of theirs was joined. */
  readonly kept: KeptText[]
}

/** The text of a branch. */
export interface KeptText {
  readonly branch: string
  readonly transcript: TranscriptState
}

/** The same run, for a walk that may be given up: what it comes to stays apart until it is adopted. */
export function apart(run: RunContext): RunContext {
  return {
    ...run,
    choices: new Map(),
    ends: new Map(),
    votes: new Map(),
    ranked: new Map(),
    logprobs: new Map(),
    kept: [],
    live: null,
  }
}

/** Takes what came of a walk apart. */
export function adopt(run: RunContext, { choices, ends, votes, ranked, logprobs, kept }: RunContext): void {
  for (const [path, scores] of choices) run.choices.set(path, scores)
  for (const [path, end] of ends) run.ends.set(path, end)
  for (const [path, counts] of votes) run.votes.set(path, counts)
  for (const [path, fills] of ranked) run.ranked.set(path, fills)
  for (const [path, list] of logprobs) run.logprobs.set(path, list)
  run.kept.push(...kept)
}
