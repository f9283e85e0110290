// Brings what branches do side by side into one order: each branch's events in one piece, in the order the branches
// began, and of candidates those of the one that is kept. The first branch that is not over is passed on as it comes;
// the others wait. Decides the order only; prints nothing.
import type { RunEvent } from '../run/report/event.js'

/** One thing to show. 'dropped': so many candidates were not kept. */
export type Shown = RunEvent | { readonly type: 'dropped'; readonly count: number }

interface Lane {
  readonly branch: string
  readonly events: RunEvent[]
  isOver: boolean
}

export class Lanes {
  readonly #show: (event: Shown) => void
  /** Branches that began and were not shown to their end; one within another stands behind it. */
  #open: Lane[] = []
  /** Events of candidates, by their number. */
  readonly #candidates = new Map<number, RunEvent[]>()

  constructor(show: (event: Shown) => void) {
    this.#show = show
  }

  take(event: RunEvent): void {
    const [candidate] = event.candidate ?? []
    if (candidate !== undefined) {
      const events = this.#candidates.get(candidate) ?? []
      this.#candidates.set(candidate, events)
      events.push(event)
    } else if (event.type === 'kept') this.#keep(event.fill)
    else this.#place(event)
  }

  /** What still waits, where a run ended early. */
  end(): void {
    for (const lane of this.#open) for (const event of lane.events.splice(0)) this.#show(event)
    this.#open = []
  }

  #keep(fill: number): void {
    const { size } = this.#candidates
    const kept = this.#candidates.get(fill) ?? []
    this.#candidates.clear()
    for (const { candidate, ...event } of kept) {
      const inner = (candidate ?? []).slice(1)
      this.take(inner.length > 0 ? { ...event, candidate: inner } : event)
    }
    if (size > 1) this.#show({ type: 'dropped', count: size - 1 })
  }

  #place(event: RunEvent): void {
    if (event.type === 'branch-start') this.#begin(event.branch)
    const lane = this.#laneOf(event)
    if (lane === null) {
      this.#show(event)
      return
    }
    if (event.type === 'branch-end' && event.branch === lane.branch) lane.isOver = true
    if (this.#isFront(lane)) this.#show(event)
    else lane.events.push(event)
    if (lane.isOver) this.#advance()
  }

  /** Behind the branch it is in, and behind that one's other branches. */
  #begin(branch: string): void {
    const parents = this.#open.filter((lane) => isWithin(branch, lane.branch))
    const parent = parents.at(-1)
    const lane: Lane = { branch, events: [], isOver: false }
    if (parent === undefined) this.#open.push(lane)
    else {
      const last = this.#open.findLastIndex((one) => one === parent || isWithin(one.branch, parent.branch))
      this.#open.splice(last + 1, 0, lane)
    }
  }

  /** The innermost branch it happened in; null: none. */
  #laneOf(event: RunEvent): Lane | null {
    const where = placeOf(event)
    const holders = this.#open.filter(({ branch }) => where === branch || isWithin(where, branch))
    return holders.reduce<Lane | null>(
      (best, next) => (best === null || next.branch.length > best.branch.length ? next : best),
      null,
    )
  }

  /** Nothing before it but what it is within. */
  #isFront(lane: Lane): boolean {
    const before = this.#open.slice(0, this.#open.indexOf(lane))
    return before.every(({ branch }) => isWithin(lane.branch, branch))
  }

  /** Shows what waited, as far as it is its turn now. */
  #advance(): void {
    for (;;) {
      const lane = this.#open.find((one) => one.isOver && this.#isFront(one))
      if (lane !== undefined) {
        for (const event of lane.events) this.#show(event)
        this.#open = this.#open.filter((one) => one !== lane)
        continue
      }
      for (const one of this.#open)
        if (this.#isFront(one)) for (const event of one.events.splice(0)) this.#show(event)
      return
    }
  }
}

/** Whether a path lies in a branch: 'a.x' and 'a[0].x' lie in 'a', 'ab' does not. */
function isWithin(path: string, branch: string): boolean {
  return path.startsWith(branch) && /^[.[]/.test(path.slice(branch.length))
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
