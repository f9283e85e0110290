// Begins the page: reads what lies in it, and follows what comes, a frame's lines at a time.
import { render } from 'preact'
import { TraceState } from '../lib/trace/state.js'
import type { TraceLine } from '../lib/trace/trace.js'
import { App } from './app.js'
import { chooseRun } from './runs.js'
import { follow, type LiveState, type PageData, pageData } from './source.js'
import { Store } from './store.js'

function start(root: HTMLElement, { trace, live }: PageData): void {
  const state = TraceState.of(trace.lines)
  const store = new Store({
    step: null,
    run: state.runs(state.moment).at(-1) ?? 0,
    strand: 0,
    colours: 'cost',
    tab: 'tree',
    search: '',
    hit: 0,
    node: null,
    folded: new Set(),
    jump: null,
    lines: state.moment,
  })
  chooseRun(state, store, store.view.run)
  let told: LiveState | null = live === null ? null : 'open'
  const draw = () => render(<App trace={trace} state={state} store={store} live={told} />, root)
  draw()
  if (live !== null) {
    let news: TraceLine[] = []
    const take = (lines: readonly TraceLine[]) => {
      if (news.length === 0) requestAnimationFrame(apply)
      news.push(...lines)
    }
    const apply = () => {
      const isLast = store.view.run === state.runs(state.moment).at(-1) || store.view.lines === 0
      for (const line of news) state.apply(line)
      news = []
      // Who watches the last run goes on to the next one.
      const run = isLast ? (state.runs(state.moment).at(-1) ?? 0) : store.view.run
      const strand = run === store.view.run ? store.view.strand : 0
      store.set({ lines: state.moment, run, strand })
    }
    follow(live, take, (now) => {
      told = now
      draw()
    })
  }
}

const root = document.getElementById('app')!
try {
  start(root, pageData(document))
} catch (error) {
  root.textContent = error instanceof Error ? error.message : String(error)
  root.className = 'broken'
}
