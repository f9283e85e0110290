// A text of a run token by token, as a reader sees it: who wrote each token, what it cost, which fill drew it, and what
// was given up on the way. Decides how tokens and characters lie on each other, where bytes make no character by
// themselves and marks stand for no text. Never throws.
import type { TokenCost } from '../../engine/ledger.js'
import type { TracedPiece } from '../trace.js'
import { type Aside, Asides, joined } from './asides.js'
import type { FullText } from './full-text.js'
import type { RunAt } from './run-history.js'
import { endsOf } from './spelling.js'
import { type Segment, type Strand, segmentsOf } from './strands.js'

/** A token of a text, or a stretch whose tokens are not told. */
export interface Cell {
  /** '' for a token that spells nothing by itself. */
  readonly text: string
  /** Null: not told. */
  readonly token: number | null
  readonly kind: TracedPiece['kind']
  readonly hole: string | null
  /** Null: not told. */
  readonly cost: TokenCost | null
  /** Number of its fill in the run's list, and of the token in that; null: nothing drew it. */
  readonly drawn: { readonly fill: number; readonly index: number } | null
}

export interface Passage {
  readonly cells: readonly Cell[]
  /** The first so many are what the run goes on from: the names of their holes are those of other runs. */
  readonly inherited: number
  readonly asides: readonly Aside[]
}

export type TextOf = (token: number) => string | null

export interface ToldTexts {
  /** The text as its run ends with it, so that tokens are known before it is over; null: not told. */
  readonly final: FullText | null
  /** The text the run goes on from; null: none, or not told. */
  readonly before: FullText | null
}

export function passageOf(
  run: RunAt,
  strands: readonly Strand[],
  id: number,
  { final, before }: ToldTexts,
  textOf: TextOf,
): Passage {
  const written = new Writing(run, textOf, isInChoice(strands, id) ? 'in a choice' : 'for good')
  if (before !== null) written.begin(before)
  for (const segment of segmentsOf(strands, id)) written.take(segment)
  if (final === null) return written.passage()
  const text = textIn(final)
  const isOver = run.outcome === 'done'
  if (!isOver && !text.startsWith(written.text)) return written.passage()
  const cells = finalCells(final, text, run.fills, textOf)
  return written.over(cells, isOver ? text.length : written.text.length, final.inherited)
}

/** Cells of one fill: those of the value's text, without what only spelled anew what stood before. */
export function fillCells(run: RunAt, index: number, textOf: TextOf): readonly Cell[] {
  const known = run.fills[index]
  if (known === undefined) return []
  const { hole, text, tokens, kinds } = known.fill
  const ends = endsOf(text, tokens.map(textOf))
  const cells = tokens.map((token, at): Cell => {
    const cost = kinds[at] === 'f' ? 'forced' : kinds[at] === 'k' ? null : 'drawn'
    const own = text.slice(ends[at - 1] ?? 0, ends[at])
    return { text: own, token, kind: 'generated', hole, cost, drawn: { fill: index, index: at } }
  })
  const first = cells.findIndex((cell) => cell.text !== '')
  const last = cells.findLastIndex((cell) => cell.text !== '')
  return first < 0 ? [] : cells.slice(first, last + 1)
}

/** Fills of a choice are given up together, the one that is kept too, and nobody says why. */
function isInChoice(strands: readonly Strand[], id: number): boolean {
  for (let at = strands[id]; at !== undefined; at = at.parent === null ? undefined : strands[at.parent]) {
    if (at.kind === 'candidate') return true
  }
  return strands.some(({ state }) => state === 'kept')
}

const nothing = { givenUp: [], undone: [], forks: [] } as const
const plain = { token: null, cost: null, drawn: null } as const
const pick = ({ text, hole }: Pick<Cell, 'text' | 'hole'>) => ({ text, hole })

const textIn = ({ pieces }: FullText): string => pieces.map(({ text }) => text).join('')

class Writing {
  text = ''
  readonly #run: RunAt
  readonly #textOf: TextOf
  readonly #where: 'in a choice' | 'for good'
  readonly #cells: Cell[] = []
  #inherited = 0
  readonly #asides = new Asides()
  /** Where the value of each hole begins, in characters. */
  readonly #begins = new Map<string, number>()

  constructor(run: RunAt, textOf: TextOf, where: 'in a choice' | 'for good') {
    this.#run = run
    this.#textOf = textOf
    this.#where = where
  }

