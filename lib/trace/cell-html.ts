// A run as a notebook's cell shows it: a fragment of HTML without scripts, links or style sheets, so that nothing of it
// reaches the page around it, and colours that lie over any background, light or dark. Decides what is shown and how
// much: a long text is folded in its middle, and cut where even that would be too much for a cell.
import { grouped } from '../base/counted.js'
import { inOneLine } from './harmless.js'
import { type Markup, tag } from './html.js'
import { endNote, givenUp, tokenClasses, warningsOf } from './run-notes.js'
import type { ToldRun } from './told-run.js'
import type { TracedPiece } from './trace.js'
import { valueText } from './value-text.js'

/** How much of a text is shown: at its beginning and its end, and in the fold between them. */
const shownMax = { characters: 1500, pieces: 100 }
const foldedMax = { characters: 20_000, pieces: 400 }
const rowsMax = 40
const optionsMax = 12
/** Of a name, and of what is said beside a value. */
const nameMax = 80
const noteMax = 300

const line = 'rgba(128,128,128,.4)'
const faint = 'opacity:.6'
const cell = `padding:.1em 1em .1em 0;border:0;background:transparent;text-align:left;vertical-align:top;color:inherit`

/** Who wrote a stretch: by colour, and by the line below it for those who tell colours badly. */
const writers: Readonly<Record<TracedPiece['kind'], { readonly says: string; readonly style: string }>> = {
  literal: { says: 'template', style: '' },
  input: { says: 'input', style: marked('59,130,246', 'dotted') },
  known: { says: 'known value', style: marked('168,85,247', 'dashed') },
  generated: { says: 'model', style: marked('34,160,84', 'solid') },
  mark: { says: 'chat template', style: 'opacity:.45' },
}

function marked(rgb: string, border: string): string {
  return `background:rgba(${rgb},.2);border-bottom:2px ${border} rgb(${rgb})`
}

export function cellHTML(run: ToldRun): string {
  const style = 'font:13px/1.5 system-ui,sans-serif;max-width:64em;color:inherit'
  const parts = [
    textBlock(run.pieces),
    legend(run.pieces),
    valueTable(run),
    ...choiceTables(run),
    ledgerBars(run),
  ]
  const notes = warningsOf(run.trace)
    .slice(0, rowsMax)
    .map((warning) => tag('div', {}, `Warning: ${inOneLine(warning, noteMax)}`))
  return tag('div', { class: 'espalier-run', style }, ...parts, notes).html
}

function textBlock(pieces: readonly TracedPiece[]): Markup {
  const style =
    `font:12px/1.6 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;` +
    `border:1px solid ${line};border-radius:6px;padding:.6em .8em`
  return tag('div', { style }, foldedText(pieces))
}

function foldedText(pieces: readonly TracedPiece[]): readonly Markup[] {
  const [first, middle] = cutAt(pieces, shownMax)
  if (middle.length === 0) return first.map(stretch)
  const [folded, last] = cutFromEnd(middle, shownMax)
  if (folded.length === 0) return [...first, ...last].map(stretch)
  const [told, left] = cutAt(folded, foldedMax)
  const rest = left.length === 0 ? '' : `\n... ${length(left)} characters more are not shown ...\n`
  const summary = tag('summary', { style: `cursor:pointer;${faint}` }, `... ${length(folded)} characters ...`)
  const fold = tag('details', {}, summary, told.map(stretch), rest)
  return [...first.map(stretch), fold, ...last.map(stretch)]
}

function length(pieces: readonly TracedPiece[]): string {
  return grouped(pieces.reduce((sum, { text }) => sum + text.length, 0))
}

type Bound = typeof shownMax

/** The pieces until a bound is reached, and those behind it; one that reaches over it is cut in two. */
function cutAt(
  pieces: readonly TracedPiece[],
  max: Bound,
): readonly [readonly TracedPiece[], readonly TracedPiece[]] {
  let left = max.characters
  for (const [index, piece] of pieces.entries()) {
    if (index >= max.pieces) return [pieces.slice(0, index), pieces.slice(index)]
    if (piece.text.length > left) {
      const [one, other] = cutInTwo(piece, left)
      return [
        [...pieces.slice(0, index), ...one],
        [...other, ...pieces.slice(index + 1)],
      ]
    }
    left -= piece.text.length
  }
  return [pieces, []]
}

