// The tree of cached tokens as a picture to look around in. Decides which nodes are drawn (those in sight), what the
// text that is read uses, and how keys and pointers move it. A chosen node is shown in the text.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { count, plural, visible } from './facts.js'
import { nodesOf, type Scene } from './scene.js'
import type { Store, View } from './store.js'
import { type Box, boxAfter, boxHeight, linkOf, type TreePicture, treePicture } from './tree-layout.js'

interface Window {
  readonly x: number
  readonly y: number
  readonly scale: number
}

interface Size {
  readonly width: number
  readonly height: number
}

const scaleMin = 0.08
const scaleMax = 3
/** Below it nobody reads what stands in a node. */
const scaleReadable = 0.78
const margin = 12

export interface TreeProps {
  readonly scene: Scene
  readonly view: View
  readonly store: Store
  /** Shows the node's tokens in a text. */
  readonly open: (id: number) => void
}

export function Tree({ scene, view, store, open }: TreeProps) {
  const box = useRef<SVGSVGElement>(null)
  const [freed, setFreed] = useState<'shown' | 'hidden'>('shown')
  const [hover, setHover] = useState<number | null>(null)
  const size = useSize(box)
  const picture = useMemo(
    () => treePicture(scene.tree, freed, size.width * 0.8),
    [scene.tree, freed, size.width],
  )
  const used = useMemo(() => {
    const tokens = tokensOfText(scene)
    return new Set(tokens === null ? [] : nodesOf(scene.tree, tokens))
  }, [scene.tree, scene.passage, scene.run])
  const [moved, setMoved] = useState<Window | null>(null)
  const at = moved ?? fitting(picture, size, used)
  const zoom = (factor: number) => setMoved(zoomed(at, factor, size.width / 2, size.height / 2))
  const pan = usePan(at, setMoved)
  const active = view.node ?? picture.boxes[0]?.node.id ?? null
  const onKey = (event: KeyboardEvent) => {
    if (event.key === '+' || event.key === '=') return zoom(1.3)
    if (event.key === '-') return zoom(1 / 1.3)
    if (event.key === '0') return setMoved(null)
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      return active === null ? undefined : open(active)
    }
    const next = boxAfter(event.key, picture.boxes, active)
    if (next === null) return
    event.preventDefault()
    store.set({ node: next.node.id })
    setMoved(inSight(at, next, size))
    requestAnimationFrame(() =>
      box.current?.querySelector<SVGElement>(`[data-node="${next.node.id}"]`)?.focus(),
    )
  }
  const inView = picture.boxes.filter((one) => isInSight(one, at, size))
  const shown = picture.boxes.find(({ node }) => node.id === (hover ?? view.node))
  return (
    <div class="tree">
      <div class="bar-of-tools">
        <Key freed={freed} toggle={() => setFreed(freed === 'shown' ? 'hidden' : 'shown')} />
        <span class="zoom">
          <button type="button" onClick={() => zoom(1.3)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => zoom(1 / 1.3)} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => setMoved(null)}>
            Fit
          </button>
        </span>
      </div>
      {picture.boxes.length === 0 ? (
        <p class="empty">No tokens are cached at this moment.</p>
      ) : (
        <svg
          ref={box}
          aria-label="Cached tokens. Arrows go from node to node, Enter shows one in the text, plus and minus zoom."
          onKeyDown={onKey}
          onPointerLeave={() => setHover(null)}
          {...pan}
        >
          <g transform={`translate(${at.x},${at.y}) scale(${at.scale})`}>
            {inView.map((one) => (
              <path
                key={`l${one.node.id}`}
                class={used.has(one.node.id) ? 'link used' : 'link'}
                d={linkOf(one)}
              />
            ))}
            {inView.map((one) => (
              <Node
                key={one.node.id}
                box={one}
                scene={scene}
                mark={`${used.has(one.node.id) ? ' used' : ''}${one.node.id === view.node ? ' chosen' : ''}`}
                tab={one.node.id === active ? 0 : -1}
                onOpen={() => {
                  store.set({ node: one.node.id })
                  open(one.node.id)
                }}
                onHover={() => setHover(one.node.id)}
              />
            ))}
          </g>
        </svg>
      )}
      <p class="about" aria-live="polite">
        {shown === undefined ? (
          sizesOf(scene, picture)
        ) : (
          <AboutNode box={shown} scene={scene} isUsed={used.has(shown.node.id)} />
        )}
      </p>
    </div>
  )
}