  /** What the run goes on from. Nobody knows yet what that cost it. */
  begin(before: FullText): void {
    const cells = finalCells(before, textIn(before), [], this.#textOf)
    this.#add(cells.map((cell) => ({ ...cell, cost: null })))
    this.#inherited = cells.length
  }

  take(segment: Segment): void {
    switch (segment.type) {
      case 'text':
        this.#add([{ ...plain, ...pick(segment), kind: segment.hole === null ? 'literal' : 'known' }])
        return
      case 'value':
        this.#begins.set(segment.hole, this.text.length)
        this.#add([{ ...plain, ...pick(segment), kind: 'generated' }])
        return
      case 'fork':
        this.#aside({ ...nothing, forks: segment.strands }, null)
        return
      case 'rewrite':
        this.#cut(segment.kept)
        return
      case 'undone':
        this.#undo(segment)
        return
      case 'fill':
        this.#fill(segment.index)
    }
  }

  #fill(index: number): void {
    const known = this.#run.fills[index]
    if (known === undefined) return
    const { fill, givenUp } = known
    const counts = givenUp === null || (this.#where === 'in a choice' && givenUp.reason === '')
    if (counts) {
      this.#begins.set(fill.hole, this.text.length)
      this.#add(fillCells(this.#run, index, this.#textOf))
    } else this.#aside({ ...nothing, givenUp: [index] }, fill.hole)
  }

  #undo({ hole, text, reason, stood }: Extract<Segment, { readonly type: 'undone' }>): void {
    if (stood === 'as the end' && this.text.endsWith(text)) this.#cut(this.text.length - text.length)
    if (stood === 'as a value') this.#cut(this.#begins.get(hole) ?? this.text.length)
    this.#aside({ ...nothing, undone: [{ text, reason }] }, hole)
  }

  passage(): Passage {
    const inherited = Math.min(this.#inherited, this.#cells.length)
    return { cells: this.#cells, inherited, asides: joined(this.#asides.placed()) }
  }

  /** The same asides over other cells, of which so many characters are there. */
  over(all: readonly Cell[], characters: number, inherited: number): Passage {
    const starts: number[] = []
    const holes = new Map<string, number>()
    let at = 0
    for (const [index, { text, hole }] of all.entries()) {
      if (at >= characters && text !== '') break
      starts.push(at)
      at += text.length
      if (index >= inherited && hole !== null && !holes.has(hole)) holes.set(hole, index)
    }
    const cells = all.slice(0, starts.length)
    const asides = this.#asides.placed().map((aside) => {
      const ofHole = aside.hole === null ? undefined : holes.get(aside.hole)
      return { ...aside, before: ofHole ?? firstFrom(starts, aside.at) }
    })
    const sorted = asides.sort((one, other) => one.before - other.before)
    return { cells, inherited: Math.min(inherited, cells.length), asides: joined(sorted) }
  }

  #add(cells: readonly Cell[]): void {
    for (const cell of cells) {
      this.#cells.push(cell)
      this.text += cell.text
    }
  }

  #aside(aside: Omit<Aside, 'before'>, hole: string | null): void {
    this.#asides.add({ ...aside, before: this.#cells.length, at: this.text.length, hole })
  }

  #cut(kept: number): void {
    if (kept > this.text.length) return
    const cells = this.#cells
    let end = this.text.length
    for (let last = cells.at(-1); last !== undefined && end > kept; last = cells.at(-1)) {
      end -= last.text.length
      if (end < kept) {
        cells[cells.length - 1] = { ...last, text: last.text.slice(0, kept - end) }
        break
      }
      cells.pop()
    }
    // What spells nothing by itself goes with what stood behind it.
    while (cells.at(-1)?.text === '') cells.pop()
    this.text = this.text.slice(0, kept)
    this.#asides.cut(cells.length, kept)
  }
}

/** Index of the first entry, in rising order, that is not below the value; how many there are where none is. */
function firstFrom(entries: readonly number[], value: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (entries[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

function finalCells(final: FullText, text: string, fills: RunAt['fills'], textOf: TextOf): readonly Cell[] {
  const { pieces, tokens, costs, first } = final
  if (tokens.length === 0) {
    return pieces.map(({ kind, hole, text: own }) => ({
      text: own,
      token: null,
      kind,
      hole,
      cost: null,
      drawn: null,
    }))
  }
  const ends = endsOf(text, tokens.map(textOf))
  const drawn = drawnIn(tokens, first - 1, fills)
  let piece = 0
  let pieceEnd = pieces[0]?.text.length ?? 0
  return tokens.map((token, at) => {
    const start = ends[at - 1] ?? 0
    const end = ends[at] ?? start
    // A token across two pieces is of the one where it ends: the value, where a hole's begin is spelled anew.
    while (pieceEnd < Math.max(end, start + 1) && piece < pieces.length - 1) {
      piece += 1
      pieceEnd += pieces[piece]!.text.length
    }
    const { kind, hole } = pieces[piece] ?? { kind: 'literal', hole: null }
    const own = text.slice(start, end)
    return { text: own, token, kind, hole, cost: costs[at] ?? null, drawn: drawn.get(at) ?? null }
  })
}

/**
 * By token of the text: the fill that drew it. Of another text's fills the tokens are not the same ones. `missing`:
 * tokens before the second one that are not in the list.
 */
function drawnIn(
  tokens: readonly number[],
  missing: number,
  fills: RunAt['fills'],
): Map<number, NonNullable<Cell['drawn']>> {
  const drawn = new Map<number, NonNullable<Cell['drawn']>>()
  for (const [fill, { fill: told, givenUp }] of fills.entries()) {
    const count = Math.min(told.tokens.length, told.kinds.length)
    if (givenUp !== null || count === 0) continue
    const begin = [told.from - told.healed - missing, told.from - missing].find((from) =>
      told.tokens.slice(0, Math.max(1, count - 1)).every((token, index) => tokens[from + index] === token),
    )
    if (begin === undefined) continue
    for (let index = 0; index < count && tokens[begin + index] === told.tokens[index]; index += 1) {
      drawn.set(begin + index, { fill, index })
    }
  }
  return drawn
}
