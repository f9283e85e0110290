// A text of a run for a terminal: each token in the colour of what it cost, and in place what was given up, with the
// reason. Decides where lines break and how much of a long text is shown.
import { grouped } from '../../base/counted.js'
import { harmless, inOneLine, quotedShort } from '../harmless.js'
import type { Aside } from '../state/asides.js'
import type { Passage } from '../state/passage.js'
import type { RunAt } from '../state/run-history.js'
import type { Inked, Pen } from './paint.js'

/** Of the beginning and of the end of a text. */
const charactersMax = 4000
/** Attempts told at one place. */
const asidesMax = 100

/** `from`: characters that are shown elsewhere and left out here. */
export function passageLines(
  { cells, asides }: Passage,
  {
    run,
    from,
    pen,
    columns,
  }: { readonly run: RunAt; readonly from: number; readonly pen: Pen; readonly columns: number },
): readonly string[] {
  const before = new Map(asides.map((aside) => [aside.before, aside]))
  const inked: Inked[] = []
  let at = 0
  let open: string | null = null
  /** Without colours, what the model wrote stands in brackets. */
  const bracket = (hole: string | null): void => {
    if (hole === open) return
    if (pen.colors === 'none' && open !== null) inked.push({ style: null, text: '⟩' })
    if (pen.colors === 'none' && hole !== null) inked.push({ style: null, text: '⟨' })
    open = hole
  }
  for (const [index, { text, cost, kind, hole, drawn }] of cells.entries()) {
    const aside = before.get(index)
    if (aside !== undefined && at >= from) {
      bracket(null)
      inked.push(...asideText(aside, run))
    }
    const own = text.slice(Math.max(0, from - at))
    at += text.length
    if (own === '') continue
    const isDrawn = drawn !== null || kind === 'generated'
    bracket(kind === 'generated' ? (hole ?? '') : null)
    const style = cost ?? (isDrawn ? 'drawn' : null)
    inked.push({ style: kind === 'mark' ? 'faint' : style, text: harmless(own) })
  }
  bracket(null)
  const last = before.get(cells.length)
  if (last !== undefined) inked.push(...asideText(last, run))
  return wrapped(withoutMiddle(inked), pen, columns)
}

function asideText({ givenUp, undone }: Aside, { fills }: RunAt): readonly Inked[] {
  const attempts = givenUp.flatMap((index) => {
    const known = fills[index]
    return known === undefined ? [] : [{ text: known.fill.text, reason: known.givenUp?.reason ?? '' }]
  })
  const all = [...attempts, ...undone]
  const more = all.length > asidesMax ? `[... ${all.length - asidesMax} more given up]` : ''
  const shown = all.slice(0, asidesMax).flatMap(({ text, reason }) => [
    { style: 'faint', text: '[given up: ' } as const,
    { style: 'given-up', text: quotedShort(text, 200) } as const,
    {
      style: 'faint',
      text: `${reason === '' ? '' : ` (${inOneLine(reason, 200)})`}]`,
    } as const,
  ])
  return more === '' ? shown : [...shown, { style: 'faint', text: more }]
}

function withoutMiddle(inked: readonly Inked[]): readonly Inked[] {
  const all = inked.reduce((sum, { text }) => sum + text.length, 0)
  if (all <= 2 * charactersMax) return inked
  const first: Inked[] = []
  const last: Inked[] = []
  let at = 0
  for (const { style, text } of inked) {
    const head = text.slice(0, Math.max(0, charactersMax - at))
    const tail = text.slice(Math.max(head.length, all - charactersMax - at))
    if (head !== '') first.push({ style, text: head })
    if (tail !== '') last.push({ style, text: tail })
    at += text.length
  }
  const left = grouped(all - 2 * charactersMax)
  return [...first, { style: 'faint', text: `\n... ${left} characters ...\n` }, ...last]
}

/** Lines of so many characters at most, broken behind a space where one is near; a colour never reaches over an end. */
function wrapped(inked: readonly Inked[], { paint }: Pen, columns: number): readonly string[] {
  const shown = inked.map(({ style, text }) => ({ style, text: text.replaceAll('\t', '    ') }))
  const ends = lineEnds(shown.map(({ text }) => text).join(''), columns)
  const lines: string[] = []
  let line = ''
  let at = 0
  for (const { style, text } of shown) {
    let from = 0
    while (at + text.length - from > (ends[lines.length] ?? Number.POSITIVE_INFINITY)) {
      const until = from + ends[lines.length]! - at
      lines.push(line + paint(style, text.slice(from, until)))
      line = ''
      at = ends[lines.length - 1]!
      from = until
      if (text[from] === '\n') {
        from += 1
        at += 1
      }
    }
    line += paint(style, text.slice(from))
    at += text.length - from
  }
  return line === '' ? lines : [...lines, line]
}

/** Where lines end: at a line end, which is left out, or where the next character begins another line. */
function lineEnds(text: string, columns: number): readonly number[] {
  const ends: number[] = []
  let begin = 0
  while (begin < text.length) {
    const newline = text.indexOf('\n', begin)
    const end = newline < 0 ? text.length : newline
    if (end - begin <= columns) {
      if (newline >= 0) ends.push(end)
      begin = end + 1
      continue
    }
    begin = breakIn(text, begin, begin + columns)
    ends.push(begin)
  }
  return ends
}

/** Behind the last space, if it is not far from the end; never within a pair of surrogates. */
function breakIn(text: string, from: number, until: number): number {
  const space = text.lastIndexOf(' ', until - 1) + 1
  if (space > from + (until - from) / 2) return space
  const splits = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(until - 1, until + 1))
  return splits ? until + 1 : until
}