function Key({ freed, toggle }: { readonly freed: 'shown' | 'hidden'; readonly toggle: () => void }) {
  return (
    <span class="key">
      <span class="box-key live">in cells</span>
      <span class="box-key held">held</span>
      <span class="box-key parked">parked</span>
      <label class="box-key freed">
        <input type="checkbox" checked={freed === 'shown'} onChange={toggle} /> freed
      </label>
      <span class="box-key used">this text</span>
    </span>
  )
}

interface NodeProps {
  readonly box: Box
  readonly scene: Scene
  readonly mark: string
  readonly tab: 0 | -1
  readonly onOpen: () => void
  readonly onHover: () => void
}

function Node({ box, scene, mark, tab, onOpen, onHover }: NodeProps) {
  const { node, x, y, width, depth } = box
  const number = count(node.length)
  const room = Math.floor((width - 20 - number.length * 7) / 7)
  const text = room < 3 ? '' : textOfNode(scene, box, room + 8)
  return (
    <g
      role="treeitem"
      aria-level={depth}
      aria-selected={mark.includes('chosen')}
      aria-label={labelOf(box, scene)}
      class={`node ${node.state}${node.held ? ' held' : ''}${mark}`}
      transform={`translate(${x},${y})`}
      data-node={node.id}
      tabIndex={tab}
      onClick={onOpen}
      onPointerEnter={onHover}
    >
      <rect width={width} height={boxHeight} rx="4" />
      <text x="7" y="17">
        <tspan class="count">{number}</tspan>
        {text !== '' && <tspan dx="6">{text.length > room ? `${text.slice(0, room - 1)}…` : text}</tspan>}
      </text>
    </g>
  )
}

function textOfNode({ state }: Scene, { node }: Box, characters: number): string {
  let text = ''
  for (const token of node.tokens()) {
    text += state.textOf(token) ?? '…'
    if (text.length >= characters) break
  }
  return visible(text.slice(0, characters)).replaceAll('␣', ' ').trimStart()
}

const stateNames = {
  live: 'in cells',
  parked: 'parked in host memory',
  freed: 'freed: its room was given to others',
}

const labelOf = (box: Box, scene: Scene) =>
  `${plural(box.node.length, 'token')}, ${stateNames[box.node.state]}${box.node.held ? ', held' : ''}: ${textOfNode(scene, box, 60)}`

function AboutNode({
  box,
  scene,
  isUsed,
}: {
  readonly box: Box
  readonly scene: Scene
  readonly isUsed: boolean
}) {
  const { node } = box
  return (
    <>
      <b>{plural(node.length, 'token')}</b>, {stateNames[node.state]}
      {node.held && ', held'}, from position {count(node.from)} on
      {isUsed && ', used by this text'}: <code>{textOfNode(scene, box, 280)}</code>
    </>
  )
}

function sizesOf({ tree }: Scene, { boxes }: TreePicture): string {
  const sum = { live: 0, parked: 0, freed: 0 }
  for (const { state, length } of tree.nodes.values()) sum[state] += length
  return `${plural(boxes.length, 'node')}: ${plural(sum.live, 'token')} in cells, ${count(sum.parked)} parked, ${count(sum.freed)} freed. Each token is there once, however many texts begin with it.`
}

/** Its tokens, also those that are still to come: what of them is cached is what the text uses. */
export function tokensOfText({ state, run, strands, strand, passage }: Scene): readonly number[] | null {
  const at = strands[strand]
  if (run === null || at === undefined) return null
  const final = at.kind === 'candidate' ? null : state.finalText(run.run, at.kind === 'run' ? null : at.path)
  if (final !== null && final.tokens.length > 0) return final.tokens
  const tokens = passage.cells.map(({ token }) => token)
  const until = tokens.indexOf(null)
  return (until < 0 ? tokens : tokens.slice(0, until)) as readonly number[]
}