/** The pieces before the last ones, and so many of the last ones as the bound has room for. */
function cutFromEnd(
  pieces: readonly TracedPiece[],
  max: Bound,
): readonly [readonly TracedPiece[], readonly TracedPiece[]] {
  let left = max.characters
  for (let index = pieces.length - 1; index >= 0; index -= 1) {
    const piece = pieces[index]!
    if (pieces.length - index > max.pieces) return [pieces.slice(0, index + 1), pieces.slice(index + 1)]
    if (piece.text.length > left) {
      const [one, other] = cutInTwo(piece, piece.text.length - left)
      return [
        [...pieces.slice(0, index), ...one],
        [...other, ...pieces.slice(index + 1)],
      ]
    }
    left -= piece.text.length
  }
  return [[], pieces]
}

function cutInTwo(piece: TracedPiece, at: number): readonly [readonly TracedPiece[], readonly TracedPiece[]] {
  const part = (text: string) => (text === '' ? [] : [{ ...piece, text }])
  return [part(piece.text.slice(0, at)), part(piece.text.slice(at))]
}

function stretch({ kind, hole, text }: TracedPiece): Markup {
  const { says, style } = writers[kind]
  const title = hole === null ? says : `${inOneLine(hole, nameMax)}: ${says}`
  return tag('span', style === '' ? { title } : { title, style }, text)
}

function legend(pieces: readonly TracedPiece[]): Markup {
  const kinds = new Set(pieces.map(({ kind }) => kind))
  const shown = (Object.keys(writers) as TracedPiece['kind'][]).filter((kind) => kinds.has(kind))
  const entries = shown.map((kind) =>
    tag('span', { style: `margin-right:1em;${writers[kind].style}` }, writers[kind].says),
  )
  return tag('div', { style: 'margin:.4em 0;font-size:11px' }, entries)
}

function valueTable(run: ToldRun): Markup | string {
  const values = Object.entries(run.values as object)
  if (values.length === 0) return ''
  const attempts = givenUp(run.trace)
  const rows = values.slice(0, rowsMax).map(([name, value]) => {
    const end = run.ends.get(name)
    const reasons = attempts.get(name) ?? []
    const tries = reasons.length === 0 ? [] : [`${reasons.length} given up before: ${reasons.at(-1)}`]
    const note = [end === undefined ? null : endNote(end), ...tries]
      .filter((each) => each !== null)
      .join('; ')
    const said = inOneLine(note, noteMax)
    return row([inOneLine(name, nameMax), valueText(value, noteMax), tag('span', { style: faint }, said)])
  })
  const more = values.length - rows.length
  return table('Values', more > 0 ? [...rows, row(['', `... ${more} more`])] : rows)
}

function choiceTables({ choices }: ToldRun): readonly Markup[] {
  return Array.from(choices)
    .slice(0, rowsMax)
    .map(([hole, { options }]) => {
      const best = [...options].sort((one, other) => other.probability - one.probability)
      const rows = best.slice(0, optionsMax).map(({ option, probability }) => {
        const share = `${(probability * 100).toFixed(1)}%`
        return row([valueText(option, 80), bar(probability, 'rgb(34,160,84)'), share])
      })
      const more = best.length - rows.length
      return table(
        `Choice of ${inOneLine(hole, nameMax)}`,
        more > 0 ? [...rows, row([`... ${more} more`])] : rows,
      )
    })
}

function ledgerBars({ ledger }: ToldRun): Markup | string {
  const { decoded, uncached } = ledger
  const most = Math.max(decoded, uncached)
  if (most === 0) return ''
  const origins = tokenClasses(ledger).map(({ says, tokens }) => `${tokens} ${says}`)
  const rows = [
    row(['decoded', bar(decoded / most, 'rgb(234,120,30)'), String(decoded)]),
    row(['without a cache', bar(uncached / most, 'rgb(128,128,128)'), String(uncached)]),
  ]
  return tag('div', {}, table('Tokens', rows), tag('div', { style: faint }, origins.join(', ')))
}

function bar(share: number, color: string): Markup {
  const width = `${(Math.min(1, Math.max(0, share)) * 100).toFixed(1)}%`
  const inside = `width:${width};height:.7em;background:${color};border-radius:2px`
  return tag(
    'div',
    { style: `width:16em;margin-top:.4em;background:rgba(128,128,128,.2)` },
    tag('div', { style: inside }),
  )
}

function row(cells: readonly (Markup | string)[]): Markup {
  return tag(
    'tr',
    { style: 'background:transparent' },
    cells.map((each) => tag('td', { style: cell }, each)),
  )
}

function table(caption: string, rows: readonly Markup[]): Markup {
  const style = 'border-collapse:collapse;border:0;margin:.4em 0;font-size:12px;color:inherit'
  const head = tag(
    'caption',
    { style: 'caption-side:top;text-align:left;font-weight:600;padding:0;color:inherit' },
    caption,
  )
  return tag('table', { style }, head, tag('tbody', {}, rows))
}
