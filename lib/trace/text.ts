// A trace for a terminal: each run's text in colours by what its tokens cost, its holes and its ledger, then the
// engine's steps and the tree of cached tokens. Decides what is told and in which order; every text is harmless, and
// the length is bounded whatever the trace has.
import { counted, grouped } from '../base/counted.js'
import { UsageError } from '../base/errors.js'
import { isRecord, shown } from '../base/seen.js'
import { inOneLine } from './harmless.js'
import { readTrace } from './read.js'
import { ledgerNote } from './run-notes.js'
import type { RunAt } from './state/run-history.js'
import { strandsOf } from './state/strands.js'
import { TraceState } from './state.js'
import { choiceLines, holeLines } from './text/hole-lines.js'
import { bar, broken, type Pen, penOf, type Style } from './text/paint.js'
import { passageLines } from './text/passage-text.js'
import { stepLines } from './text/step-lines.js'
import { treeLines } from './text/tree-lines.js'
import type { RunEnd, Trace } from './trace.js'

/** How a trace is shown as lines. */
export interface TraceTextOptions {
  /** 'ansi': colours as a terminal shows them. Default 'none'. */
  readonly colors?: 'ansi' | 'none'
  /** Characters in a line; default 80. */
  readonly columns?: number
}

const runsMax = 40
const strandsMax = 16

const costs: readonly { readonly style: Style; readonly says: string }[] = [
  { style: 'cached', says: 'cached' },
  { style: 'restored', says: 'restored' },
  { style: 'prefilled', says: 'prefilled' },
  { style: 'drawn', says: 'drawn' },
  { style: 'forced', says: 'forced' },
  { style: 'again', says: 'computed again' },
  { style: 'given-up', says: 'given up' },
]

/**
 * The trace as lines for a terminal: of each run its text by where the tokens came from, what was given up in its place
 * and why, its holes and its ledger, then the engine's steps and the tree of cached tokens. Nothing in the trace can
 * command the terminal, and the length is bounded: of long texts and many runs parts are left out, which it says.
 * Throws UsageError TRACE_INVALID as `readTrace`, ARGUMENT_INVALID, OPTION_UNKNOWN, OPTION_INVALID.
 *
 * @example
 * ```ts
 * import { prompt, select } from 'espalier'
 * import { traceText } from 'espalier/trace'
 *
 * const recording = model.record()
 * await model.run(prompt`Mood: ${select('mood', ['good', 'bad'])}\n`)
 * console.log(traceText(recording.stop(), { colors: 'ansi', columns: 100 }))
 * ```
 */
export function traceText(trace: Trace, options: TraceTextOptions = {}): string {
  const { colors, columns } = checkedOptions(options)
  const state = TraceState.of(readTrace(trace).lines)
  const layout: Layout = { state, pen: penOf(colors), columns: Math.max(20, columns) }
  const runs = state.runs(state.moment)
  const last = runs.slice(-runsMax)
  const before = runs.length - last.length
  const tree = treeLines(
    state.tree(state.moment),
    (token) => state.textOf(token),
    layout.pen.paint,
    layout.columns,
  )
  return [
    ...headLines(trace, runs.length, layout),
    ...(before > 0 ? [`... ${before} runs before are not shown`, ''] : []),
    ...last.flatMap((run) => runLines(run, layout)),
    ...section('Steps', stepLines(state.steps, layout.pen.paint, layout.columns), layout),
    ...section('Tree of cached tokens', tree, layout),
  ].join('\n')
}

function checkedOptions(options: unknown): Required<TraceTextOptions> {
  const named = (option: string, value: unknown): string => `${option} of traceText() is ${shown(value)}`
  if (!isRecord(options)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `traceText() got ${shown(options)}; expected an object of options.`,
    )
  }
  const { colors = 'none', columns = 80, ...others } = options as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    const expected = 'expected colors, columns'
    throw new UsageError('OPTION_UNKNOWN', `traceText() has no option ${shown(unknown)}; ${expected}.`)
  }
  if (colors !== 'none' && colors !== 'ansi') {
    throw new UsageError('OPTION_INVALID', `${named('colors', colors)}; expected 'none' or 'ansi'.`)
  }
  if (typeof columns !== 'number' || !(columns >= 1)) {
    throw new UsageError('OPTION_INVALID', `${named('columns', columns)}; expected a number from 1 on.`)
  }
  return { colors, columns }
}

interface Layout {
  readonly state: TraceState
  readonly pen: Pen
  readonly columns: number
}

