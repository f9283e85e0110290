// The tree of cached tokens as a picture to look around in. Decides which nodes are drawn (those in sight), what the
// text that is read uses, and how keys go from node to node. A chosen node is shown in the text.
import { useMemo, useRef, useState } from 'preact/hooks'
import { nodesOf, type Scene, tokensOfText } from './scene.js'
import type { Store, View } from './store.js'
import { type Box, boxAfter, linkOf, type TreePicture, treePicture } from './tree-layout.js'
import { About, TreeKey, TreeNode } from './tree-node.js'
import {
  fitting,
  inSight,
  isInSight,
  margin,
  type Size,
  usePan,
  useSize,
  type Window,
  zoomed,
} from './tree-window.js'

export interface TreeProps {
  readonly scene: Scene
  readonly view: View
  readonly store: Store
  /** Shows the node's tokens in a text. */
  readonly open: (id: number) => void
}

export function Tree({ scene, view, store, open }: TreeProps) {
  const box = useRef<HTMLDivElement>(null)
  const [freed, setFreed] = useState<'shown' | 'hidden'>('shown')
  const [pointed, hover] = useState<number | null>(null)
  const size = useSize(box)
  const picture = usePicture(scene, freed, size)
  const used = useUsed(scene)
  const { at, move, zoom, showAll } = useWindow(picture, size, used)
  const pan = usePan(at, move)
  const active = view.node ?? picture.boxes[0]?.node.id ?? null
  const openAt = (target: EventTarget | null, id = nodeAt(target)) => id !== null && open(id)
  const onKey = (event: KeyboardEvent) => {
    const { key } = event
    const next = boxAfter(key, picture.boxes, active)
    if (key === '+' || key === '=') zoom(1.3)
    else if (key === '-') zoom(1 / 1.3)
    else if (key === '0') showAll()
    else if ((key === 'Enter' || key === ' ') && active !== null) open(active)
    else if (next === null) return
    else {
      store.set({ node: next.node.id })
      move(inSight(at, next, size))
      focusLater(box.current, next)
    }
    event.preventDefault()
  }
  const shown = picture.boxes.find(({ node }) => node.id === (pointed ?? view.node))
  return (
    <div class="tree">
      <Tools {...{ freed, setFreed, zoom, showAll }} />
      {picture.boxes.length === 0 && <p class="empty">No tokens are cached at this moment.</p>}
      <div
        ref={box}
        class="canvas"
        role="tree"
        tabIndex={-1}
        aria-label={label}
        onKeyDown={onKey}
        onClick={({ target }) => openAt(target)}
        onPointerOver={({ target }) => hover(nodeAt(target))}
        onPointerLeave={() => hover(null)}
        {...pan}
      >
        <svg role="presentation">
          <g transform={`translate(${at.x},${at.y}) scale(${at.scale})`}>
            <Nodes {...{ scene, view, picture, used, active, at, size }} />
          </g>
        </svg>
      </div>
      <About
        scene={scene}
        picture={picture}
        box={shown}
        isUsed={shown !== undefined && used.has(shown.node.id)}
        hidden={picture.boxes.filter((one) => !isInSight({ ...one, parent: null }, at, size)).length}
      />
    </div>
  )
}

/** As soon as the node is in the page. */
function focusLater(box: HTMLElement | null, { node }: Box): void {
  requestAnimationFrame(() => box?.querySelector<SVGElement>(`[data-node="${node.id}"]`)?.focus())
}

/** Id of the node that an element of the picture is a part of. */
function nodeAt(target: EventTarget | null): number | null {
  const node = target instanceof Element ? target.closest<SVGElement>('[data-node]') : null
  return node === null ? null : Number(node.dataset.node)
}

const label =
  'Cached tokens. Arrows go from node to node, Enter shows one in the text, plus and minus zoom, 0 shows all.'

/** Where the picture stands: as is best for it, until the reader moves it. */
function useWindow(picture: TreePicture, size: Size, used: ReadonlySet<number>) {
  const [moved, move] = useState<Window | null>(null)
  const at = moved ?? fitting(picture, size, used, 'readable')
  const showAll = () => move(fitting(picture, size, used, 'whole'))
  const zoom = (factor: number) => move(zoomed(at, factor, size.width / 2, size.height / 2))
  return { at, move, zoom, showAll }
}

function usePicture({ tree }: Scene, freed: 'shown' | 'hidden', { width }: Size): TreePicture {
  return useMemo(() => treePicture(tree, freed, width - 2 * margin), [tree, freed, width])
}

/** The nodes that hold the text that is read. */
function useUsed(scene: Scene): ReadonlySet<number> {
  return useMemo(() => {
    const tokens = tokensOfText(scene)
    return new Set(tokens === null ? [] : nodesOf(scene.tree, tokens))
  }, [scene.tree, scene.passage, scene.run])
}

interface ToolsProps {
  readonly freed: 'shown' | 'hidden'
  readonly setFreed: (freed: 'shown' | 'hidden') => void
  readonly zoom: (factor: number) => void
  readonly showAll: () => void
}

function Tools({ freed, setFreed, zoom, showAll }: ToolsProps) {
  return (
    <div class="bar-of-tools">
      <TreeKey freed={freed} toggle={() => setFreed(freed === 'shown' ? 'hidden' : 'shown')} />
      <span class="zoom">
        <button type="button" onClick={() => zoom(1.3)} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => zoom(1 / 1.3)} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={showAll}>
          Fit
        </button>
      </span>
    </div>
  )
}

interface NodesProps extends Pick<TreeProps, 'scene' | 'view'> {
  readonly picture: TreePicture
  readonly used: ReadonlySet<number>
  readonly active: number | null
  readonly at: Window
  readonly size: Size
}

function Nodes({ scene, view, picture, used, active, at, size }: NodesProps) {
  const seen = picture.boxes.filter((one) => isInSight(one, at, size))
  // One can be reached by Tab, also where the chosen one is out of sight.
  const reached = seen.find(({ node }) => node.id === active) ?? seen[0]
  return (
    <>
      {seen.map((one) => (
        <path key={`l${one.node.id}`} class={used.has(one.node.id) ? 'link used' : 'link'} d={linkOf(one)} />
      ))}
      {seen.map((one) => {
        const { id } = one.node
        const mark = `${used.has(id) ? ' used' : ''}${id === view.node ? ' chosen' : ''}`
        const tab = id === reached?.node.id ? 0 : -1
        return <TreeNode key={id} box={one} {...{ scene, mark, tab }} />
      })}
    </>
  )
}
