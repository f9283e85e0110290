// What `model.explain` says, as a table. Decides its columns and what is cut; counts nothing itself.
import type { ExplainedPart, Explanation } from '../run/explain/explanation.js'
import { oneLine } from './safe-text.js'

interface Layout {
  readonly columns: number
  bold(text: string): string
  dim(text: string): string
}

const heads = ['kind', 'name', 'reused', 'restored', 'prefilled', 'forced', 'drawn ≤', 'text'] as const
type Row = readonly [kind: string, name: string, ...counts: string[], text: string]

export function explainTable(explanation: Explanation, contextTokens: number, layout: Layout): string {
  const { parts, tokens } = explanation
  const rows = parts.map((part): Row => [nameOfKind(part), cut(part.path, 24), ...countsOf(part), part.text])
  const total: Row = ['all', '', ...countsOf(tokens), '']
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...[...rows, total].map((row) => row[column]!.length)),
  )
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const room = Math.max(16, Math.min(layout.columns, 140) - before)
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        if (column === heads.length - 1) return cut(JSON.stringify(cell).slice(1, -1), room)
        return column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
      })
      .join('  ')
      .trimEnd()
  return [
    layout.bold(line(heads)),
    ...rows.map(line),
    layout.bold(line(total)),
    '',
    ...sentences(explanation, contextTokens),
    ...explanation.notes.map(({ code, path, message }) =>
      [`! ${message}`, layout.dim(`(${[code, path].filter((word) => word !== '').join(', ')})`)].join(' '),
    ),
    '',
  ].join('\n')
}

function nameOfKind({ kind, timesMax }: ExplainedPart): string {
  return timesMax > 1 ? `${kind} ×${timesMax}` : kind
}

function countsOf(counts: Omit<Explanation['tokens'], never>): string[] {
  const { reused, restored, prefilled, forced, drawnMax } = counts
  return [reused, restored, prefilled, forced, drawnMax].map((count) => (count === 0 ? '·' : String(count)))
}

function sentences(explanation: Explanation, contextTokens: number): readonly string[] {
  const { transcriptMin, transcriptMax, cellsMax, sequencesMax, fits, isOpen, parts } = explanation
  const longest = Number.isFinite(transcriptMax) ? String(transcriptMax) : 'any number'
  const fit = {
    yes: 'It fits',
    maybe: 'It fits if holes stay shorter than they may become',
    no: 'It does not fit',
  }[fits]
  const breaking = parts.filter(({ kind, breaks }) => kind === 'input' && breaks > 0)
  return [
    `${fit}: a transcript of ${transcriptMin} to ${longest} tokens, ${contextTokens} of context.`,
    `At most ${cellsMax} cells and ${sequencesMax} ${sequencesMax === 1 ? 'sequence' : 'sequences'} at once.`,
    ...breaking.map(
      ({ path, breaks }) => `Another ${path} means computing ${breaks} tokens of known text again.`,
    ),
    ...(isOpen ? ['Parts that depend on values nobody has yet are counted as nothing.'] : []),
  ]
}

function cut(text: string, width: number): string {
  const plain = oneLine(text)
  return plain.length <= width ? plain : `${plain.slice(0, width - 1)}…`
}
