// How facts are laid out for people: sections of labelled values, tables, numbers with units. Decides widths and
// spacing; knows nothing of what it shows, and writes nowhere.

import picocolors from 'picocolors'
import { grouped } from '../base/counted.js'

export type Colors = ReturnType<typeof picocolors.createColors>

export const colorsFor = (terminal: { readonly hasColor: { readonly out: boolean } }): Colors =>
  picocolors.createColors(terminal.hasColor.out)

/** A label and what stands behind it. */
export type Labelled = readonly [label: string, value: string]

/** 1610612736: '1.5 GiB'. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 2 ** (10 * power)).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}

/** In three digits: 0.0123 ms, 1.23 ms, 123 ms. */
export function digits(number: number): string {
  if (number === 0 || !Number.isFinite(number)) return String(number)
  const before = Math.floor(Math.log10(Math.abs(number))) + 1
  return before >= 4 ? grouped(Math.round(number)) : number.toFixed(Math.max(0, Math.min(4, 3 - before)))
}

/** Lines of a label and a value; a value that is too long for a line goes on below itself. */
export function labelledLines(entries: readonly Labelled[], columns: number, colors: Colors): string {
  const width = Math.max(...entries.map(([label]) => label.length), 0)
  const room = Math.max(20, columns - width - 4)
  const indent = ' '.repeat(width + 4)
  return entries
    .map(([label, value]) => {
      const lines = wrapped(value, room)
      return `  ${colors.dim(label.padEnd(width))}  ${lines.join(`\n${indent}`)}\n`
    })
    .join('')
}

/** A text in lines of so many characters at most; a longer word, such as a path, is cut, behind a slash if it can. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ').flatMap((one) => cut(one, columns))) {
      if (line !== '' && line.length + 1 + word.length > columns) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines
}

/**
 * A line broken between words; longer words, such as paths, are left to the terminal, so that they can be copied.
 * Spaces in a row stay, for tables, and what goes on stands below the second column of one.
 */
export function broken(text: string, columns: number): string {
  const indent = ' '.repeat(/^ *\S.{0,25}? {2,}(?=\S)/.exec(text)?.[0].length ?? 0)
  let width = 0
  const words = text.split(/(?<=\s)(?=\S)/).map((word) => {
    const isFull = width > 0 && width + word.trimEnd().length > columns
    width = (isFull ? indent.length : width) + word.length
    return isFull ? `\n${indent}${word}` : word
  })
  return words.join('')
}

function cut(word: string, columns: number): readonly string[] {
  if (word.length <= columns) return [word]
  const slash = Math.max(word.lastIndexOf('/', columns - 1), word.lastIndexOf('\\', columns - 1)) + 1
  const at = slash > 1 ? slash : columns
  return [word.slice(0, at), ...cut(word.slice(at), columns)]
}

/** Rows of equally many cells under a head, the first column to the left and numbers to the right. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colors: Colors,
): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ')}`
  return [colors.dim(line(head)), ...rows.map(line)].map((each) => `${each.trimEnd()}\n`).join('')
}
