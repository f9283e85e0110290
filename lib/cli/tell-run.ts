// What is said of a finished run: its values, and in a sentence where its tokens came from. Decides what of it
// "--json" prints.
import type { Ledger } from '../engine/ledger.js'
import type { Transcript } from '../model/transcript.js'
import { asJson } from './json-text.js'
import type { Paint } from './run-screen.js'

const valueMax = 240

/** The text of a run stands above its values, so that of a long one the beginning will do. */
function shortValue(value: unknown): string {
  const json = asJson(value)
  if (json.length <= valueMax) return json
  return `${json.slice(0, valueMax)}... (${json.length} characters; --json prints all)`
}

/** A line for each value. */
export function valueLines(values: Readonly<Record<string, unknown>>, paint: Paint): readonly string[] {
  const rows = Object.entries(values)
  const width = Math.min(24, Math.max(0, ...rows.map(([name]) => name.length)))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${paint('generated', shortValue(value))}`)
}

const sources = [
  ['reused', 'reused'],
  ['restored', 'restored'],
  ['prefilled', 'prefilled'],
  ['forced', 'forced'],
  ['sampled', 'drawn'],
  ['healed', 'healed'],
  ['rolledBack', 'taken back'],
  ['redecoded', 'decoded again'],
] as const

/** 'Tokens: 12 reused, 30 drawn; 42 decoded, 80 without a cache (1.9 times as many).' */
export function ledgerSentence(ledger: Ledger): string {
  const parts = sources.filter(([key]) => ledger[key] > 0).map(([key, name]) => `${ledger[key]} ${name}`)
  const { decoded, uncached } = ledger
  const times = decoded === 0 ? '' : ` (${(uncached / decoded).toFixed(1)} times as many)`
  return `Tokens: ${parts.join(', ') || 'none'}; ${decoded} decoded, ${uncached} without a cache${times}.`
}

/** Adds up numbers of the same names. */
export function ledgerSum(ledgers: readonly Ledger[]): Ledger {
  const sum = (key: keyof Ledger): number => ledgers.reduce((total, ledger) => total + ledger[key], 0)
  return Object.fromEntries(Object.keys(ledgers[0]!).map((key) => [key, sum(key as keyof Ledger)])) as {
    [key in keyof Ledger]: number
  }
}

export interface RunJson {
  readonly values: unknown
  readonly text: string
  readonly ends: unknown
  readonly choices: unknown
  readonly votes: unknown
  readonly messages: unknown
  readonly ledger: Ledger
  readonly seed: number
  readonly decodeCalls: number
  readonly ms: number
}

export function runJson(run: Transcript<unknown>, seed: number): RunJson {
  const { values, text, ends, choices, votes, messages, ledger, decodeCalls, ms } = run
  return { values, text, ends, choices, votes, messages, ledger, seed, decodeCalls, ms }
}
