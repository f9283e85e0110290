// Breaks a text into rows of a fixed number of columns, so that a long one can be scrolled without measuring it.
// Decides where a row ends, and where attempts that were given up stand: below the row they belong to. Pure.
import { harmless } from '../lib/trace/harmless.js'
import type { Aside } from '../lib/trace/state/asides.js'
import type { Cell } from '../lib/trace/state/passage.js'

/** A stretch of one cell in one row. */
export interface Part {
  readonly kind: 'cell'
  readonly cell: Cell
  /** Of the cell in its list. */
  readonly index: number
  /** What is shown; a line's end is shown as a sign of its own. */
  readonly text: string
  readonly ends: 'line' | 'nothing'
}

export interface Chip {
  readonly kind: 'chip'
  readonly aside: Aside
  readonly label: string
}

/** `attempt`: it shows what was given up, as number of the fill, or as text. */
export type Row =
  | { readonly kind: 'text'; readonly parts: readonly (Part | Chip)[]; readonly attempt: Attempt | null }
  | { readonly kind: 'head'; readonly label: string; readonly text: string }

export interface Attempt {
  /** Number of the attempt in its aside, from 1 on. */
  readonly number: number
  /** Number in the run's list of fills; null: no fill tells of it. */
  readonly fill: number | null
  readonly reason: string
  readonly cells: readonly Cell[]
}

export interface RowsOptions {
  readonly columns: number
  /** What an aside holds; where it is folded, nothing of it is shown. */
  attemptsOf(aside: Aside): readonly Attempt[]
  isOpen(aside: Aside): boolean
  /** Shown for a token that spells nothing by itself. */
  signOf(cell: Cell): string
}

export function rowsOf(
  cells: readonly Cell[],
  asides: readonly Aside[],
  options: RowsOptions,
): readonly Row[] {
  const breaker = new Breaker(options, null)
  let next = 0
  for (let index = 0; index <= cells.length; index += 1) {
    for (; asides[next]?.before === index; next += 1) breaker.chip(asides[next]!)
    const cell = cells[index]
    if (cell !== undefined) breaker.cell(cell, index)
  }
  return breaker.rows()
}

/** Row and part that show the cell's beginning; null: none do. */
export function placeOfCell(rows: readonly Row[], index: number): { row: number; part: number } | null {
  for (const [number, row] of rows.entries()) {
    if (row.kind === 'head' || row.attempt !== null) continue
    const part = row.parts.findIndex((one) => one.kind === 'cell' && one.index === index)
    if (part >= 0) return { row: number, part }
  }
  return null
}

class Breaker {
  readonly #options: RowsOptions
  readonly #attempt: Attempt | null
  readonly #rows: Row[] = []
  #parts: (Part | Chip)[] = []
  #column = 0
  /** Rows of attempts that stand below the row that is being filled. */
  #below: Row[] = []

  constructor(options: RowsOptions, attempt: Attempt | null) {
    this.#options = options
    this.#attempt = attempt
  }

  cell(cell: Cell, index: number): void {
    if (cell.text === '') {
      const text = this.#options.signOf(cell)
      if (text !== '') this.#put({ kind: 'cell', cell, index, text, ends: 'nothing' }, text.length + 1)
      return
    }
    // Nearly all tokens are such, and there may be many.
    if (plain.test(cell.text)) {
      this.#line(cell, index, cell.text, 'nothing')
      return
    }
    // Nothing in a token turns the direction of what stands beside it.
    const lines = harmless(cell.text).split('\n')
    for (const [number, line] of lines.entries()) {
      const isLast = number === lines.length - 1
      this.#line(cell, index, line, isLast ? 'nothing' : 'line')
      if (!isLast) this.#end()
    }
  }

