// The runs of the trace and the texts of the chosen one: branches, and fills of choices. Decides
// in which order texts stand, and where a run is first looked at.
import { useEffect, useRef } from 'preact/hooks'
import type { RunAt } from '../lib/trace/state/run-history.js'
import type { Strand } from '../lib/trace/state/strands.js'
import type { TraceState } from '../lib/trace/state.js'
import { SmallBar } from './ledger.js'
import type { Scene } from './scene.js'
import type { Store } from './store.js'

export function Runs({ scene, store }: { readonly scene: Scene; readonly store: Store }) {
  const { runs, run, strands, strand, state, moment } = scene
  if (runs.length < 2 && strands.length < 2) return null
  return (
    <nav class="runs" aria-label="Runs and texts">
      {runs.length > 1 && (
        <section>
          <h2>Runs</h2>
          <List chosen={run?.run ?? 0} choose={(id) => chooseRun(scene.state, store, id)} label="Runs">
            {runs.map((id) => ({ id, content: <RunItem id={id} state={state} moment={moment} /> }))}
          </List>
        </section>
      )}
      {strands.length > 1 && (
        <section>
          <h2>Texts of this run</h2>
          <List chosen={strand} choose={(id) => store.set({ strand: id, hit: 0 })} label="Texts of this run">
            {inOrder(strands).map((one) => ({
              id: one.id,
              content: <StrandItem strand={one} strands={strands} run={run} />,
            }))}
          </List>
        </section>
      )}
    </nav>
  )
}

/** Each text behind the one it begins in. */
function inOrder(strands: readonly Strand[]): readonly Strand[] {
  const below = new Map<number | null, Strand[]>()
  for (const strand of strands) {
    const siblings = below.get(strand.parent)
    if (siblings === undefined) below.set(strand.parent, [strand])
    else siblings.push(strand)
  }
  const list: Strand[] = []
  const rest = [...(below.get(null) ?? [])].reverse()
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    list.push(next)
    rest.push(...[...(below.get(next.id) ?? [])].reverse())
  }
  return list
}

/** Shows where the run's own part of the text begins. */
export function chooseRun(state: TraceState, store: Store, run: number): void {
  const costs = state.finalText(run, null)?.costs ?? []
  const news = costs.findIndex((cost) => cost !== 'cached')
  store.set({ run, strand: 0, hit: 0, jump: news > 0 ? { cell: news } : null })
}

interface Item {
  readonly id: number
  readonly content: preact.ComponentChildren
}

interface ListProps {
  readonly chosen: number
  readonly choose: (id: number) => void
  readonly label: string
  readonly children: readonly Item[]
}

/** One of a list: arrows choose, as in a list box. */
function List({ chosen, choose, label, children }: ListProps) {
  const box = useRef<HTMLDivElement>(null)
  const at = children.findIndex(({ id }) => id === chosen)
  useEffect(() => {
    const element = box.current?.querySelector<HTMLElement>('[aria-selected="true"]')
    element?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const onKey = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, Home: -children.length, End: children.length }[event.key]
    if (by === undefined) return
    event.preventDefault()
    const next = children[Math.max(0, Math.min(children.length - 1, at + by))]
    if (next !== undefined) choose(next.id)
  }
  return (
    <div
      class="list"
      role="listbox"
      aria-label={label}
      tabIndex={0}
      ref={box}
      onKeyDown={onKey}
      aria-activedescendant={`${label.replaceAll(' ', '-')}-${chosen}`}
    >
      {children.map(({ id, content }) => (
        <div
          key={id}
          id={`${label.replaceAll(' ', '-')}-${id}`}
          role="option"
          tabIndex={-1}
          aria-selected={id === chosen}
          class="item"
          onClick={() => choose(id)}
          onKeyDown={() => {}}
        >
          {content}
        </div>
      ))}
    </div>
  )
}

function RunItem({
  id,
  state,
  moment,
}: {
  readonly id: number
  readonly state: TraceState
  readonly moment: number
}) {
  const head = state.headOf(id, moment)
  return (
    <>
      <span class="name">
        <b>{id + 1}</b>
        {(head.ledger?.rolledBack ?? 0) > 0 && (
          <span class="bad" title="Something was rolled back">
            {' '}
            ↺
          </span>
        )}{' '}
        {head.prompt === '' ? '(its beginning was dropped)' : head.prompt}
      </span>
      {head.outcome === 'done' ? (
        <SmallBar ledger={head.ledger} />
      ) : (
        <em class={head.outcome}>{head.outcome}</em>
      )}
    </>
  )
}

interface StrandItemProps {
  readonly strand: Strand
  readonly strands: readonly Strand[]
  readonly run: RunAt | null
}

function StrandItem({ strand, strands, run }: StrandItemProps) {
  let depth = 0
  for (let at = strand.parent; at !== null; at = strands[at]?.parent ?? null) depth += 1
  const above = strand.parent === null ? '' : (strands[strand.parent]?.path ?? '')
  const begin =
    strand.kind === 'branch' && above !== '' && strand.path.startsWith(`${above}.`) ? `${above}.` : ''
  const name =
    strand.kind === 'run'
      ? 'the run’s own text'
      : strand.kind === 'branch'
        ? strand.path.slice(begin.length)
        : candidateName(strand, run)
  return (
    <span class="name" style={{ paddingLeft: `${Math.min(depth, 6) * 12}px` }}>
      {depth > 0 && <span aria-hidden="true">└ </span>}
      {begin === '' ? (
        name
      ) : (
        <>
          <span aria-hidden="true">{name}</span>
          <span class="hidden">{strand.path}</span>
        </>
      )}
      {(strand.state === 'kept' || strand.state === 'not kept') && <em> {strand.state}</em>}
    </span>
  )
}

/** Of a fill that a choice is made from: that of the first hole it fills, since choices follow each other. */
export function candidateName({ candidate, path, segments }: Strand, run: RunAt | null): string {
  const number = `fill ${(candidate ?? 0) + 1}`
  const first = segments.find(({ type }) => type === 'fill')
  const hole = first?.type === 'fill' ? run?.fills[first.index]?.fill.hole : undefined
  const of = hole ?? path
  return of === '' ? number : `${number} of ${of}`
}
