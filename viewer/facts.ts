// What there is to say of one token: how it came to be, how probable it was, what else could have come. Pure.
import { harmless } from '../lib/trace/harmless.js'
import type { Cell } from '../lib/trace/state/passage.js'
import type { RunAt } from '../lib/trace/state/run-history.js'

export interface TokenFacts {
  readonly hole: string | null
  readonly takes: string | null
  readonly how: string
  readonly attempt: number | null
  readonly probability: number | null
  /** Probability that all tokens the constraint allowed had together. */
  readonly allowed: number | null
  /** In bits, of the alternatives that are told; and the share of all that those have. */
  readonly entropy: { readonly bits: number; readonly share: number } | null
  readonly others: readonly Other[]
}

export interface Other {
  readonly token: number
  readonly probability: number
  readonly state: 'chosen' | 'allowed' | 'not allowed'
}

const costs = {
  cached: 'found in the cache',
  restored: 'brought back from host memory',
  prefilled: 'computed from known text',
  drawn: 'drawn by the model',
  forced: 'the constraint left no choice',
  again: 'computed again: it was lost from the cache',
} as const

const kinds = {
  d: 'drawn by the model',
  f: 'the constraint left no choice',
  k: 'kept from the attempt before',
}

const writers = {
  literal: 'written by the prompt',
  input: 'an input',
  known: 'a value that was given',
  mark: 'a mark of the chat template',
  generated: 'written by the model',
} as const

export function factsOf(cell: Cell, run: RunAt): TokenFacts {
  const { drawn, cost, kind, hole } = cell
  const known = drawn === null ? undefined : run.fills[drawn.fill]
  const how = cost === null ? writers[kind] : `${writers[kind]}, ${costs[cost]}`
  const none = {
    takes: null,
    how,
    hole,
    attempt: null,
    probability: null,
    allowed: null,
    entropy: null,
    others: [],
  }
  if (drawn === null || known === undefined) return none
  const { fill, attempt } = known
  const letter = fill.kinds[drawn.index] as keyof typeof kinds
  const told = kinds[letter] ?? how
  return {
    hole: fill.hole,
    takes: fill.takes,
    how: cost === 'cached' || cost === 'restored' || cost === 'again' ? `${told}; now ${costs[cost]}` : told,
    attempt,
    probability: chance(fill.logprobs[drawn.index]),
    allowed: chance(fill.allowed[drawn.index]),
    ...alternativesOf(fill.alternatives[drawn.index] ?? null, cell.token),
  }
}

function alternativesOf(
  list: RunAt['fills'][number]['fill']['alternatives'][number],
  chosen: number | null,
): Pick<TokenFacts, 'entropy' | 'others'> {
  if (list === null || list.length === 0) return { entropy: null, others: [] }
  let bits = 0
  let share = 0
  const others = list.map(([token, logprob, allowed]): Other => {
    const probability = Math.exp(logprob)
    if (probability > 0) bits -= probability * Math.log2(probability)
    share += probability
    const state = token === chosen ? 'chosen' : allowed === 1 ? 'allowed' : 'not allowed'
    return { token, probability, state }
  })
  return { entropy: { bits: Math.max(0, bits), share: Math.min(1, share) }, others }
}

/** Paths of the holes that were asked for and have no end yet, each once. */
export function holesBeingFilled({ log }: RunAt): readonly string[] {
  const open = new Map<string, number>()
  for (const entry of log) {
    if (entry.type !== 'event') continue
    const { event } = entry
    if (event.type === 'hole-start') open.set(event.hole, (open.get(event.hole) ?? 0) + 1)
    else if (event.type === 'hole-end' || event.type === 'rollback')
      open.set(event.hole, (open.get(event.hole) ?? 0) - 1)
  }
  return [...open].filter(([, times]) => times > 0).map(([hole]) => hole)
}

const chance = (logprob: number | null | undefined): number | null =>
  logprob === null || logprob === undefined ? null : Math.exp(logprob)

/** '93 %', '0.4 %', '< 0.1 %', which no line end cuts. */
export function percent(share: number): string {
  const value = share * 100
  if (value >= 9.95) return `${Math.round(value)}\u00a0%`
  if (value >= 0.1) return `${value.toFixed(1)}\u00a0%`
  return value > 0 ? '<\u00a00.1\u00a0%' : '0\u00a0%'
}

/** A token as one can see it: spaces, line ends and what is no character of a text have signs. */
export function visible(text: string): string {
  return harmless(text).replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥')
}
