// The suffix automaton of a text: a state for each set of places where equal stretches end, reached from state 0 by
// reading any stretch of the text. Built byte by byte in one pass (Blumer et al.), as native/constraint/suffix_automaton
// does. Decides which states whole characters lead to.

/** States by number; edges of a state from `first` on, linked by `next`. The arrays have room to spare. */
export interface SuffixAutomaton {
  readonly stateCount: number
  /** Length of the longest stretch that leads to a state; those it leads on to have a greater one. */
  readonly length: Int32Array
  /** -1: no edge. */
  readonly first: Int32Array
  readonly next: Int32Array
  readonly edgeByte: Uint8Array
  readonly edgeTo: Int32Array
  /** 1: the stretches that lead to a state end between two characters. */
  readonly endsCharacter: Uint8Array
}

/** `bytes`: UTF-8, at least one. */
export function suffixAutomaton(bytes: Uint8Array): SuffixAutomaton {
  const building = new Building(bytes.length)
  for (const [at, byte] of bytes.entries()) building.append(byte, isContinuation(bytes[at + 1] ?? 0) ? 0 : 1)
  return building
}

/** Whether a byte is none that a character begins with. */
export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** A text of n has at most 2n states, and 3n edges. */
class Building implements SuffixAutomaton {
  stateCount = 1
  readonly length: Int32Array
  readonly first: Int32Array
  readonly next: Int32Array
  readonly edgeByte: Uint8Array
  readonly edgeTo: Int32Array
  readonly endsCharacter: Uint8Array
  readonly #link: Int32Array
  #edgeCount = 0
  #last = 0

  constructor(count: number) {
    this.length = new Int32Array(2 * count + 1)
    this.first = new Int32Array(2 * count + 1).fill(-1)
    this.#link = new Int32Array(2 * count + 1).fill(-1)
    this.next = new Int32Array(3 * count + 1)
    this.edgeByte = new Uint8Array(3 * count + 1)
    this.endsCharacter = new Uint8Array(2 * count + 1)
    this.edgeTo = new Int32Array(3 * count + 1)
  }

  append(byte: number, endsCharacter: number): void {
    const made = this.#state(this.length[this.#last]! + 1, endsCharacter)
    let from = this.#last
    this.#last = made
    let edge = this.#edge(from, byte)
    while (edge === -1) {
      this.#connect(from, byte, made)
      from = this.#link[from]!
      if (from === -1) {
        this.#link[made] = 0
        return
      }
      edge = this.#edge(from, byte)
    }
    this.#link[made] = this.#suffixAt(from, byte, edge)
  }

  /** The state of the stretches that end in an edge and are no longer than what leads to it; split off where needed. */
  #suffixAt(start: number, byte: number, edge: number): number {
    const to = this.edgeTo[edge]!
    if (this.length[start]! + 1 === this.length[to]!) return to
    const split = this.#state(this.length[start]! + 1, this.endsCharacter[to]!)
    for (let at = this.first[to]!; at !== -1; at = this.next[at]!) {
      this.#connect(split, this.edgeByte[at]!, this.edgeTo[at]!)
    }
    this.#link[split] = this.#link[to]!
    this.#link[to] = split
    for (let from = start; from !== -1; from = this.#link[from]!) {
      const own = this.#edge(from, byte)
      if (this.edgeTo[own] !== to) break
      this.edgeTo[own] = split
    }
    return split
  }

  #state(length: number, endsCharacter: number): number {
    this.length[this.stateCount] = length
    this.endsCharacter[this.stateCount] = endsCharacter
    return this.stateCount++
  }

  #edge(from: number, byte: number): number {
    let edge = this.first[from]!
    while (edge !== -1 && this.edgeByte[edge] !== byte) edge = this.next[edge]!
    return edge
  }

  #connect(from: number, byte: number, to: number): void {
    const edge = this.#edgeCount++
    this.edgeByte[edge] = byte
    this.edgeTo[edge] = to
    this.next[edge] = this.first[from]!
    this.first[from] = edge
  }
}