  chip(aside: Aside): void {
    const attempts = this.#options.attemptsOf(aside)
    const labels = [
      ...(attempts.length > 0
        ? [attempts.length === 1 ? '1 rolled back' : `${attempts.length} rolled back`]
        : []),
      ...(aside.forks.length > 0
        ? [aside.forks.length === 1 ? '1 text begins' : `${aside.forks.length} texts begin`]
        : []),
    ]
    const label = labels.join(', ')
    this.#put({ kind: 'chip', aside, label }, label.length + 4)
    if (!this.#options.isOpen(aside)) return
    for (const attempt of attempts) {
      this.#below.push(...headRows(attempt, this.#options.columns))
      const inner = new Breaker(this.#options, attempt)
      for (const [index, cell] of attempt.cells.entries()) inner.cell(cell, index)
      this.#below.push(...inner.rows())
    }
  }

  rows(): readonly Row[] {
    if (this.#parts.length > 0 || this.#below.length > 0) this.#end()
    return this.#rows
  }

  /** Words longer than a row are cut; others go to the next row whole. */
  #line(cell: Cell, index: number, line: string, ends: Part['ends']): void {
    const { columns } = this.#options
    let rest = line
    while (rest.length > 0) {
      const room = columns - this.#column
      const width = widthOf(rest)
      if (width <= room) break
      const cut = cutAt(rest, room, this.#column === 0 ? 'must' : 'may')
      if (cut > 0) this.#put({ kind: 'cell', cell, index, text: rest.slice(0, cut), ends: 'nothing' }, cut)
      rest = rest.slice(cut)
      // Tokens that begin the same word go on with it.
      const word = cut === 0 ? this.#takeWord() : []
      this.#end()
      for (const part of word) this.#put(part, widthOf(part.text))
    }
    if (rest.length > 0 || ends === 'line')
      this.#put({ kind: 'cell', cell, index, text: rest, ends }, widthOf(rest))
  }

  /** The parts at the row's end behind its last space, where they are few enough to be a word. */
  #takeWord(): readonly Part[] {
    let from = this.#parts.length
    let width = 0
    while (from > 0) {
      const part = this.#parts[from - 1]!
      if (part.kind === 'chip' || part.text.endsWith(' ')) break
      width += widthOf(part.text)
      if (width > wordMax || from === 1) return []
      from -= 1
      if (part.text.startsWith(' ')) break
    }
    const word = this.#parts.splice(from) as Part[]
    const [first] = word
    if (first?.text.startsWith(' ') !== true) return word
    // The space before the word ends the row.
    this.#parts.push({ ...first, text: ' ' })
    return [{ ...first, text: first.text.slice(1) }, ...word.slice(1)]
  }

  #put(part: Part | Chip, width: number): void {
    if (part.kind === 'chip' && this.#column > 0 && this.#column + width > this.#options.columns) this.#end()
    this.#parts.push(part)
    this.#column += width
  }

  #end(): void {
    this.#rows.push({ kind: 'text', parts: this.#parts, attempt: this.#attempt }, ...this.#below)
    this.#parts = []
    this.#below = []
    this.#column = 0
  }
}

/** Columns a word may have that is not cut. */
const wordMax = 24

/** What stands above an attempt: in one row where it fits. */
function headRows({ number, reason }: Attempt, columns: number): readonly Row[] {
  const label = `Attempt ${number} rolled back`
  const why = reason === '' ? 'another one was kept' : harmless(reason)
  if (label.length + why.length + 8 <= columns) return [{ kind: 'head', label, text: why }]
  const lines: string[] = []
  for (let rest = why; rest !== ''; ) {
    const cut = rest.length <= columns ? rest.length : Math.max(1, cutAt(rest, columns, 'must'))
    lines.push(rest.slice(0, cut))
    rest = rest.slice(cut)
  }
  return [{ kind: 'head', label, text: '' }, ...lines.map((text): Row => ({ kind: 'head', label: '', text }))]
}

/** After how many characters a row may end; 0: the whole stretch goes to the next one. */
function cutAt(text: string, room: number, word: 'may' | 'must'): number {
  let fits = 0
  for (let width = 0; fits < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(fits)!)
    width += widthOf(character)
    if (width > room) break
    fits += character.length
  }
  // A space may hang over the row's end.
  const space = text.lastIndexOf(' ', fits)
  if (space >= 0) return space + 1
  return word === 'must' ? Math.max(1, fits) : 0
}

/** Characters that take two columns: East Asian ones and pictures. */
const wide = new RegExp(
  [
    String.raw`[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3]`,
    String.raw`[\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]`,
    String.raw`\p{Extended_Pictographic}`,
  ].join('|'),
  'gu',
)

/** What has a column for each character, in one line. */
const plain = /^[\x20-\x7e]*$/

function widthOf(text: string): number {
  // Most texts have none: a test of each character would cost more than all the rest.
  if (plain.test(text)) return text.length
  return [...text].length + (text.match(wide)?.length ?? 0)
}
