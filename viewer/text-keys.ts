// How keys go from token to token: one of them can be reached by Tab, and arrows go on from there.
import type { Row } from './rows.js'

export const firstPart = (rows: readonly Row[], from: number): string => {
  for (let row = from; row < rows.length; row += 1) {
    const at = rows[row]!
    if (at.kind === 'text' && at.parts.length > 0) return `${row}.0`
  }
  return ''
}

/** Where a key goes from a part; null: it does nothing here. */
export function goalOf(
  key: string,
  from: string,
  rows: readonly Row[],
): { readonly row: number; readonly part: number } | null {
  const [row = 0, part = 0] = from.split('.').map(Number)
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
  selector: string,
  how: 'focus' | 'mark only',
  tries = 10,
): void {
  requestAnimationFrame(() => {
    const element = box?.querySelector<HTMLElement>(selector)
    if (element === null || element === undefined) {
      if (tries > 0) focusLater(box, selector, how, tries - 1)
    } else if (how === 'focus') element.focus({ preventScroll: true })
    else {
      element.classList.remove('flash')
      void element.offsetWidth
      element.classList.add('flash')
    }
  })
}
