// What a person is told of where tokens came from and what is left of the context. Pure: values to text.
import { type Ledger, noTokens } from '../../engine/ledger.js'
import { type Branch, branchOf, type Conversation, writtenUntil } from './conversation.js'
import type { Answer } from './turn.js'
import type { Talk } from './turn-prompts.js'

/** The line below an answer. */
export function statusOf(answer: Answer, talk: Conversation<Talk>, contextTokens: number): string {
  const { ledger, transcript, pace } = answer
  const used = transcript.tokens.length
  const context = Number.isFinite(contextTokens) ? `${used}/${contextTokens}` : String(used)
  const drawn = `${ledger.sampled} drawn${pace === null ? '' : `, ${paceOf(pace)}/s`}`
  const cut = endOf(answer, contextTokens)
  // What was drawn before a stop, no ledger tells.
  const costs = [
    `${ledger.reused + ledger.restored} tokens reused`,
    `${ledger.prefilled + ledger.redecoded} prefilled`,
    drawn,
  ]
  return [
    ...(cut === null ? [] : [cut]),
    ...(answer.end === 'stopped' ? [] : costs),
    `context ${context}`,
    ...branchStatus(talk),
  ].join(' · ')
}

function paceOf(pace: number): string {
  return pace < 10 ? pace.toFixed(1) : String(Math.round(pace))
}

function endOf({ end, transcript, answer }: Answer, contextTokens: number): string | null {
  if (end === 'stopped') return 'stopped: what came so far is the answer (/undo drops it)'
  if (end !== 'limit') return answer === '' ? 'the model said nothing (/retry)' : null
  // What ends the message stands behind it.
  const isFull = transcript.tokens.length >= contextTokens - 16
  return isFull ? 'cut: the context is full' : 'cut at the limit (/set max)'
}

function branchStatus(talk: Conversation<Talk>): readonly string[] {
  if (talk.branches.size === 1) return []
  const { origin } = branchOf(talk)
  if (origin === null || origin.turns === 0) return [`branch ${talk.current}`]
  return [
    `branch ${talk.current} (${countOf(origin.turns, 'turn')} shared with ${origin.name}, not computed again)`,
  ]
}

/** One line for each branch. */
export function branchLines({ branches, current }: Conversation<Talk>): readonly string[] {
  const width = Math.max(...[...branches.keys()].map((name) => name.length))
  return [...branches].map(([name, branch]) => {
    const mark = name === current ? '*' : ' '
    return `${mark} ${name.padEnd(width)}  ${branchWords(branch)}`
  })
}

/** '2 turns, 85 tokens'. */
export function branchWords(branch: Branch<Talk>): string {
  const { turns, origin } = branch
  const whole = writtenUntil(branch, turns.length)
  const tokens = whole === null ? [] : [countOf(whole.transcript.tokens.length, 'token')]
  const from = origin === null ? [] : [`from ${origin.name} after ${countOf(origin.turns, 'turn')}`]
  return [countOf(turns.length, 'turn'), ...tokens, ...from].join(', ')
}

export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

const ledgerWords: readonly (readonly [keyof Ledger, string])[] = [
  ['reused', 'found in the cache'],
  ['restored', 'brought back from host memory'],
  ['prefilled', 'text, computed many at once'],
  ['forced', 'left without a choice'],
  ['sampled', 'drawn'],
  ['healed', 'spelled anew where text meets an answer'],
  ['rolledBack', 'in attempts that were given up'],
  ['redecoded', 'lost from the cache and computed again'],
  ['spared', 'of these, not computed so far: nothing came after them'],
  ['guessed', 'computed before they were drawn'],
  ['confirmed', 'of these, drawn then'],
  ['decoded', 'computed'],
  ['uncached', 'what that would have been without a cache'],
]

/** The ledger of the last answer and of all, as a table. */
export function ledgerLines(last: Ledger, all: Ledger): readonly string[] {
  const row = (one: string, other: string, words: string): string =>
    `${one.padStart(8)} ${other.padStart(10)}  ${words}`
  return [
    row('last', 'all', 'tokens'),
    ...ledgerWords.map(([name, words]) => row(String(last[name]), String(all[name]), words)),
  ]
}

export function ledgerSum(one: Ledger, other: Ledger): Ledger {
  const names = Object.keys(noTokens) as (keyof Ledger)[]
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Ledger
}
