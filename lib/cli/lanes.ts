// Brings what branches do side by side into one order: each branch's events in one piece, in the order the branches
// began, and of candidates those of the one that is kept. The first branch that is not over is passed on as it comes;
// the others wait. Decides the order only; prints nothing.
import type { RunEvent } from '../run/report/event.js'

/** One thing to show. 'dropped': so many candidates were not kept. */
export type Shown = RunEvent | { readonly type: 'dropped'; readonly count: number }

/** A stretch of the run: its events that were not shown yet, and its branches, each where it began. */
interface Lane {
  readonly waiting: (Shown | Lane)[]
  /** Events of candidates, by their number, until one is kept. */
  readonly candidates: Map<number, RunEvent[]>
  isOver: boolean
}

const newLane = (): Lane => ({ waiting: [], candidates: new Map(), isOver: false })

export class Lanes {
  readonly #show: (event: Shown) => void
  readonly #run = newLane()
  /** Branches that are not over, by path. */
  readonly #open = new Map<string, Lane>()

  constructor(show: (event: Shown) => void) {
    this.#show = show
  }

  take(event: RunEvent): void {
    const [candidate] = event.candidate ?? []
    if (candidate !== undefined) {
      const { candidates } = this.#laneAt(placeOf(event))
      const events = candidates.get(candidate) ?? []
      candidates.set(candidate, events)
      events.push(event)
    } else if (event.type === 'kept') this.#keep(event.path, event.fill)
    else this.#place(event)
  }

  /** What still waits, where a run ended early. */
  end(): void {
    for (const lane of this.#open.values()) lane.isOver = true
    this.#showReady(this.#run)
  }

  #keep(path: string, fill: number): void {
    const { candidates } = this.#laneAt(path)
    const { size } = candidates
    const kept = candidates.get(fill) ?? []
    candidates.clear()
    for (const { candidate, ...event } of kept) {
      const inner = (candidate ?? []).slice(1)
      this.take(inner.length > 0 ? { ...event, candidate: inner } : event)
    }
    if (size > 1) this.#add(path, { type: 'dropped', count: size - 1 })
  }

  #place(event: RunEvent): void {
    if (event.type === 'branch-start') {
      const lane = newLane()
      this.#laneAt(event.branch).waiting.push(lane)
      this.#open.set(event.branch, lane)
    }
    this.#add(placeOf(event), event)
    if (event.type !== 'branch-end') return
    const lane = this.#open.get(event.branch)
    if (lane !== undefined) lane.isOver = true
    this.#open.delete(event.branch)
    this.#showReady(this.#run)
  }

  #add(path: string, event: Shown): void {
    this.#laneAt(path).waiting.push(event)
    this.#showReady(this.#run)
  }

  /** The innermost branch that is open there, or the run. */
  #laneAt(path: string): Lane {
    for (let end = path.length; end > 0; end -= 1) {
      const lane =
        end === path.length || '.['.includes(path[end]!) ? this.#open.get(path.slice(0, end)) : null
      if (lane) return lane
    }
    return this.#run
  }

  /** Shows what nothing stands before. */
  #showReady(lane: Lane): void {
    let shown = 0
    for (const first of lane.waiting) {
      if ('waiting' in first) {
        this.#showReady(first)
        if (first.waiting.length > 0 || !first.isOver) break
      } else this.#show(first)
      shown += 1
    }
    lane.waiting.splice(0, shown)
  }
}

function placeOf(event: RunEvent): string {
  switch (event.type) {
    case 'text':
    case 'kept':
      return event.path
    case 'branch-start':
    case 'branch-end':
      return event.branch
    case 'tool-call':
    case 'tool-result':
      return event.call
    case 'rewrite':
    case 'usage':
      return ''
    default:
      return event.hole
  }
}
