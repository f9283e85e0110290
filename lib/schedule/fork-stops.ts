// Where requests part, for memories that fork whole sequences only: an earlier one stops where a later one leaves its
// path. Decides that from a trie of what was asked, which a request enters once; a plan then looks at places in the
// trie and at no token. What is drawn is not in it: a sequence that draws has gone on from every place others know.
//
//   ─ [system, question] ─┬─ [a]  1       2 forks from 1 behind "question"
//                         └─ [b]  2
import type { Work } from './work.js'

class Place {
  parent: Place | null
  /** Tokens from the root to here. */
  readonly depth: number
  /** A list that begins with these tokens. */
  readonly tokens: Int32Array
  readonly next = new Map<number, Place>()
  /** Requests whose tokens end here. */
  readonly ends = new Set<Work>()
  /** Requests that can fork from others up to here. */
  readonly forks = new Set<Work>()

  constructor(parent: Place | null, depth: number, tokens: Int32Array) {
    this.parent = parent
    this.depth = depth
    this.tokens = tokens
  }
}

/** Who ends, and who may fork, at or below a place. */
interface Branch {
  readonly ends: readonly Work[]
  readonly forks: readonly Work[]
}

export class ForkStops {
  /** By set of adapters: what one computes is no beginning for another. */
  readonly #roots = new Map<number, Place>()
  readonly #placesOf = new Map<Work, readonly [end: Place, fork: Place]>()

  /** Sets `forkStops` and `forkFrom` of the works of a plan; those not among `open` are forgotten. */
  set(works: readonly Work[], open: ReadonlySet<Work>): void {
    for (const work of this.#placesOf.keys()) if (!open.has(work)) this.#remove(work)
    for (const [set, { next }] of this.#roots) if (next.size === 0) this.#roots.delete(set)
    for (const work of works) {
      if (!this.#placesOf.has(work)) this.#add(work)
      work.forkStops.length = 0
      work.forkFrom = 0
    }
    const takesPart = new Set(works)
    const branches = new Map<Place, Branch>()
    for (const place of this.#deepestFirst()) {
      const parts: Branch[] = [
        { ends: [...place.ends].filter((work) => takesPart.has(work)), forks: [] },
        { ends: [], forks: [...place.forks].filter((work) => takesPart.has(work)) },
      ]
      for (const child of place.next.values()) parts.push(branches.get(child)!)
      part(place.depth, parts)
      branches.set(place, {
        ends: parts.flatMap(({ ends }) => ends),
        forks: parts.flatMap(({ forks }) => forks),
      })
    }
  }

  #deepestFirst(): readonly Place[] {
    const places = [...this.#roots.values()].flatMap((root) => [...root.next.values()])
    for (const place of places) for (const next of place.next.values()) places.push(next)
    return places.sort((a, b) => b.depth - a.depth)
  }

  #add(work: Work): void {
    const end = this.#placeAt(work, work.promptCount)
    const fork = this.#placeAt(work, Math.min(work.rowsFrom, work.promptCount))
    end.ends.add(work)
    fork.forks.add(work)
    this.#placesOf.set(work, [end, fork])
  }

  #placeAt({ tokens, set }: Work, depth: number): Place {
    let at: Place = this.#roots.get(set) ?? new Place(null, 0, new Int32Array(0))
    this.#roots.set(set, at)
    while (at.depth < depth) {
      const child = at.next.get(tokens[at.depth]!)
      if (child === undefined) {
        const place = new Place(at, depth, tokens)
        at.next.set(tokens[at.depth]!, place)
        return place
      }
      const until = Math.min(depth, child.depth)
      let length = at.depth
      while (length < until && child.tokens[length] === tokens[length]) length++
      if (length < child.depth) {
        const middle = new Place(at, length, child.tokens)
        at.next.set(child.tokens[at.depth]!, middle)
        middle.next.set(child.tokens[length]!, child)
        child.parent = middle
        at = middle
      } else at = child
    }
    return at
  }

  #remove(work: Work): void {
    const [end, fork] = this.#placesOf.get(work)!
    this.#placesOf.delete(work)
    end.ends.delete(work)
    fork.forks.delete(work)
    tidy(end)
    tidy(fork)
  }
}

/** Takes a place away that nothing marks any more, and those above it. */
function tidy(from: Place): void {
  for (let place = from; place.parent !== null && place.ends.size + place.forks.size === 0; ) {
    const { parent, next, tokens } = place
    if (next.size > 1 || parent.next.get(tokens[parent.depth]!) !== place) return
    const [child] = next.values()
    if (child === undefined) parent.next.delete(tokens[parent.depth]!)
    else {
      parent.next.set(tokens[parent.depth]!, child)
      child.parent = parent
      return
    }
    place = parent
  }
}

/** The works of two branches meet at this depth: the earlier one has yet to come here, the later one forks here. */
function part(depth: number, branches: readonly Branch[]): void {
  const isAhead = (work: Work): boolean => work.position < depth
  const isWaiting = (work: Work): boolean => work.lease === null
  const first = bestOfOthers(
    branches.map(
      ({ ends }) =>
        -ends.reduce((least, work) => (isAhead(work) ? Math.min(least, work.number) : least), Infinity),
    ),
  )
  const last = bestOfOthers(
    branches.map(({ forks }) =>
      forks.reduce((max, work) => (isWaiting(work) ? Math.max(max, work.number) : max), -1),
    ),
  )
  for (const [index, { ends, forks }] of branches.entries()) {
    for (const work of ends) if (isAhead(work) && last(index) > work.number) work.forkStops.push(depth)
    for (const work of forks) {
      if (isWaiting(work) && -first(index) < work.number) work.forkFrom = Math.max(work.forkFrom, depth)
    }
  }
}

/** The greatest of the values but for one. */
function bestOfOthers(values: readonly number[]): (but: number) => number {
  let best = 0
  let next = -Infinity
  for (let index = 1; index < values.length; index++) {
    const value = values[index]!
    if (value > values[best]!) {
      next = values[best]!
      best = index
    } else next = Math.max(next, value)
  }
  return (but) => (but === best ? next : values[best]!)
}
