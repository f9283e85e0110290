// What several fills of one prompt agree on. Decides what each votes for, which votes are for the same, and who wins.

import { settleOrAbort } from '../../async/signal.js'
import { FillError, UsageError } from '../../base/errors.js'
import { isArray, isReadable, isRecord, shown } from '../../base/seen.js'
import type { VoteFunction } from '../../prompt/part.js'
import type { VoteCounts } from '../report/results.js'
import { pathOf, type Scope } from '../state/scope.js'

/** One of several fills. */
export interface Candidate {
  readonly values: Readonly<Record<string, unknown>>
  readonly text: string
  readonly tokens: number
  /** ln p of all that the model wrote, where it was asked for. */
  readonly logprob: number
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
  const spelled = canonical(key, [])
  if (spelled !== null) return spelled
  throw new UsageError(
    'VOTE_INVALID',
    `by of vote() gave ${shown(key)} for a fill; it must give a value that JSON has, or undefined for no vote.`,
  )
}

/** JSON with the members of objects by name; null for what JSON does not have. `around`: the objects it stands in. */
function canonical(value: unknown, around: readonly object[]): string | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : null
  if (!isReadable(value) || around.includes(value) || around.length === depthMax) return null
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return canonical(toJSON.call(value), [...around, value])
  const inside = (one: unknown): string | null => canonical(one, [...around, value])
  if (isArray(value)) {
    const items = Array.from(value, inside)
    return items.includes(null) ? null : `[${items.join()}]`
  }
  if (!isRecord(value)) return null
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, one]) => [JSON.stringify(name), inside(one)] as const)
  return members.some(([, one]) => one === null) ? null : `{${members.map((pair) => pair.join(':')).join()}}`
}

const depthMax = 64
