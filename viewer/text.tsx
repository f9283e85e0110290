// The text that is read, in rows, of which only those in sight are in the page. Decides what of a token can be seen at a
// glance, and how keys go from token to token: one of them can be reached by Tab, and arrows go on from there.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import type { Aside, Cell } from '../lib/trace/state/passage.js'
import { plural } from './facts.js'
import { type Part, type Row, rowOfCell, rowsOf } from './rows.js'
import { attemptsOf, type Scene } from './scene.js'
import type { Store, View } from './store.js'

const rowPixels = 27
/** While attempts are so few, they are shown from the beginning. */
const openMax = 6

/** Where a token of the page is, and what it is. */
export interface Spot {
  readonly element: HTMLElement
  readonly cell: Cell
  readonly attempt: number | null
}

export interface TextProps {
  readonly scene: Scene
  readonly view: View
  readonly store: Store
  readonly hits: ReadonlyMap<number, 'hit' | 'shown'>
  readonly show: (spot: Spot | null) => void
}

export function Text({ scene, view, store, hits, show }: TextProps) {
  const box = useRef<HTMLDivElement>(null)
  const columns = useColumns(box)
  const { passage, run, state } = scene
  const key = (aside: Aside) => `${run?.run}/${scene.strand}/${aside.before}`
  const opens = useMemo(() => {
    const all = passage.asides.reduce((sum, { givenUp, undone }) => sum + givenUp.length + undone.length, 0)
    return all <= openMax
  }, [passage])
  const isOpen = (aside: Aside) => opens !== view.folded.has(key(aside))
  const rows = useMemo(
    () =>
      rowsOf(passage.cells, passage.asides, {
        columns,
        attemptsOf: (aside) => attemptsOf({ state, run }, aside),
        isOpen,
        signOf: (cell) => (cell.token === null ? '' : (state.textOf(cell.token) ?? '·')),
      }),
    [passage, columns, view.folded],
  )
  const virtual = useVirtual(box, rows)
  const active = useRef<string>('')
  useEffect(() => {
    if (view.jump === null) return
    const row = rowOfCell(rows, view.jump.cell)
    if (row < 0) return
    virtual.scrollToIndex(row, { align: 'center' })
    focusLater(box.current, `[data-index="${view.jump.cell}"]`, 'mark only')
  }, [view.jump])

  const toggle = (aside: Aside) => {
    const folded = new Set(view.folded)
    if (!folded.delete(key(aside))) folded.add(key(aside))
    store.set({ folded })
  }
  const spotOf = (target: EventTarget | null): Spot | null => {
    const element = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-part]') : null
    const [row, part] = (element?.dataset.part ?? '').split('.').map(Number)
    const at = rows[row ?? -1]
    const found = at?.kind === 'text' ? at.parts[part ?? -1] : undefined
    if (element === null || at?.kind !== 'text' || found?.kind !== 'cell') return null
    return { element, cell: found.cell, attempt: at.attempt?.number ?? null }
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return show(null)
    const goal = goalOf(event.key, active.current, rows)
    if (goal === null) return
    event.preventDefault()
    virtual.scrollToIndex(goal.row, { align: 'auto' })
    focusLater(box.current, `[data-part="${goal.row}.${goal.part}"]`, 'focus')
  }
  const onFocus = (event: FocusEvent) => {
    const element = (event.target as HTMLElement).closest<HTMLElement>('[data-part]')
    if (element === null) return
    const before = box.current?.querySelector<HTMLElement>('[data-part][tabindex="0"]')
    if (before !== null && before !== undefined) before.tabIndex = -1
    element.tabIndex = 0
    active.current = element.dataset.part ?? ''
    show(spotOf(element))
  }
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const isInSight = items.some(({ index }) => active.current.startsWith(`${index}.`))
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and pointers are those of the tokens in it.
    <div
      class="text"
      ref={box}
      onKeyDown={onKey}
      onFocusIn={onFocus}
      onFocusOut={() => show(null)}
      onPointerOver={(event) => show(spotOf(event.target))}
      onPointerLeave={() => show(null)}
    >
      {passage.cells.length === 0 && <p class="empty">Nothing is written yet at this moment.</p>}
      <div class="rows" style={{ height: `${virtual.getTotalSize()}px` }}>
        <div style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
          {items.map(({ index }) => (
            <RowView
              key={index}
              row={rows[index]!}
              number={index}
              tabPart={isInSight ? active.current : firstPart(rows, first)}
              colours={view.colours}
              scene={scene}
              hits={hits}
              isOpen={isOpen}
              toggle={toggle}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

interface RowProps {
  readonly row: Row
  readonly number: number
  readonly tabPart: string
  readonly colours: View['colours']
  readonly scene: Scene
  readonly hits: TextProps['hits']
  readonly isOpen: (aside: Aside) => boolean
  readonly toggle: (aside: Aside) => void
}

function RowView({ row, number, tabPart, colours, scene, hits, isOpen, toggle }: RowProps) {
  if (row.kind === 'head') {
    return (
      <div class="row attempt head">
        {row.label !== '' && (
          <>
            <span aria-hidden="true">✗</span>
            <b>{row.label}</b>
          </>
        )}
        <span class="reason">{row.text}</span>
      </div>
    )
  }
  return (
    <div class={row.attempt === null ? 'row' : 'row attempt'}>
      {row.parts.map((part, index) => {
        const place = `${number}.${index}`
        const tab = place === tabPart ? 0 : -1
        if (part.kind === 'chip') {
          const isFork =
            part.aside.forks.length > 0 && part.aside.givenUp.length + part.aside.undone.length === 0
          return (
            <button
              key={place}
              type="button"
              class={isFork ? 'chip fork' : 'chip'}
              data-part={place}
              tabIndex={tab}
              aria-expanded={isFork ? undefined : isOpen(part.aside)}
              onClick={() => toggle(part.aside)}
            >
              {isFork ? '→ ' : '↺ '}
              {part.label}
            </button>
          )
        }
        const hit = row.attempt === null ? hits.get(part.index) : undefined
        return (
          <span
            key={place}
            class={`${classOf(part, colours, scene)}${hit === undefined ? '' : ` ${hit}`}`}
            data-part={place}
            data-index={row.attempt === null ? part.index : undefined}
            tabIndex={tab}
            aria-describedby="card"
          >
            {part.text}
          </span>
        )
      })}
    </div>
  )
}

function classOf({ cell, ends }: Part, colours: View['colours'], { run }: Scene): string {
  const base = cell.text === '' ? 't sign' : ends === 'line' ? 't nl' : 't'
  if (colours === 'cost') return `${base} ${cell.cost ?? `w-${cell.kind}`}`
  if (colours === 'who') return `${base} w-${cell.kind}`
  const logprob = cell.drawn === null ? null : run?.fills[cell.drawn.fill]?.fill.logprobs[cell.drawn.index]
  if (logprob === null || logprob === undefined) return base
  const probability = Math.exp(logprob)
  const step = [0.9, 0.7, 0.45, 0.2].findIndex((least) => probability >= least)
  return `${base} p${step < 0 ? 4 : step}`
}

const firstPart = (rows: readonly Row[], from: number): string => {
  for (let row = from; row < rows.length; row += 1) {
    const at = rows[row]!
    if (at.kind === 'text' && at.parts.length > 0) return `${row}.0`
  }
  return ''
}

/** Where a key goes from a part; null: it does nothing here. */
function goalOf(
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
function focusLater(box: HTMLElement | null, selector: string, how: 'focus' | 'mark only', tries = 10): void {
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

function useVirtual(box: { readonly current: HTMLDivElement | null }, rows: readonly Row[]) {
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
function useColumns(box: { readonly current: HTMLDivElement | null }): number {
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

/** What the text is called. */
export function nameOfText({ run, strands, strand }: Scene): string {
  const at = strands[strand]
  if (run === null || at === undefined) return 'no text'
  if (at.kind === 'run') return `Run ${run.run + 1}`
  const name =
    at.kind === 'branch'
      ? at.path
      : `fill ${(at.candidate ?? 0) + 1}${at.path === '' ? '' : ` of ${at.path}`}`
  return `Run ${run.run + 1}, ${name}`
}

export const sizeOfText = ({ passage }: Scene): string => plural(passage.cells.length, 'token')
