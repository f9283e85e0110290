// What a run tells of itself, as far as it is shown: a transcript has all of it. Decides the shape only.
import type { Ledger } from '../engine/ledger.js'
import type { RunEvent } from '../run/report/event.js'
import type { ChoiceScores, HoleEnd, VoteCounts } from '../run/report/results.js'
import type { TracedPiece } from './trace.js'

export interface ToldRun {
  readonly values: unknown
  readonly text: string
  readonly pieces: readonly TracedPiece[]
  readonly tokens: { readonly length: number }
  readonly ledger: Ledger
  readonly choices: ReadonlyMap<string, ChoiceScores>
  readonly ends: ReadonlyMap<string, HoleEnd>
  readonly votes: ReadonlyMap<string, VoteCounts>
  readonly trace: readonly RunEvent[]
  readonly decodeCalls: number
  readonly ms: number
}
