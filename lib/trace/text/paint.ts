// Colours of a terminal, by what a text is. Decides which colour says what; without colours texts stay as they are, so
// that whatever a colour says has to be said by a word or a sign too. The text given has to be harmless already.
import type { TokenCost } from '../../engine/ledger.js'

export type Colors = 'ansi' | 'none'

export type Style = TokenCost | 'title' | 'faint' | 'good' | 'bad' | 'given-up'

/** Foregrounds that show on light and dark alike; attributes where a colour would not. */
const codes: Readonly<Record<Style, string>> = {
  cached: '32',
  restored: '36',
  prefilled: '34',
  drawn: '1;33',
  forced: '35',
  again: '31',
  title: '1',
  faint: '2',
  good: '32',
  bad: '31',
  'given-up': '2;9',
}

/** A stretch of text, and what it is. */
export interface Inked {
  readonly style: Style | null
  readonly text: string
}

export interface Pen {
  readonly colors: Colors
  paint(style: Style | null, text: string): string
}

export type Paint = Pen['paint']

export function penOf(colors: Colors): Pen {
  if (colors === 'none') return { colors, paint: (_, text) => text }
  const paint = (style: Style | null, text: string): string =>
    style === null || text === '' ? text : `\x1b[${codes[style]}m${text}\x1b[0m`
  return { colors, paint }
}

/** A bar of so many characters: parts in the order given, each in its style and by its sign. */
export function bar(
  paint: Paint,
  parts: readonly { readonly style: Style; readonly sign: string; readonly share: number }[],
  characters: number,
): string {
  let told = 0
  let sum = 0
  let text = ''
  for (const { style, sign, share } of parts) {
    sum += Math.max(0, share)
    const until = Math.min(characters, Math.round(sum * characters))
    text += paint(style, sign.repeat(Math.max(0, until - told)))
    told = Math.max(told, until)
  }
  return text + ' '.repeat(characters - told)
}

/** A line broken between words; what goes on is indented by two. Longer words stay whole. */
export function broken(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined) lines.push(word)
    else if (last.length + 1 + word.length > columns) lines.push(`  ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** Cells of a table, under each other; numbers to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, index) =>
        right.includes(index) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
      )
      .join('  ')
      .trimEnd(),
  )
}
