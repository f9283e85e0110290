// A run as a console prints it: at most ten lines, or one where it lies within something else. Decides what of a run is
// told there; computes nothing, and never throws.
import type { InspectOptions } from '../base/seen.js'
import { inOneLine, quotedShort } from './harmless.js'
import { endNote, givenUp, ledgerNote, warningsOf } from './run-notes.js'
import type { ToldRun } from './told-run.js'
import { valueText } from './value-text.js'

const columnsMax = 120
/** Entries of a list in one line. */
const listedMax = 4
const valueLinesMax = 2

type Stylize = NonNullable<InspectOptions['stylize']>

/** `depth`: how many more levels the console wants to see; null: all. */
export function runShown(run: ToldRun, depth: number | null, options: InspectOptions): string {
  if (depth !== null && depth < 0) return '[Transcript]'
  const stylize: Stylize = options.stylize ?? ((text) => text)
  const isInside = depth !== null && typeof options.depth === 'number' && depth < options.depth
  if (isInside || options.compact === true) return runInOneLine(run, stylize)
  const columns = Math.max(40, Math.min(options.breakLength ?? 80, columnsMax))
  const head = `Transcript of ${counted(run.tokens.length, 'token')}`
  const cost = `${run.ms.toFixed(0)} ms, ${counted(run.decodeCalls, 'llama_decode call')}`
  const lines = rowsOf(run, columns - 12, stylize).map(
    ([name, text]) => `\n  ${stylize(name.padEnd(9), 'undefined')} ${text}`,
  )
  return `${head}, ${cost}${lines.join('')}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function runInOneLine(run: ToldRun, stylize: Stylize): string {
  const values = Object.entries(run.values as object)
  const shown = values.slice(0, listedMax).map(([name, value]) => `${name}: ${coloured(value, 24, stylize)}`)
  const more = values.length > listedMax ? [`... ${values.length - listedMax} more`] : []
  const { decoded, uncached } = run.ledger
  const text = stylize(quotedShort(run.text, 48), 'string')
  return `Transcript { ${[text, ...shown, ...more].join(', ')}; ${decoded} of ${uncached} tokens decoded }`
}

type Row = readonly [name: string, text: string]

function rowsOf(run: ToldRun, columns: number, stylize: Stylize): readonly Row[] {
  const rows: Row[] = [['text', textShown(run.text, columns - 12, stylize)]]
  rows.push(...valueRows(Object.entries(run.values as object), columns, stylize))
  if (run.ledger.uncached > 0) rows.push(['tokens', ledgerNote(run.ledger)])
  const add = (name: string, entries: readonly string[]): void => {
    if (entries.length > 0) rows.push([name, listed(entries, columns)])
  }
  add(
    'choices',
    Array.from(run.choices, ([hole, { options }]) => `${hole}: ${shares(options)}`),
  )
  add(
    'votes',
    Array.from(run.votes, ([hole, votes]) => `${hole}: ${voteText(votes)}`),
  )
  add(
    'ends',
    Array.from(run.ends).flatMap(([hole, end]) => {
      const note = endNote(end)
      return note === null ? [] : [`${hole} ${note}`]
    }),
  )
  add(
    'given up',
    Array.from(givenUp(run.trace), ([hole, reasons]) => `${hole} ${reasons.length}x (${reasons.at(-1)})`),
  )
  add('warnings', warningsOf(run.trace))
  return rows
}

function textShown(text: string, charactersMax: number, stylize: Stylize): string {
  const length = text.length > charactersMax ? ` (${text.length} characters)` : ''
  return stylize(quotedShort(text, charactersMax), 'string') + length
}

/** As many entries as the columns have room for, of the first one as much; the others are counted. */
function listed(entries: readonly string[], columns: number): string {
  let text = inOneLine(entries[0]!, columns)
  let told = 1
  for (; told < entries.length; told += 1) {
    const next = `${text}; ${inOneLine(entries[told]!, columns)}`
    if (next.length > columns) break
    text = next
  }
  return told === entries.length ? text : `${text}; ... ${entries.length - told} more`
}

function valueRows(
  values: readonly (readonly [string, unknown])[],
  columns: number,
  stylize: Stylize,
): Row[] {
  const rows: Row[] = []
  let told = 0
  for (; told < values.length && rows.length < valueLinesMax; ) {
    let length = 0
    const line: string[] = []
    while (told < values.length) {
      const [name, value] = values[told]!
      const plain = `${name}: ${valueText(value, Math.max(16, columns - name.length - 10))}`
      if (length > 0 && length + plain.length > columns) break
      line.push(`${name}: ${coloured(value, Math.max(16, columns - name.length - 10), stylize)}`)
      length += plain.length + 2
      told += 1
    }
    const isCut = rows.length === valueLinesMax - 1 && told < values.length
    const more = isCut ? [`... ${values.length - told} more`] : []
    rows.push([rows.length === 0 ? 'values' : '', [...line, ...more].join(', ')])
  }
  return rows
}

function coloured(value: unknown, charactersMax: number, stylize: Stylize): string {
  const text = valueText(value, charactersMax)
  if (typeof value === 'string') return stylize(text, 'string')
  return typeof value === 'number' ? stylize(text, 'number') : text
}

function shares(options: readonly { readonly option: string; readonly probability: number }[]): string {
  const best = [...options].sort((one, other) => other.probability - one.probability)
  const shown = best.slice(0, listedMax)
  const more = best.length > shown.length ? ', ...' : ''
  return shown.map(({ option, probability }) => `${option} ${probability.toFixed(2)}`).join(', ') + more
}

type Votes = ToldRun['votes'] extends ReadonlyMap<string, infer T> ? T : never

function voteText({ options, winner, abstained }: Votes): string {
  const all = options.reduce((sum, { votes }) => sum + votes, abstained)
  const most = options.find(({ key }) => key === winner) ?? options[0]
  return `${most?.votes ?? 0} of ${all} for ${valueText(winner, 40)}`
}
