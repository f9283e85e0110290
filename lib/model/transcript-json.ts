// A transcript as JSON has it, and as `console.log` shows it. Decides what of it is shown short.
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

const textShown = 400

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

/** A long text is cut, and of the maps only those with something in them are there. */
export function shownOf(told: Told): object {
  const { values, text, tokens, ledger, decodeCalls, ms } = told
  const isLong = text.length > textShown
  const shownText = isLong ? `${text.slice(0, textShown)}... (${text.length} characters)` : text
  const { ends, choices, votes, ranked, logprobs } = told
  const maps = Object.entries({ ends, choices, votes, ranked, logprobs }).filter(([, map]) => map.size > 0)
  const scores = Object.fromEntries(maps.map(([name, map]) => [name, Object.fromEntries<unknown>(map)]))
  return { values, tokens: tokens.length, ledger, decodeCalls, ms, text: shownText, ...scores }
}
