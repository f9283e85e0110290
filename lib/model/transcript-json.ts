// A transcript as JSON has it. Decides its members; those a model reads again are written elsewhere.
import type { Ledger } from '../engine/ledger.js'
import type { TokenLogprobs } from '../engine/logprobs.js'
import type { ChoiceScores, HoleEnd, RankedFill, VoteCounts } from '../run/report/results.js'
import type { WrittenRun } from './written.js'

/** What `toJSON` of a transcript gives: plain data, once it went through `JSON.stringify`. */
export interface TranscriptJson extends WrittenRun {
  readonly text: string
  readonly tokens: readonly number[]
  readonly ledger: Ledger
  readonly ends: Readonly<Record<string, HoleEnd>>
  readonly choices: Readonly<Record<string, ChoiceScores>>
  readonly votes: Readonly<Record<string, VoteCounts>>
  readonly ranked: Readonly<Record<string, readonly RankedFill[]>>
  readonly logprobs: Readonly<Record<string, readonly TokenLogprobs[]>>
  readonly decodeCalls: number
  readonly ms: number
}

/** What a transcript tells of its run. */
interface Told {
  readonly values: unknown
  readonly text: string
  readonly tokens: Int32Array
  readonly ledger: Ledger
  readonly ends: ReadonlyMap<string, HoleEnd>
  readonly choices: ReadonlyMap<string, ChoiceScores>
  readonly votes: ReadonlyMap<string, VoteCounts>
  readonly ranked: ReadonlyMap<string, readonly RankedFill[]>
  readonly logprobs: ReadonlyMap<string, readonly TokenLogprobs[]>
  readonly decodeCalls: number
  readonly ms: number
}

export function transcriptJson(told: Told, written: WrittenRun): TranscriptJson {
  const { text, tokens, ledger, ends, choices, votes, ranked, logprobs, decodeCalls, ms } = told
  return {
    ...written,
    text,
    tokens: Array.from(tokens),
    ledger,
    ends: Object.fromEntries(ends),
    choices: Object.fromEntries(choices),
    votes: Object.fromEntries(votes),
    ranked: Object.fromEntries(ranked),
    logprobs: Object.fromEntries(logprobs),
    decodeCalls,
    ms,
  }
}