/** All of it where that can be read, else what the text uses: a tall tree is moved up and down. */
function fitting({ boxes, width, height }: TreePicture, size: Size, used: ReadonlySet<number>): Window {
  const wide = (size.width - 2 * margin) / Math.max(1, width)
  const high = (size.height - 2 * margin) / Math.max(1, height)
  const scale = Math.min(1.1, Math.max(scaleReadable, Math.min(wide, high)))
  const rest = size.height - 2 * margin - height * scale
  if (rest >= 0) return { x: margin, y: margin + rest / 2, scale }
  const own = boxes.filter(({ node }) => used.has(node.id)).map(({ y }) => y)
  const middle = own.length === 0 ? 0 : (Math.min(...own) + Math.max(...own)) / 2
  return { x: margin, y: Math.min(margin, Math.max(margin + rest, size.height / 2 - middle * scale)), scale }
}

function zoomed(at: Window, factor: number, x: number, y: number): Window {
  const scale = Math.min(scaleMax, Math.max(scaleMin, at.scale * factor))
  const by = scale / at.scale
  return { x: x - (x - at.x) * by, y: y - (y - at.y) * by, scale }
}

function isInSight({ x, y, width, parent }: Box, at: Window, size: Size): boolean {
  const left = (parent === null ? x : Math.min(x, parent.x)) * at.scale + at.x
  const top = Math.min(y, parent?.y ?? y) * at.scale + at.y
  const bottom = (Math.max(y, parent?.y ?? y) + boxHeight) * at.scale + at.y
  return left < size.width && (x + width) * at.scale + at.x > 0 && top < size.height && bottom > 0
}

function inSight(at: Window, { x, y, width }: Box, size: Size): Window {
  const left = x * at.scale + at.x
  const top = y * at.scale + at.y
  const shift = (from: number, length: number, room: number) =>
    from < margin
      ? margin - from
      : from + length > room - margin
        ? Math.min(margin - from, 0) || room - margin - from - length
        : 0
  return {
    ...at,
    x: at.x + shift(left, Math.min(width * at.scale, size.width - 2 * margin), size.width),
    y: at.y + shift(top, boxHeight * at.scale, size.height),
  }
}

/** Dragging and the wheel move the picture; the wheel with Control, and two fingers, zoom. */
function usePan(at: Window, set: (at: Window) => void) {
  const now = useRef(at)
  now.current = at
  const pointers = useRef(new Map<number, { x: number; y: number }>())
  return {
    onPointerDown: (event: PointerEvent) => {
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY })
    },
    onPointerMove: (event: PointerEvent) => {
      const known = pointers.current.get(event.pointerId)
      if (known === undefined) return
      const others = [...pointers.current].filter(([id]) => id !== event.pointerId)
      const [other] = others.map(([, point]) => point)
      if (other !== undefined) {
        const before = Math.hypot(known.x - other.x, known.y - other.y)
        const after = Math.hypot(event.clientX - other.x, event.clientY - other.y)
        if (before > 0) set(zoomed(now.current, after / before, event.offsetX, event.offsetY))
      } else {
        const { x, y, scale } = now.current
        set({ x: x + event.clientX - known.x, y: y + event.clientY - known.y, scale })
      }
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY })
    },
    onPointerUp: (event: PointerEvent) => void pointers.current.delete(event.pointerId),
    onPointerCancel: (event: PointerEvent) => void pointers.current.delete(event.pointerId),
    onWheel: (event: WheelEvent) => {
      event.preventDefault()
      const { x, y, scale } = now.current
      if (event.ctrlKey || event.metaKey)
        set(zoomed(now.current, Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY))
      else set({ x: x - event.deltaX, y: y - event.deltaY, scale })
    },
  }
}

function useSize(box: { readonly current: Element | null }) {
  const [size, setSize] = useState({ width: 400, height: 300 })
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [box.current === null])
  useEffect(() => {
    // Pointers that go up elsewhere are up.
    const element = box.current
    if (element === null) return
    const up = (event: Event) => {
      if (!element.contains(event.target as globalThis.Node))
        element.dispatchEvent(
          new PointerEvent('pointercancel', { pointerId: (event as PointerEvent).pointerId }),
        )
    }
    window.addEventListener('pointerup', up)
    return () => window.removeEventListener('pointerup', up)
  }, [box.current === null])
  return size
}
