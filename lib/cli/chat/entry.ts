// Lines become messages: a line that ends in a backslash goes on in the next one, and """ opens a block that """ ends.
// Also how a message of several lines stands in the one line that is edited. Pure.

/** What was typed of a message that is not whole yet; null: nothing. */
export interface OpenEntry {
  readonly kind: 'continued' | 'block'
  readonly text: string
}

export type Entry =
  | { readonly kind: 'open'; readonly open: OpenEntry }
  /** 'line': as it was typed. 'block': between """, or of several lines, so that it can't be a command. */
  | { readonly kind: 'line' | 'block'; readonly text: string }

const fence = '"""'

/** What comes of one more line. */
export function entryWith(open: OpenEntry | null, line: string): Entry {
  if (open?.kind === 'block') return blockWith(`${open.text}\n`, line)
  const start = line.trimStart()
  if (open === null && start.startsWith(fence)) return blockWith('', start.slice(fence.length))
  const before = open === null ? '' : `${open.text}\n`
  if (line.endsWith('\\'))
    return { kind: 'open', open: { kind: 'continued', text: before + line.slice(0, -1) } }
  const text = before + line
  return { kind: text.includes('\n') ? 'block' : 'line', text }
}

function blockWith(before: string, line: string): Entry {
  const end = line.trimEnd()
  if (!end.endsWith(fence)) {
    // What stands behind the opening """ is the first line; nothing there is no line.
    return { kind: 'open', open: { kind: 'block', text: before + line } }
  }
  const text = before + end.slice(0, -fence.length)
  return { kind: 'block', text: text.replace(/^\n/, '').replace(/\n$/, '') }
}

/** Stands for a line break in the line that is edited, and for a tab. */
const breakSign = '\u23ce'
const tabSign = '\u2409'

/** A text as one line that can be edited; characters a terminal would obey go by `shown`. */
export function lineOf(text: string, shown: (text: string) => string): string {
  const line = text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\n', breakSign)
    .replaceAll('\t', tabSign)
  return shown(line)
}

/** The text that such a line stands for. */
export function textOf(line: string): string {
  return line.replaceAll(breakSign, '\n').replaceAll(tabSign, '\t')
}
