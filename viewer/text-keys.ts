// How keys go from token to token: one of them can be reached by Tab, and arrows go on from there.
import type { Row } from './rows.js'

/** A part of a row, by their numbers. */
export interface Place {
  readonly row: number
  readonly part: number
}

export const firstPart = (rows: readonly Row[], from: number): Place | null => {
  for (let row = from; row < rows.length; row += 1) {
    const at = rows[row]!
    if (at.kind === 'text' && at.parts.length > 0) return { row, part: 0 }
  }
  return null
}

/** Null: it is not in the page. */
export function elementAt(box: HTMLElement | null, { row, part }: Place): HTMLElement | null {
  const found = box?.querySelector(`[data-row="${row}"]`)?.children[part]
  return found instanceof HTMLElement ? found : null
}

/** The part that an element is or lies in; null: it lies in none. */
export function placeOf(target: EventTarget | null): { element: HTMLElement; place: Place } | null {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-row] > *') : null
  const row = element?.parentElement
  if (element === null || row === null || row === undefined) return null
  return { element, place: { row: Number(row.dataset.row), part: [...row.children].indexOf(element) } }
}

/** Where a key goes from a part; null: it does nothing here. */
export function goalOf(key: string, from: Place | null, rows: readonly Row[]): Place | null {
  const { row, part } = from ?? { row: 0, part: 0 }
  const partsIn = (at: number) => {
    const there = rows[at]
    return there?.kind === 'text' ? there.parts.length : 0
  }
  const nextRow = (at: number, by: 1 | -1) => {
    let next = at + by
    while (next >= 0 && next < rows.length && partsIn(next) === 0) next += by
    return next >= 0 && next < rows.length ? next : null
  }
  const inRow = (at: number | null, to: number) =>
    at === null ? null : { row: at, part: Math.max(0, Math.min(to, partsIn(at) - 1)) }
  switch (key) {
    case 'ArrowRight':
      return part + 1 < partsIn(row) ? { row, part: part + 1 } : inRow(nextRow(row, 1), 0)
    case 'ArrowLeft':
      return part > 0 ? { row, part: part - 1 } : inRow(nextRow(row, -1), Number.MAX_SAFE_INTEGER)
    case 'ArrowDown':
      return inRow(nextRow(row, 1), part)
    case 'ArrowUp':
      return inRow(nextRow(row, -1), part)
    case 'Home':
      return inRow(nextRow(-1, 1), 0)
    case 'End':
      return inRow(nextRow(rows.length, -1), Number.MAX_SAFE_INTEGER)
    default:
      return null
  }
}

/** As soon as the row is in the page. */
export function focusLater(
  box: HTMLElement | null,
  place: Place,
  how: 'focus' | 'mark only',
  tries = 10,
): void {
  requestAnimationFrame(() => {
    const element = elementAt(box, place)
    if (element === null) {
      if (tries > 0) focusLater(box, place, how, tries - 1)
    } else if (how === 'focus') {
      element.tabIndex = 0
      element.focus({ preventScroll: true })
    } else {
      element.classList.remove('flash')
      void element.offsetWidth
      element.classList.add('flash')
    }
  })
}
