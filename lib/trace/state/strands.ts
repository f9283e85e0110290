// The texts of one run as they were written: its own, those of branches, and those of the fills that a choice is made
// from. Decides from what happened which text a stretch belongs to, and where texts part. Never throws: what belongs
// nowhere belongs to the run's own text.
import type { Happening, LogEntry, RunAt } from './run-history.js'

export type Segment =
  | { readonly type: 'text'; readonly hole: string | null; readonly text: string }
  /** Number in the run's list of fills, given up or not. */
  | { readonly type: 'fill'; readonly index: number }
  /** A value that no fill tells of: chosen by its score, or by a beam. */
  | { readonly type: 'value'; readonly hole: string; readonly text: string }
  /** Texts that begin here, by their numbers. */
  | { readonly type: 'fork'; readonly strands: readonly number[] }
  /** Only so many characters of what stands before stay. */
  | { readonly type: 'rewrite'; readonly kept: number }
  /** A text that no fill tells of was given up: it never stood there, or it and what follows it in the text is gone. */
  | {
      readonly type: 'undone'
      readonly hole: string
      readonly text: string
      readonly reason: string
      readonly stood: 'never' | 'as a value' | 'as the end'
    }

/** One text. */
export interface Strand {
  /** Its number in the list. */
  readonly id: number
  readonly parent: number | null
  /** The parent's segments that stand before its own. */
  readonly base: number
  readonly kind: 'run' | 'branch' | 'candidate'
  /** Path of the branch, or of what the choice stands in; '' for the run's own text. */
  readonly path: string
  /** Number of the fill among those of the choice; null: it is none. */
  readonly candidate: number | null
  readonly state: 'open' | 'over' | 'kept' | 'not kept'
  readonly segments: readonly Segment[]
}

interface Growing extends Strand {
  state: Strand['state']
  readonly segments: Segment[]
  /** Texts that begin at its end: the last of its segments, which is its own alone; null: none do. */
  forks: number[] | null
  /** The open ones. */
  readonly branches: Map<string, Growing>
  readonly candidates: Map<number, Growing>
  /** Holes asked for: whether the fill was placed. */
  readonly open: Map<string, 'asked' | 'placed'>
}

/** The first one is the run's own text. */
export function strandsOf({ log, fills }: Pick<RunAt, 'log' | 'fills'>): readonly Strand[] {
  const weaving = new Weaving(
    (index) => fills[index]?.fill.hole ?? '',
    (index) => fills[index]?.fill.text ?? '',
  )
  for (const entry of log) weaving.take(entry)
  weaving.finish()
  return weaving.strands
}

/** All segments of a strand, from the beginning of the text on. */
export function segmentsOf(strands: readonly Strand[], id: number): readonly Segment[] {
  const pieces: (readonly Segment[])[] = []
  let until = Number.POSITIVE_INFINITY
  for (let at = strands[id]; at !== undefined; at = at.parent === null ? undefined : strands[at.parent]) {
    pieces.push(at.segments.slice(0, until))
    until = at.base
  }
  return pieces.reverse().flat()
}

class Weaving {
  readonly strands: Growing[] = []
  readonly #root: Growing
  readonly #holeOf: (fill: number) => string
  readonly #textOf: (fill: number) => string
  /** By hole: strands that wait for a fill, and fills nobody knows the strand of yet. */
  readonly #asking = new Map<string, Set<Growing>>()
  readonly #unplaced = new Map<string, number[]>()
  #rewrite: number | null = null

  constructor(holeOf: (fill: number) => string, textOf: (fill: number) => string) {
    this.#holeOf = holeOf
    this.#textOf = textOf
    this.#root = this.#begin(null, 'run', '', null)
  }

  take(entry: LogEntry): void {
    if (entry.type === 'event') this.#event(entry.event)
    else this.#fill(entry.index)
  }

