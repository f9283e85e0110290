// Which rows of a long text are in the page, and how many columns a row has. Measures the page, and nothing else.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useState } from 'preact/hooks'
import type { Row } from './rows.js'

/** As the style has it. */
const rowPixels = 27

export function useVirtual(box: { readonly current: HTMLDivElement | null }, rows: readonly Row[]) {
  const [, render] = useReducer((ticks: number) => ticks + 1, 0)
  const options = {
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowPixels,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    overscan: 8,
    onChange: () => render(undefined),
  }
  const [virtual] = useState(() => new Virtualizer<HTMLDivElement, HTMLElement>(options))
  virtual.setOptions(options)
  useLayoutEffect(() => virtual._didMount(), [])
  useLayoutEffect(() => virtual._willUpdate())
  return virtual
}

/** Columns of a row: as many as fit, and no more than can be read well. */
export function useColumns(box: { readonly current: HTMLDivElement | null }): number {
  const [columns, setColumns] = useState(80)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const ruler = document.createElement('span')
    ruler.className = 'ruler'
    ruler.textContent = '0'.repeat(50)
    const measure = () => {
      element.append(ruler)
      const width = ruler.getBoundingClientRect().width / 50
      ruler.remove()
      const fits = Math.floor((element.clientWidth - 44) / width)
      setColumns(Math.max(20, Math.min(110, fits)))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return columns
}
