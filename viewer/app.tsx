// The page: what it cost, the runs, the text, the tree and the holes, and the steps below. Decides how they act on each
// other: a node or a hole that is chosen is shown in the text, and a step changes them all.
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import type { TraceState } from '../lib/trace/state.js'
import type { Trace } from '../lib/trace/trace.js'
import { Card } from './card.js'
import { Header, type Theme } from './header.js'
import { Holes } from './holes.js'
import { LedgerBar } from './ledger.js'
import { Legend } from './legend.js'
import { Runs } from './runs.js'
import { type Scene, sceneMaker } from './scene.js'
import { type Hit, hitsIn } from './search.js'
import type { LiveState } from './source.js'
import { type Store, type Tab, useView, type View } from './store.js'
import { nameOfText, type Spot, sizeOfText, Text } from './text.js'
import { Timeline } from './timeline.js'
import { Tree } from './tree.js'

export interface AppProps {
  readonly trace: Trace
  readonly state: TraceState
  readonly store: Store
  /** Null: no more lines come. */
  readonly live: LiveState | null
}

export function App({ trace, state, store, live }: AppProps) {
  const view = useView(store)
  const make = useMemo(() => sceneMaker(state), [state])
  const scene = make(view)
  const [spot, show] = useSpot(scene)
  const [theme, setTheme, scheme] = useTheme()
  const { hits, marks, search, goHit } = useSearch(scene, view, store)
  const many = scene.runs.length > 1 || scene.strands.length > 1
  return (
    <div class="page">
      <Header
        trace={trace}
        live={live}
        theme={theme}
        setTheme={setTheme}
        view={view}
        hits={hits.length}
        search={search}
        go={goHit}
      />
      <section class={state.steps.length > 0 ? 'summary steady' : 'summary'} aria-label="What it cost">
        <LedgerBar scene={scene} />
      </section>
      <main class={many ? 'columns many' : 'columns'}>
        <Runs scene={scene} store={store} />
        <section class="reading" aria-label="Text">
          <div class="bar-of-tools">
            <h2>
              {nameOfText(scene)} <small>{sizeOfText(scene)}</small>
            </h2>
            <Legend view={view} store={store} cells={scene.passage.cells} />
          </div>
          <Text scene={scene} view={view} store={store} hits={marks} show={show} />
        </section>
        <Side scene={scene} store={store} tab={view.tab}>
          {view.tab === 'tree' ? (
            <Tree scene={scene} view={view} store={store} open={(id) => store.set(viewOfNode(scene, id))} />
          ) : (
            <Holes scene={scene} show={(hole) => store.set(viewOfHole(scene, hole))} />
          )}
        </Side>
      </main>
      <footer>
        <Timeline state={state} view={view} store={store} scheme={scheme} />
      </footer>
      <Card spot={spot} scene={scene} />
    </div>
  )
}

/** The token that the card tells of. */
function useSpot(scene: Scene) {
  const [spot, show] = useState<Spot | null>(null)
  useEffect(() => show(null), [scene.passage])
  useLayoutEffect(() => {
    // Also where only a pointer brought the card.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') show(null)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return [spot, show] as const
}

function useSearch({ passage }: Scene, view: View, store: Store) {
  const hits = useMemo(() => hitsIn(passage.cells, view.search), [passage, view.search])
  const marks = useMemo(() => marksOf(hits, view.hit), [hits, view.hit])
  const goHit = (to: number) => {
    if (hits.length === 0) return
    const hit = (to + hits.length) % hits.length
    store.set({ hit, jump: { cell: hits[hit]![0] } })
  }
  const search = (words: string) => {
    const [first] = hitsIn(passage.cells, words)
    store.set({ search: words, hit: 0, jump: first === undefined ? null : { cell: first[0] } })
  }
  return { hits, marks, search, goHit }
}

const darkWished = matchMedia('(prefers-color-scheme: dark)')
const systemScheme = () => (darkWished.matches ? 'dark' : 'light')

/** What is chosen, how to choose, and what that comes to as long as the system's own scheme may change. */
function useTheme() {
  const [theme, setTheme] = useState<Theme>('system')
  const [system, setSystem] = useState<'light' | 'dark'>(systemScheme)
  useLayoutEffect(() => {
    const heard = () => setSystem(systemScheme())
    darkWished.addEventListener('change', heard)
    return () => darkWished.removeEventListener('change', heard)
  }, [])
  const scheme = theme === 'system' ? system : theme
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = scheme
  }, [scheme])
  return [theme, setTheme, scheme] as const
}

