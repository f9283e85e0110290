// What a run is asked, where it begins, and what it comes to.
import type { Starts } from '../async/pace.js'
import type { Turns } from '../async/side-by-side.js'
import type { Engine } from '../engine/engine.js'
import type { Ledger } from '../engine/ledger.js'
import type { TokenLogprobs } from '../engine/logprobs.js'
import type { Prompt } from '../prompt/part.js'
import type { Adapters } from './given/adapters.js'
import type { RunRecord } from './record/calls.js'
import type { RunWatcher } from './record/watcher.js'
import type { Listener } from './report/event.js'
import type { ChoiceScores, HoleEnd, RankedFill, VoteCounts } from './report/results.js'
import type { RunOptions } from './run-options.js'
import type { Chat, RenderChat } from './state/chat.js'
import type { LiveValues } from './state/live.js'
import type { Mark } from './state/marks.js'
import type { TranscriptState } from './state/transcript.js'

/** What all runs of a model share. */
export interface Shared {
  readonly engine: Engine
  readonly chat: RenderChat | null
  readonly adapters: Adapters
  /** For what walks side by side in all runs. */
  readonly turns: Turns
  readonly starts: Starts
  /** Aborted when the model is disposed; the reason is what its runs end with. */
  readonly closing: AbortSignal
}

/** Where a run begins: an earlier transcript, the conversation in it, and what was captured on the way. */
export interface RunStart {
  readonly transcript: TranscriptState
  readonly chat: Chat
  /** Of all runs that led there; a name captured again has its last value. */
  readonly values: Readonly<Record<string, unknown>>
  /** Where it may be taken back to. */
  readonly marks: Mark | null
}

/** What a run is to do. */
export interface RunRequest {
  /** Null: the beginning. */
  readonly start: RunStart | null
  readonly prompt: Prompt
  readonly given: unknown
  readonly options: RunOptions
  readonly listener: Listener
  /** Aborted when nobody wants the run any more; null: that does not happen. */
  readonly left: AbortSignal | null
  /** 'open': text after the last hole waits for whoever needs it. 'computed': it is computed now. */
  readonly end: 'open' | 'computed'
  /** Told of its attempts in tokens; null: nobody looks at it. */
  readonly watcher: RunWatcher | null
  /** Told of values while the run goes on; null: nobody waits for them. */
  readonly live: LiveValues | null
}

export interface RunResult extends RunStart {
  readonly ledger: Ledger
  /** Scores of the holes filled by log-probability, by path. */
  readonly choices: ReadonlyMap<string, ChoiceScores>
  /** How the values of the holes the model filled ended, by path. */
  readonly ends: ReadonlyMap<string, HoleEnd>
  /** What the fills of each `vote` agreed on, by the path of its last value. */
  readonly votes: ReadonlyMap<string, VoteCounts>
  /** All fills of each `bestOf` and `beam`, the best first, by the path of its last value. */
  readonly ranked: ReadonlyMap<string, readonly RankedFill[]>
  /** Log-probabilities of the tokens drawn, by path of the hole; only where `logprobs` was asked for. */
  readonly logprobs: ReadonlyMap<string, readonly TokenLogprobs[]>
  /** llama_decode calls this run took part in. */
  readonly decodeCalls: number
  /** Wall time, milliseconds. */
  readonly ms: number
  /** What was asked, and every call of the engine; null: nothing was run. */
  readonly record: RunRecord | null
}
