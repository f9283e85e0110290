// Which part of the tree's picture is seen: dragging, the wheel, zooming. Decides where it stands at first.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Box, boxHeight, type TreePicture } from './tree-layout.js'

export interface Window {
  readonly x: number
  readonly y: number
  readonly scale: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

const scaleMin = 0.08
const scaleMax = 3
/** Below it nobody reads what stands in a node. */
const scaleReadable = 0.82
export const margin = 12
/** Pixels that a finger may move without dragging. */
const dragMin = 5

/** All of it, however small; or only where it can be read, else what the text uses: a tall tree is moved about. */
export function fitting(
  { boxes, width, height }: TreePicture,
  size: Size,
  used: ReadonlySet<number>,
  how: 'whole' | 'readable',
): Window {
  const least = how === 'whole' ? scaleMin : scaleReadable
  const wide = (size.width - 2 * margin) / Math.max(1, width)
  const high = (size.height - 2 * margin) / Math.max(1, height)
  const scale = Math.min(1.1, Math.max(least, Math.min(wide, high)))
  const rest = size.height - 2 * margin - height * scale
  if (rest >= 0) return { x: margin, y: margin + rest / 2, scale }
  const own = boxes.filter(({ node }) => used.has(node.id)).map(({ y }) => y)
  const middle = own.length === 0 ? 0 : (Math.min(...own) + Math.max(...own)) / 2
  return { x: margin, y: Math.min(margin, Math.max(margin + rest, size.height / 2 - middle * scale)), scale }
}

export function zoomed(at: Window, factor: number, x: number, y: number): Window {
  const scale = Math.min(scaleMax, Math.max(scaleMin, at.scale * factor))
  const by = scale / at.scale
  return { x: x - (x - at.x) * by, y: y - (y - at.y) * by, scale }
}

/** With the line that leads to it. */
export function isInSight({ x, y, room, parent }: Box, at: Window, size: Size): boolean {
  const left = (parent === null ? x : Math.min(x, parent.x)) * at.scale + at.x
  const top = Math.min(y, parent?.y ?? y) * at.scale + at.y
  const bottom = (Math.max(y, parent?.y ?? y) + boxHeight) * at.scale + at.y
  return left < size.width && (x + room) * at.scale + at.x > 0 && top < size.height && bottom > 0
}

export function inSight(at: Window, { x, y, width }: Box, size: Size): Window {
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
export function usePan(at: Window, set: (at: Window) => void) {
  const now = useRef(at)
  now.current = at
  const pointers = useRef(new Map<number, { x: number; y: number }>())
  const dragged = useRef(0)
  return {
    // Who drags the picture by a node does not choose that.
    onClickCapture: (event: MouseEvent) => {
      if (dragged.current > dragMin) event.stopPropagation()
    },
    onPointerDown: (event: PointerEvent) => {
      dragged.current = 0
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY })
    },
    onPointerMove: (event: PointerEvent) => {
      const known = pointers.current.get(event.pointerId)
      if (known === undefined) return
      dragged.current += Math.hypot(event.clientX - known.x, event.clientY - known.y)
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

export function useSize(box: { readonly current: Element | null }) {
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
