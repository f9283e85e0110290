// What several fills of one prompt agree on. Decides what each votes for, which votes are for the same, and who wins.
import { FillError, UsageError } from '../base/errors.js'
import type { VoteFunction } from '../prompt/part.js'
import { pathOf, type Scope } from './scope.js'
import { settleOrAbort } from './signal.js'

/** How many fills voted for what. */
export interface VoteCounts {
  /** What was voted for, in the order of the first vote for each. */
  readonly options: readonly { readonly key: unknown; readonly votes: number }[]
  /** The key with the most votes; of several the one that had as many first. */
  readonly winner: unknown
  /** Fills that voted for nothing. */
  readonly abstained: number
}

/** One of several fills. */
export interface Candidate {
  readonly values: Readonly<Record<string, unknown>>
  readonly text: string
  readonly tokens: number
}

interface Option {
  readonly key: unknown
  /** The first fill that voted for it. */
  readonly first: number
  votes: number
}

/** The winning fill and the counts. `before`: the text in front, for errors. */
export async function voteFor(
  scope: Scope,
  before: string,
  candidates: readonly Candidate[],
  by: VoteFunction | null,
): Promise<{ readonly winner: number; readonly counts: VoteCounts }> {
  const options = new Map<string, Option>()
  let best: Option | null = null
  let abstained = 0
  for (const [index, candidate] of candidates.entries()) {
    const key =
      by === null ? lastValue(candidate) : await settleOrAbort(scope.run.signal, () => by(candidate.values))
    const spelled = spelledKey(key)
    if (spelled === undefined) {
      abstained += 1
      continue
    }
    const option = options.get(spelled) ?? { key, first: index, votes: 0 }
    options.set(spelled, option)
    option.votes += 1
    if (best === null || option.votes > best.votes) best = option
  }
  if (best === null) {
    throw new FillError('VOTES_EMPTY', `None of ${candidates.length} candidates voted for anything.`, {
      hole: scope.prefix === '' ? '(prompt)' : scope.prefix.slice(0, -1),
      attempts: candidates.map(({ text }) => ({ text, reason: 'it voted for nothing' })),
      partialText: before,
    })
  }
  const counted = Array.from(options.values(), ({ key, votes }) => ({ key, votes }))
  return { winner: best.first, counts: { options: counted, winner: best.key, abstained } }
}

/** Where the counts are told: the path of the last value, or of the prompt where there is none. */
export function pathOfVotes(scope: Scope, [first]: readonly Candidate[]): string {
  const name = Object.keys(first?.values ?? {}).at(-1)
  if (name !== undefined) return pathOf(scope, name)
  return scope.prefix === '' ? '(prompt)' : scope.prefix.slice(0, -1)
}

function lastValue({ values, text }: Candidate): unknown {
  const [name] = Object.keys(values).slice(-1)
  return name === undefined ? text : values[name]
}

/** Equal for equal keys; undefined for none. */
function spelledKey(key: unknown): string | undefined {
  if (key === undefined) return undefined
  let spelled: string | undefined
  try {
    spelled = JSON.stringify(key)
  } catch {
    // A cycle, or a BigInt.
  }
  if (spelled !== undefined) return spelled
  throw new UsageError(
    'VOTE_INVALID',
    `by of vote() gave ${typeof key} for a fill; it must give a value that JSON has, or undefined for no vote.`,
  )
}
