// Where requests part, for memories that fork whole sequences only: an earlier one stops where a later one leaves its
// path. Decides that from a trie of what was asked, which a request enters once; a plan then looks at nodes of the trie
// and at no token. What is drawn is not in it: a sequence that draws has gone on from every node others know.
//
//   ─ [system, question] ─┬─ [a]  1       2 forks from 1 behind "question"
//                         └─ [b]  2
import { type Token, tokenAt } from '../base/ids.js'
import type { Work } from './work.js'

class TrieNode {
  parent: TrieNode | null
  /** Tokens from the root to here. */
  readonly depth: number
  /** A list that begins with these tokens. */
  readonly tokens: Int32Array
  readonly next = new Map<Token, TrieNode>()
  /** Requests whose tokens end here. */
  readonly ends = new Set<Work>()
  /** Requests that can fork from others up to here. */
  readonly forks = new Set<Work>()

  constructor(parent: TrieNode | null, depth: number, tokens: Int32Array) {
    this.parent = parent
    this.depth = depth
    this.tokens = tokens
  }
}

/** Who ends, and who may fork, at or below a node. */
interface Branch {
  readonly ends: readonly Work[]
  readonly forks: readonly Work[]
}

export class ForkStops {
  /** By set of adapters: what one computes is no beginning for another. */
  readonly #roots = new Map<number, TrieNode>()
  readonly #nodesOf = new Map<Work, readonly [end: TrieNode, fork: TrieNode]>()

  /** Sets `forkStops` and `forkFrom` of the works of a plan; those not among `open` are forgotten. */
  set(works: readonly Work[], open: ReadonlySet<Work>): void {
    for (const work of this.#nodesOf.keys()) if (!open.has(work)) this.#remove(work)
    for (const [set, { next }] of this.#roots) if (next.size === 0) this.#roots.delete(set)
    for (const work of works) {
      if (!this.#nodesOf.has(work)) this.#add(work)
      work.forkStops.length = 0
      work.forkFrom = 0
    }
    const takesPart = new Set(works)
    const branches = new Map<TrieNode, Branch>()
    for (const node of this.#deepestFirst()) {
      const parts: Branch[] = [
        { ends: [...node.ends].filter((work) => takesPart.has(work)), forks: [] },
        { ends: [], forks: [...node.forks].filter((work) => takesPart.has(work)) },
      ]
      for (const child of node.next.values()) parts.push(branches.get(child)!)
      part(node.depth, parts)
      branches.set(node, {
        ends: parts.flatMap(({ ends }) => ends),
        forks: parts.flatMap(({ forks }) => forks),
      })
    }
  }

  #deepestFirst(): readonly TrieNode[] {
    const nodes = [...this.#roots.values()].flatMap((root) => [...root.next.values()])
    for (const node of nodes) for (const next of node.next.values()) nodes.push(next)
    return nodes.sort((a, b) => b.depth - a.depth)
  }

  #add(work: Work): void {
    const end = this.#nodeAt(work, work.promptCount)
    const fork = this.#nodeAt(work, Math.min(work.rowsFrom, work.promptCount))
    end.ends.add(work)
    fork.forks.add(work)
    this.#nodesOf.set(work, [end, fork])
  }

  #nodeAt({ tokens, set }: Work, depth: number): TrieNode {
    let at: TrieNode = this.#roots.get(set) ?? new TrieNode(null, 0, new Int32Array(0))
    this.#roots.set(set, at)
    while (at.depth < depth) {
      const child = at.next.get(tokenAt(tokens, at.depth))
      if (child === undefined) {
        const node = new TrieNode(at, depth, tokens)
        at.next.set(tokenAt(tokens, at.depth), node)
        return node
      }
      const until = Math.min(depth, child.depth)
      let length = at.depth
      while (length < until && child.tokens[length] === tokens[length]) length++
      if (length < child.depth) {
        const middle = new TrieNode(at, length, child.tokens)
        at.next.set(tokenAt(child.tokens, at.depth), middle)
        middle.next.set(tokenAt(child.tokens, length), child)
        child.parent = middle
        at = middle
      } else at = child
    }
    return at
  }

  #remove(work: Work): void {
    const [end, fork] = this.#nodesOf.get(work)!
    this.#nodesOf.delete(work)
    end.ends.delete(work)
    fork.forks.delete(work)
    tidy(end)
    tidy(fork)
  }
}

/** Takes a node away that nothing marks any more, and those above it. */
function tidy(from: TrieNode): void {
  for (let node = from; node.parent !== null && node.ends.size + node.forks.size === 0; ) {
    const { parent, next, tokens } = node
    if (next.size > 1 || parent.next.get(tokenAt(tokens, parent.depth)) !== node) return
    const [child] = next.values()
    if (child === undefined) parent.next.delete(tokenAt(tokens, parent.depth))
    else {
      parent.next.set(tokenAt(tokens, parent.depth), child)
      child.parent = parent
      return
    }
    node = parent
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
