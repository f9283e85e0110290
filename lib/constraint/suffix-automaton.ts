// The suffix automaton of a text: a state for each set of places where equal stretches end, reached from state 0 by
// reading any stretch of the text. Built character by character in one pass (Blumer et al.). Never lowers anything.

/** States by number; edges of a state from `first` on, linked by `next`. The arrays have room to spare. */
export interface SuffixAutomaton {
  readonly stateCount: number
  /** Length of the longest stretch that leads to a state; those it leads on to have a greater one. */
  readonly length: Int32Array
  /** -1: no edge. */
  readonly first: Int32Array
  readonly next: Int32Array
  readonly edgePoint: Int32Array
  readonly edgeTo: Int32Array
}

/** `points`: the text's code points, at least one. */
export function suffixAutomaton(points: readonly number[]): SuffixAutomaton {
  const building = new Building(points.length)
  for (const point of points) building.append(point)
  return building
}

/** A text of n has at most 2n states, and 3n edges. */
class Building implements SuffixAutomaton {
  stateCount = 1
  readonly length: Int32Array
  readonly first: Int32Array
  readonly next: Int32Array
  readonly edgePoint: Int32Array
  readonly edgeTo: Int32Array
  readonly #link: Int32Array
  #edgeCount = 0
  #last = 0

  constructor(count: number) {
    this.length = new Int32Array(2 * count + 1)
    this.first = new Int32Array(2 * count + 1).fill(-1)
    this.#link = new Int32Array(2 * count + 1).fill(-1)
    this.next = new Int32Array(3 * count + 1)
    this.edgePoint = new Int32Array(3 * count + 1)
    this.edgeTo = new Int32Array(3 * count + 1)
  }

  append(point: number): void {
    const made = this.#state(this.length[this.#last]! + 1)
    let from = this.#last
    this.#last = made
    let edge = this.#edge(from, point)
    while (edge === -1) {
      this.#connect(from, point, made)
      from = this.#link[from]!
      if (from === -1) {
        this.#link[made] = 0
        return
      }
      edge = this.#edge(from, point)
    }
    this.#link[made] = this.#suffixAt(from, point, edge)
  }

  /** The state of the stretches that end in an edge and are no longer than what leads to it; split off where needed. */
  #suffixAt(start: number, point: number, edge: number): number {
    const to = this.edgeTo[edge]!
    if (this.length[start]! + 1 === this.length[to]!) return to
    const split = this.#state(this.length[start]! + 1)
    for (let at = this.first[to]!; at !== -1; at = this.next[at]!) {
      this.#connect(split, this.edgePoint[at]!, this.edgeTo[at]!)
    }
    this.#link[split] = this.#link[to]!
    this.#link[to] = split
    for (let from = start; from !== -1; from = this.#link[from]!) {
      const own = this.#edge(from, point)
      if (this.edgeTo[own] !== to) break
      this.edgeTo[own] = split
    }
    return split
  }

  #state(length: number): number {
    this.length[this.stateCount] = length
    return this.stateCount++
  }

  #edge(from: number, point: number): number {
    let edge = this.first[from]!
    while (edge !== -1 && this.edgePoint[edge] !== point) edge = this.next[edge]!
    return edge
  }

  #connect(from: number, point: number, to: number): void {
    const edge = this.#edgeCount++
    this.edgePoint[edge] = point
    this.edgeTo[edge] = to
    this.next[edge] = this.first[from]!
    this.first[from] = edge
  }
}