function headLines(
  { model, espalier, began, dropped }: Trace,
  runs: number,
  layout: Layout,
): readonly string[] {
  const { state, columns } = layout
  const { paint, colors } = layout.pen
  const seconds = (state.lastAt / 1000).toFixed(2)
  const counts = `${counted(runs, 'run')}, ${counted(state.steps.length, 'step')} in ${seconds} s`
  const lost = dropped > 0 ? [`${counted(dropped, 'line')} before the first one went for room.`] : []
  const room = `${model.contextTokens ?? 'any number of'} tokens of context`
  const about = [model.description, room, `${model.memory} memory`].map(plain).join(', ')
  const name = model.name === '' ? [] : [paint('title', plain(model.name))]
  return [
    ...name,
    ...broken(about, columns),
    ...broken(`Recorded ${plain(began)} by espalier ${plain(espalier)}: ${counts}`, columns),
    ...lost,
    ...(colors === 'none' ? ['What the model wrote stands in ⟨ ⟩.'] : legendLines(layout)),
    '',
  ]
}

/** In as many lines as it needs. */
function legendLines({ pen: { paint }, columns }: Layout): readonly string[] {
  const rows: string[][] = [[]]
  let width = 'Tokens:'.length
  for (const { style, says } of costs) {
    if (width + 2 + says.length > columns) {
      rows.push([])
      width = 0
    }
    rows.at(-1)!.push(paint(style, says))
    width += 2 + says.length
  }
  return rows.map((row, index) => `${index === 0 ? 'Tokens: ' : '  '}${row.join('  ')}`)
}

/** A word of a trace, in a line. */
function plain(text: string): string {
  return inOneLine(text, 200)
}

function section(title: string, lines: readonly string[], { pen: { paint } }: Layout): readonly string[] {
  return lines.length === 0 ? [] : [paint('title', title), ...lines, '']
}

function runLines(number: number, layout: Layout): readonly string[] {
  const { state, columns } = layout
  const { paint } = layout.pen
  const run = state.run(number, state.moment)
  if (run === null) return []
  const { begin, outcome, beganAt, endedAt, end } = run
  const time = endedAt === null ? '' : ` in ${(endedAt - beganAt).toFixed(0)} ms`
  const after = begin?.after ?? null
  const behind = after === null ? '' : `, goes on from run ${after + 1}`
  const style: Style = outcome === 'done' ? 'good' : 'bad'
  const seed = begin === null ? '' : `, seed ${begin.seed}`
  return [
    `${paint('title', `Run ${number + 1}`)}  ${paint(style, outcome)}${time}${seed}${behind}`,
    ...(end?.error == null
      ? []
      : broken(`${plain(end.error.code)}: ${plain(end.error.message)}`, columns).map((line) =>
          paint('bad', line),
        )),
    ...textLines(run, after, layout),
    ...holeLines(run, layout.columns),
    ...(end === null ? [] : choiceLines(end, paint)),
    ...(end === null ? [] : costLines(end, layout)),
    '',
  ]
}

/** Each text of a run from where it parts from the one it began as. */
function textLines(run: RunAt, after: number | null, layout: Layout): readonly string[] {
  const { state, pen, columns } = layout
  const { paint } = pen
  const strands = strandsOf(run)
  const texts = new Map<number | null, string>()
  if (after !== null) texts.set(null, piecesText(state, after))
  const lines: string[] = []
  for (const { id, parent, kind, path, candidate, state: standing } of strands.slice(0, strandsMax)) {
    const passage = state.passage(run, strands, id)
    const text = passage.cells.map((cell) => cell.text).join('')
    texts.set(id, text)
    const from = commonLength(text, texts.get(parent) ?? '')
    // What was kept stands in the text it was kept in.
    if (kind === 'candidate' && standing === 'kept') continue
    const words = kind === 'branch' ? `branch ${path}` : `fill ${candidate} of a choice, ${standing}`
    if (kind !== 'run') lines.push(paint('title', plain(words)))
    if (from > 0) lines.push(paint('faint', `... behind ${grouped(from)} characters shown before`))
    lines.push(...passageLines(passage, { run, from, pen, columns }))
  }
  const left = strands.length - strandsMax
  return left > 0 ? [...lines, `... ${left} texts more`] : lines
}

function piecesText(state: TraceState, run: number): string {
  const text = state.finalText(run, null)
  return text === null ? '' : text.pieces.map((piece) => piece.text).join('')
}

function commonLength(text: string, before: string): number {
  const length = Math.min(text.length, before.length)
  let same = 0
  while (same < length && text[same] === before[same]) same += 1
  return same
}

function costLines({ ledger }: RunEnd, { pen: { paint }, columns }: Layout): readonly string[] {
  if (ledger === null) return []
  const { decoded, uncached } = ledger
  const most = Math.max(decoded, uncached, 1)
  const width = Math.max(10, Math.min(50, columns - 30))
  const line = (style: Style, sign: string, tokens: number): string =>
    bar(paint, [{ style, sign, share: tokens / most }], width)
  return [
    ...broken(`tokens ${ledgerNote(ledger)}`, columns),
    `  ${line('drawn', '#', decoded)} ${decoded} decoded`,
    `  ${line('faint', '=', uncached)} ${uncached} without a cache`,
  ]
}