  /** Fills that nothing placed belong to whoever asked for their hole first. */
  finish(): void {
    for (const [hole, indexes] of this.#unplaced) {
      const strand = [...(this.#asking.get(hole) ?? [])][0] ?? this.#strandOf(hole, [])
      for (const index of indexes) strand.segments.push({ type: 'fill', index })
    }
  }

  #event(event: Happening): void {
    const candidate = event.candidate ?? []
    switch (event.type) {
      case 'text': {
        const strand = this.#strandOf(event.path, candidate)
        if (this.#rewrite !== null) strand.segments.push({ type: 'rewrite', kept: this.#rewrite })
        this.#rewrite = null
        strand.segments.push({ type: 'text', hole: event.hole, text: event.text })
        return
      }
      case 'rewrite':
        this.#rewrite = event.kept
        return
      case 'hole-start':
        this.#ask(this.#strandOf(event.hole, candidate), event.hole)
        return
      case 'hole-end':
      case 'rollback':
        this.#answer(this.#strandOf(event.hole, candidate), event)
        return
      case 'branch-start':
        this.#begin(this.#strandOf(event.branch, candidate), 'branch', event.branch, null)
        return
      case 'branch-end': {
        const strand = this.#strandOf(`${event.branch}.`, candidate)
        if (strand.kind !== 'branch' || strand.path !== event.branch) return
        strand.state = 'over'
        this.strands[strand.parent ?? 0]?.branches.delete(event.branch)
        return
      }
      case 'kept':
        this.#keep(this.#strandOf(event.path, candidate), event.fill)
        return
      default:
        return
    }
  }

  #fill(index: number): void {
    const hole = this.#holeOf(index)
    const asking = [...(this.#asking.get(hole) ?? [])].filter((strand) => strand.open.get(hole) === 'asked')
    const [only] = asking
    if (asking.length === 1 && only !== undefined) this.#place(only, hole, index)
    else this.#unplaced.set(hole, [...(this.#unplaced.get(hole) ?? []), index])
  }

  #ask(strand: Growing, hole: string): void {
    strand.open.set(hole, 'asked')
    const asking = this.#asking.get(hole) ?? new Set()
    this.#asking.set(hole, asking.add(strand))
  }

  #answer(strand: Growing, event: Extract<Happening, { readonly type: 'hole-end' | 'rollback' }>): void {
    const { hole, text } = event
    const asked = strand.open.get(hole)
    strand.open.delete(hole)
    this.#asking.get(hole)?.delete(strand)
    if (asked === 'placed') return
    const unplaced = this.#unplaced.get(hole) ?? []
    const same = unplaced.findIndex((index) => this.#textOf(index) === text)
    const [index] = asked === undefined ? [] : unplaced.splice(Math.max(same, 0), 1)
    if (index !== undefined) strand.segments.push({ type: 'fill', index })
    else if (event.type === 'hole-end') strand.segments.push({ type: 'value', hole, text })
    else {
      const isPrompt = hole === '' || hole.endsWith('.')
      const stood = asked !== undefined ? 'never' : isPrompt ? 'as the end' : 'as a value'
      strand.segments.push({ type: 'undone', hole, text, reason: event.reason, stood })
    }
  }

  #place(strand: Growing, hole: string, index: number): void {
    strand.segments.push({ type: 'fill', index })
    strand.open.set(hole, 'placed')
  }

  #keep(strand: Growing, winner: number): void {
    for (const [number, candidate] of strand.candidates) {
      candidate.state = number === winner ? 'kept' : 'not kept'
      if (number !== winner) continue
      for (const segment of candidate.segments) strand.segments.push(segment)
    }
    strand.candidates.clear()
  }

  /** The strand that a path and numbers of candidates mean. A candidate begins when it is first heard of. */
  #strandOf(path: string, candidate: readonly number[]): Growing {
    let strand = inBranch(this.#root, path)
    for (const number of candidate) {
      const known = strand.candidates.get(number) ?? this.#begin(strand, 'candidate', strand.path, number)
      strand = inBranch(known, path)
    }
    return strand
  }

  #begin(parent: Growing | null, kind: Strand['kind'], path: string, candidate: number | null): Growing {
    const id = this.strands.length
    const strand: Growing = {
      id,
      parent: parent?.id ?? null,
      base: parent === null ? 0 : forkAt(parent, id),
      kind,
      path,
      candidate,
      state: 'open',
      segments: [],
      forks: null,
      branches: new Map(),
      candidates: new Map(),
      open: new Map(),
    }
    this.strands.push(strand)
    if (kind === 'branch') parent?.branches.set(path, strand)
    else if (candidate !== null) parent?.candidates.set(candidate, strand)
    return strand
  }
}

/** The innermost open branch below that the path lies in. */
function inBranch(strand: Growing, path: string): Growing {
  let found = strand
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    found = found.branches.get(path.slice(0, dot)) ?? found
  }
  return found
}

/** Notes that a strand begins at the end of its parent; how many segments stand before it. */
function forkAt(parent: Growing, id: number): number {
  const last = parent.segments.at(-1)
  if (last?.type === 'fork' && last.strands === parent.forks) parent.forks.push(id)
  else {
    // What a kept candidate ends with is that one's list, too.
    parent.forks = last?.type === 'fork' ? [...last.strands, id] : [id]
    if (last?.type === 'fork') parent.segments.pop()
    parent.segments.push({ type: 'fork', strands: parent.forks })
  }
  return parent.segments.length - 1
}
