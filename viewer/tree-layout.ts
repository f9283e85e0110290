// Where the nodes of the tree of cached tokens stand in the picture: a text goes from left to right, a node is as long
// as its tokens, and what goes on from it hangs on its right end. Decides the scale: all of it is as wide as there is
// room, where its nodes still differ then. Pure.
import { flextree } from 'd3-flextree'
import type { NodeAt, TreeAt } from '../lib/trace/state/tree.js'

export interface Box {
  readonly node: NodeAt
  readonly x: number
  readonly y: number
  readonly width: number
  /** What it has for itself: nothing hangs on the last node of a text, so that words may stand behind a small box. */
  readonly room: number
  readonly depth: number
  /** Of the box it hangs on; null: of none. */
  readonly parent: Box | null
}

export interface TreePicture {
  /** The ones above first, and then from the top down. */
  readonly boxes: readonly Box[]
  readonly width: number
  readonly height: number
}

export const boxHeight = 22
const gapAcross = 6
const gapAlong = 18
const widthMin = 42
const wordsMax = 124
/** Of the picture's width, that words behind a box may have. */
const wordsShare = 0.22
/** Of a token, at most. */
const scaleMax = 9

interface Item {
  readonly node: NodeAt | null
  readonly children: Item[]
}

/** `freed`: whether nodes whose room was given to others are drawn. `goal`: how wide all of it is, where it can be. */
export function treePicture(tree: TreeAt, freed: 'shown' | 'hidden', goal: number): TreePicture {
  const items = new Map<number | null, Item>([[null, { node: null, children: [] }]])
  // A node comes before those below it, since it begins before them.
  const nodes = [...tree.nodes.values()]
    .filter(({ state }) => freed === 'shown' || state !== 'freed')
    .sort((one, other) => one.from - other.from || one.length - other.length || one.id - other.id)
  for (const node of nodes) {
    const item: Item = { node, children: [] }
    items.set(node.id, item)
    const above = items.get(node.parent) ?? items.get(null)!
    above.children.push(item)
  }
  const words = Math.min(wordsMax, goal * wordsShare)
  const scale = scaleFor(nodes, items, goal)
  const widthOf = ({ length }: NodeAt) => Math.max(widthMin, length * scale)
  const roomOf = ({ node, children }: Item & { readonly node: NodeAt }) =>
    children.length === 0 ? roomOfLast(widthOf(node), words) : widthOf(node)
  const layout = flextree<Item>({
    children: (item) => item.children,
    nodeSize: ({ data: { node, children } }) =>
      node === null ? [0, 0] : [boxHeight + gapAcross, roomOf({ node, children }) + gapAlong],
    spacing: () => 0,
  })
  const placed = layout(layout.hierarchy(items.get(null)!))
  const boxes: Box[] = []
  const byId = new Map<number, Box>()
  let top = 0
  let bottom = 0
  let width = 0
  placed.each((at) => {
    const { node, children } = at.data
    if (node === null) return
    const parent = node.parent === null ? null : (byId.get(node.parent) ?? null)
    const box: Box = {
      node,
      x: (at as { y?: number }).y ?? 0,
      y: (at as { x?: number }).x ?? 0,
      width: widthOf(node),
      room: roomOf({ node, children }),
      depth: at.depth,
      parent,
    }
    byId.set(node.id, box)
    boxes.push(box)
    top = Math.min(top, box.y)
    bottom = Math.max(bottom, box.y + boxHeight)
    width = Math.max(width, box.x + box.room)
  })
  return { boxes: boxes.map((box) => shifted(box, top)), width, height: bottom - top }
}

/** Words stand in a box that has room for as many as behind it. */
const roomOfLast = (width: number, words: number): number => (width < words + 30 ? width + words : width)

/** Pixels of a token, so that the widest text takes what there is; the longest one takes a fifth of it at least. */
function scaleFor(nodes: readonly NodeAt[], items: ReadonlyMap<number | null, Item>, goal: number): number {
  const words = Math.min(wordsMax, goal * wordsShare)
  const ends = new Map<number | null, number>()
  const widthAt = (scale: number): number => {
    let most = 0
    for (const { id, parent, length } of nodes) {
      const width = Math.max(widthMin, length * scale)
      const isLast = items.get(id)?.children.length === 0
      const begin = ends.get(parent) ?? 0
      ends.set(id, begin + width + gapAlong)
      most = Math.max(most, begin + (isLast ? roomOfLast(width, words) : width))
    }
    return most
  }
  const longest = nodes.reduce((most, { from, length }) => Math.max(most, from + length), 1)
  let low = Math.min(scaleMax, goal / 5 / longest)
  let high = scaleMax
  if (widthAt(high) <= goal) return high
  for (let turn = 0; turn < 24; turn += 1) {
    const middle = (low + high) / 2
    if (widthAt(middle) > goal) high = middle
    else low = middle
  }
  return low
}

/** The picture begins at 0. The parents keep their old places, which `linkOf` is told of. */
function shifted(box: Box, top: number): Box {
  return {
    ...box,
    y: box.y - top,
    parent: box.parent === null ? null : { ...box.parent, y: box.parent.y - top },
  }
}

/** The line from the node above. */
export function linkOf({ x, y, parent }: Box): string {
  if (parent === null) return ''
  const from = parent.x + parent.width
  const fromY = parent.y + boxHeight / 2
  const toY = y + boxHeight / 2
  const middle = (from + x) / 2
  return `M${from},${fromY}C${middle},${fromY} ${middle},${toY} ${x},${toY}`
}

/** The box a key goes to; null: it does nothing here. */
export function boxAfter(key: string, boxes: readonly Box[], id: number | null): Box | null {
  const at = boxes.find(({ node }) => node.id === id) ?? null
  if (at === null) return boxes[0] ?? null
  const level = boxes.filter(({ depth }) => depth === at.depth).sort((one, other) => one.y - other.y)
  switch (key) {
    case 'ArrowRight':
      return (
        boxes.filter(({ parent }) => parent?.node.id === id).sort((one, other) => one.y - other.y)[0] ?? at
      )
    case 'ArrowLeft':
      return boxes.find(({ node }) => node.id === at.parent?.node.id) ?? at
    case 'ArrowDown':
      return level[level.indexOf(at) + 1] ?? at
    case 'ArrowUp':
      return level[level.indexOf(at) - 1] ?? at
    default:
      return null
  }
}
