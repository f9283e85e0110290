// The text that is read, in rows, of which only those in sight are in the page. Decides which attempts are shown, and
// which token the card tells of.

import type { RefObject } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { counted } from '../lib/base/counted.js'
import type { Aside } from '../lib/trace/state/asides.js'
import type { Cell } from '../lib/trace/state/passage.js'
import { placeOfCell, type Row, rowsOf } from './rows.js'
import { candidateName } from './runs.js'
import { attemptsOf, type Scene } from './scene.js'
import type { Store, View } from './store.js'
import { firstPart, focusLater, goalOf, type Place, placeOf } from './text-keys.js'
import { type Marks, RowView } from './text-row.js'
import { useColumns, useVirtual } from './virtual-rows.js'

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
  readonly hits: Marks
  readonly show: (spot: Spot | null) => void
}

export function Text({ scene, view, store, hits, show }: TextProps) {
  const box = useRef<HTMLDivElement>(null)
  const { state } = scene
  const go = (strand: number) => store.set({ strand, hit: 0 })
  const { rows, isOpen, toggle } = useRows(box, { scene, view, store })
  const virtual = useVirtual(box, rows)
  const active = useRef<Place | null>(null)
  useJump(box, view, rows, (row) => virtual.scrollToIndex(row, { align: 'center' }))
  const onKey = (event: KeyboardEvent) => {
    const goal = goalOf(event.key, active.current, rows)
    if (goal === null) return
    event.preventDefault()
    // The next press may come before the focus does.
    active.current = goal
    virtual.scrollToIndex(goal.row, { align: 'auto' })
    focusLater(box.current, goal, 'focus')
  }
  const onFocus = (event: FocusEvent) => {
    const at = placeOf(event.target)
    if (at === null) return
    for (const other of box.current?.querySelectorAll<HTMLElement>('[tabindex="0"]') ?? [])
      other.tabIndex = -1
    at.element.tabIndex = 0
    at.element.setAttribute('aria-describedby', 'card')
    active.current = at.place
    show(spotOf(event.target, rows))
  }
  const items = virtual.getVirtualItems()
  const isInSight = items.some(({ index }) => index === active.current?.row)
  const reached = isInSight ? active.current : firstPart(rows, items[0]?.index ?? 0)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and pointers are those of the tokens in it.
    <div
      class="text"
      ref={box}
      onKeyDown={onKey}
      onFocusIn={onFocus}
      onFocusOut={() => show(null)}
      onPointerOver={(event) => show(spotOf(event.target, rows))}
      onPointerLeave={() => show(null)}
    >
      {rows.length === 0 && (
        <p class="empty">{state.moment === 0 ? 'No text.' : 'Nothing is written yet at this moment.'}</p>
      )}
      <div class="rows" style={{ height: `${virtual.getTotalSize()}px` }}>
        <div style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
          {items.map(({ index }) => (
            <RowView
              key={index}
              row={rows[index]!}
              number={index}
              {...{ reached, scene, hits, isOpen, toggle, go }}
              colours={view.colours}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

function useJump(
  box: RefObject<HTMLDivElement | null>,
  { jump }: View,
  rows: readonly Row[],
  scrollTo: (row: number) => void,
) {
  useEffect(() => {
    const place = jump === null ? null : placeOfCell(rows, jump.cell)
    if (place === null) return
    scrollTo(place.row)
    focusLater(box.current, place, 'mark only')
  }, [jump])
}

/** The rows, and which attempts are shown in them. */
function useRows(
  box: RefObject<HTMLDivElement | null>,
  { scene, view, store }: Pick<TextProps, 'scene' | 'view' | 'store'>,
) {
  const columns = useColumns(box)
  const { passage, run, state, strand } = scene
  const key = (aside: Aside) => `${run?.run}/${strand}/${aside.before}`
  const isFew = useMemo(() => {
    const all = passage.asides.reduce((sum, { givenUp, undone }) => sum + givenUp.length + undone.length, 0)
    return all <= openMax
  }, [passage])
  const isOpen = (aside: Aside) => isFew !== view.folded.has(key(aside))
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
  const toggle = (aside: Aside) => {
    const folded = new Set(view.folded)
    if (!folded.delete(key(aside))) folded.add(key(aside))
    store.set({ folded })
  }
  return { rows, isOpen, toggle }
}

function spotOf(target: EventTarget | null, rows: readonly Row[]): Spot | null {
  const pointed = placeOf(target)
  if (pointed === null) return null
  const { element, place } = pointed
  const at = rows[place.row]
  const found = at?.kind === 'text' ? at.parts[place.part] : undefined
  if (at?.kind !== 'text' || found?.kind !== 'cell') return null
  return { element, cell: found.cell, attempt: at.attempt?.number ?? null }
}

/** What the text is called. */
export function nameOfText({ run, strands, strand }: Scene): string {
  const at = strands[strand]
  if (run === null || at === undefined) return 'no text'
  if (at.kind === 'run') return `Run ${run.run + 1}`
  const name = at.kind === 'branch' ? at.path : candidateName(at, run)
  return `Run ${run.run + 1}, ${name}`
}

export const sizeOfText = ({ passage }: Scene): string => counted(passage.cells.length, 'token')