const tabs: readonly (readonly [Tab, string])[] = [
  ['tree', 'KV tree'],
  ['holes', 'Holes and choices'],
]

interface SideProps {
  readonly scene: Scene
  readonly store: Store
  readonly tab: Tab
  readonly children: preact.ComponentChildren
}

function Side({ store, tab, children }: SideProps) {
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return
    const other = tab === 'tree' ? 'holes' : 'tree'
    store.set({ tab: other })
    document.getElementById(`tab-${other}`)?.focus()
  }
  return (
    <section class="side" aria-label="Tree, holes and choices">
      <div class="tabs" role="tablist" onKeyDown={onKey}>
        {tabs.map(([name, words]) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === tab}
            aria-controls="side"
            tabIndex={name === tab ? 0 : -1}
            onClick={() => store.set({ tab: name })}
          >
            {words}
          </button>
        ))}
      </div>
      <div id="side" class="panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {children}
      </div>
    </section>
  )
}

function marksOf(hits: readonly Hit[], shown: number): ReadonlyMap<number, 'hit' | 'shown'> {
  const marks = new Map<number, 'hit' | 'shown'>()
  for (const [number, [from, to]] of hits.entries()) {
    for (let cell = from; cell <= to; cell += 1) marks.set(cell, number === shown ? 'shown' : 'hit')
  }
  return marks
}

/** The view that shows a hole's value. */
function viewOfHole({ state, run, strands, passage }: Scene, hole: string): Partial<View> {
  const jumpIn = ({ cells, inherited }: Scene['passage']) => {
    const cell = cells.findIndex((one, index) => index >= inherited && one.hole === hole)
    return cell < 0 ? null : { cell }
  }
  const here = jumpIn(passage)
  if (run === null || here !== null) return { jump: here }
  // The text with the longest path that the hole's begins with.
  const [strand] = strands
    .filter(({ kind, path }) => kind === 'branch' && hole.startsWith(`${path}.`))
    .sort((one, other) => other.path.length - one.path.length)
  return strand === undefined
    ? {}
    : { strand: strand.id, jump: jumpIn(state.passage(run, strands, strand.id)) }
}

/** The view that shows a node in the text that is read if that has it, else in the first text that does. */
function viewOfNode({ state, tree, run, strands, passage }: Scene, id: number): Partial<View> {
  const node = tree.nodes.get(id)
  if (node === undefined) return {}
  const tokens = node.tokens()
  const holds = (list: readonly (number | null)[]) =>
    list.length > node.from &&
    tokens.every((token, index) => list[node.from + index] === token || list.length <= node.from + index)
  const shown = { node: id, jump: { cell: node.from } }
  if (holds(passage.cells.map(({ token }) => token))) return shown
  for (const { id: strand, kind, path } of strands) {
    const text =
      run === null || kind === 'candidate' ? null : state.finalText(run.run, kind === 'run' ? null : path)
    if (text !== null && holds(text.tokens)) return { ...shown, strand }
  }
  for (const other of state.runs(state.moment)) {
    const text = other === run?.run ? null : state.finalText(other, null)
    if (text !== null && holds(text.tokens)) return { ...shown, run: other, strand: 0 }
  }
  return { node: id }
}
