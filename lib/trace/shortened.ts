// What is left of a trace that grew too long: its newest lines, and before them what these need to be understood. So a
// recording may go on for ever. Decides what older lines come to; the newest half stays as it is.
import type { NodeChange } from '../base/tree-change.js'
import type { TraceLine } from './trace.js'

/** What a line takes, by and by: bytes of its JSON. */
export function lineBytes(line: TraceLine): number {
  switch (line.type) {
    case 'texts':
      return line.texts.reduce((sum, [, text]) => sum + 12 + text.length, 40)
    case 'fill':
      return line.alternatives.reduce(
        (sum, list) => sum + 30 + 18 * (list?.length ?? 0),
        200 + line.text.length + line.hole.length,
      )
    case 'tree':
      return line.nodes.reduce((sum, { tokens }) => sum + 100 + 6 * tokens.length, 60 + 24 * line.gone.length)
    case 'end': {
      const texts = line.texts.reduce((sum, one) => sum + textBytes(one), 400)
      return texts + JSON.stringify([line.values, line.choices, line.votes, line.error, line.kept]).length
    }
    case 'event':
      return 60 + JSON.stringify(line.event).length
    case 'run':
      return 300
    case 'step':
      return 320
    case 'given-up':
      return 60 + 6 * line.fills.length
  }
}

function textBytes({ tokens, pieces, costs }: Extract<TraceLine, { type: 'end' }>['texts'][number]): number {
  const numbers = 6 * tokens.length + 16 * costs.length
  return pieces.reduce((sum, { text, hole }) => sum + 50 + text.length + (hole?.length ?? 0), numbers)
}

export interface Shortened {
  /** What the older ones come to. */
  readonly front: readonly TraceLine[]
  /** The newer ones as they are. */
  readonly rest: readonly TraceLine[]
}

/**
 * Without lines whose runs are over, `bytes` and more of them, the oldest first. A run that goes on for longer than
 * that leaves room too: its beginning is told no more.
 */
export function shortened(lines: readonly TraceLine[], bytes: number): Shortened {
  let cut = 0
  for (let left = bytes; cut < lines.length && left > 0; cut += 1) left -= lineBytes(lines[cut]!)
  const old = lines.slice(0, cut)
  const over = new Set(old.flatMap((line) => (line.type === 'end' ? [line.run] : [])))
  const at = old.at(-1)?.at ?? 0
  const unfinished = old.filter((line) => 'run' in line && !over.has(line.run))
  const isLong = unfinished.reduce((sum, line) => sum + lineBytes(line), 0) > bytes / 2
  const open = isLong ? unfinished.filter(({ type }) => type === 'run') : unfinished
  const texts = knownTexts(old, open[0]?.at ?? at)
  return { front: [...texts, ...open, ...knownTree(old, at)], rest: lines.slice(cut) }
}

function knownTexts(lines: readonly TraceLine[], at: number): TraceLine[] {
  const texts = lines.flatMap((line) => (line.type === 'texts' ? line.texts : []))
  return texts.length === 0 ? [] : [{ at, type: 'texts', texts }]
}

function knownTree(lines: readonly TraceLine[], at: number): TraceLine[] {
  const all = new Map<number, NodeChange>()
  for (const line of lines) {
    if (line.type !== 'tree') continue
    for (const node of line.nodes) {
      const before = all.get(node.id)?.tokens.slice(0, node.tokensFrom) ?? []
      all.set(node.id, { ...node, tokensFrom: 0, tokens: [...before, ...node.tokens] })
    }
    for (const { id } of line.gone) all.delete(id)
  }
  return all.size === 0 ? [] : [{ at, type: 'tree', nodes: [...all.values()], gone: [] }]
}
