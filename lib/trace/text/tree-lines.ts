// The tree of cached tokens, indented where texts part. Decides how much of it is shown: what is left out is counted.
import { quotedWithin } from '../harmless.js'
import type { TreeAt } from '../state/tree.js'
import type { Paint } from './paint.js'

const linesMax = 80
const childrenMax = 12
/** Characters of the branches drawn in front of a node. */
const indentMax = 40

interface Place {
  readonly id: number
  /** What stands in front of the node's line, and of the lines below it. */
  readonly branch: string
  readonly below: string
}

export function treeLines(
  tree: TreeAt,
  textOf: (token: number) => string | null,
  paint: Paint,
  columns: number,
): readonly string[] {
  const lines: string[] = []
  const open: (Place | string)[] = placesBelow(tree, null, '').reverse()
  while (open.length > 0 && lines.length < linesMax) {
    const place = open.pop()!
    if (typeof place === 'string') {
      lines.push(place)
      continue
    }
    lines.push(nodeLine(tree, place, textOf, paint, columns))
    open.push(...placesBelow(tree, place.id, place.below).reverse())
  }
  const { size } = tree.nodes
  return open.length > 0 ? [...lines, `... of ${size} nodes`] : lines
}

/** One node below another goes on in its column; several part. */
function placesBelow({ nodes, children }: TreeAt, id: number | null, below: string): (Place | string)[] {
  const all = children.get(id) ?? []
  const isFreed = (child: number): boolean => nodes.get(child)?.state === 'freed'
  // What is still there comes first.
  const ids = [...all.filter((child) => !isFreed(child)), ...all.filter(isFreed)]
  if (ids.length === 1 || below.length >= indentMax)
    return ids.slice(0, childrenMax).map((child) => ({ id: child, branch: below, below }))
  const shown = ids.slice(0, childrenMax)
  const left = ids.length - shown.length
  const places: (Place | string)[] = shown.map((child, index) => {
    const isLast = index === ids.length - 1
    return { id: child, branch: `${below}${isLast ? '└ ' : '├ '}`, below: `${below}${isLast ? '  ' : '│ '}` }
  })
  return left > 0 ? [...places, `${below}└ ... ${left} more`] : places
}

function nodeLine(
  { nodes }: TreeAt,
  { id, branch }: Place,
  textOf: (token: number) => string | null,
  paint: Paint,
  columns: number,
): string {
  const node = nodes.get(id)
  if (node === undefined) return branch
  const { from, length, state, held } = node
  const states = [...(state === 'live' ? [] : [state]), ...(held ? ['held'] : [])]
  const noted = states.length === 0 ? '' : ` ${states.join(', ')}`
  const head = `${branch}${from}-${from + length}${noted} `
  const tokens = node.tokens()
  // Enough for a line, of either end.
  const few = tokens.length > 80 ? [...tokens.slice(0, 50), null, ...tokens.slice(-30)] : tokens
  const text = few.map((token) => (token === null ? ' ... ' : (textOf(token) ?? '?'))).join('')
  const style = state === 'live' ? (held ? 'cached' : null) : 'faint'
  return head + paint(style, quotedWithin(text, columns - head.length))
}
