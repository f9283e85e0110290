// The tree of cached tokens of a made trace: a real prefix tree, which tells what changed since it was asked.
import type { TreeChange } from '../../lib/base/tree-change.js'

interface Node {
  id: number
  parent: Node | null
  from: number
  tokens: number[]
  state: 'live' | 'parked'
  readonly children: Node[]
}

export class MadeTree {
  parkedBytes = 0
  #nodes = 0
  readonly #roots: Node[] = []
  #changed = new Map<Node, number>()
  #gone: TreeChange['gone'][number][] = []

  /** Puts a path of tokens into the tree; how many were there. */
  cache(tokens: readonly number[]): number {
    let siblings = this.#roots
    let parent: Node | null = null
    let at = 0
    for (;;) {
      const node: Node | undefined = siblings.find((one) => one.tokens[0] === tokens[at])
      if (node === undefined) break
      let common = 0
      while (common < node.tokens.length && node.tokens[common] === tokens[at + common]) common += 1
      at += common
      node.state = 'live'
      this.#changed.set(node, Math.min(this.#changed.get(node) ?? node.tokens.length, common))
      if (common < node.tokens.length && at < tokens.length) this.#split(node, common)
      parent = node
      siblings = node.children
      if (common < node.tokens.length || at === tokens.length) break
    }
    const found = at
    if (at < tokens.length) {
      const news = tokens.slice(at)
      if (parent !== null && parent.children.length === 0 && parent.from + parent.tokens.length === at) {
        this.#changed.set(parent, Math.min(this.#changed.get(parent) ?? 1e9, parent.tokens.length))
        parent.tokens.push(...news)
      } else this.#add(parent, at, news)
    }
    return found
  }

  #add(parent: Node | null, from: number, tokens: number[]): Node {
    const node: Node = { id: this.#nodes++, parent, from, tokens, state: 'live', children: [] }
    if (parent === null) this.#roots.push(node)
    else parent.children.push(node)
    this.#changed.set(node, 0)
    return node
  }

  #split(node: Node, at: number): void {
    const rest = node.tokens.splice(at)
    const children = node.children.splice(0)
    const below = this.#add(node, node.from + at, rest)
    below.children.push(...children)
    for (const child of children) {
      child.parent = below
      this.#changed.set(child, Math.min(this.#changed.get(child) ?? child.tokens.length, child.tokens.length))
    }
    this.#changed.set(node, Math.min(this.#changed.get(node) ?? at, at))
  }

  /** Frees or parks the path's last node. */
  drop(tokens: readonly number[], why: 'freed' | 'parked'): void {
    let siblings = this.#roots
    let node: Node | undefined
    for (let at = 0; ; ) {
      const next: Node | undefined = siblings.find((one) => one.tokens[0] === tokens[at])
      if (next === undefined) break
      node = next
      at += next.tokens.length
      siblings = next.children
    }
    if (node === undefined || node.children.length > 0) return
    if (why === 'parked') {
      node.state = 'parked'
      this.parkedBytes += node.tokens.length * 2048
      this.#changed.set(node, node.tokens.length)
      return
    }
    const list = node.parent?.children ?? this.#roots
    list.splice(list.indexOf(node), 1)
    this.#changed.delete(node)
    this.#gone.push({ id: node.id, why: 'freed' })
  }

  cells(): number {
    return this.#roots.reduce((sum, root) => sum + cellsIn(root), 0)
  }

  /** What changed since it was asked before. */
  change(): TreeChange {
    const nodes = [...this.#changed].map(([node, tokensFrom]) => ({
      id: node.id,
      parent: node.parent?.id ?? null,
      from: node.from,
      length: node.tokens.length,
      state: node.state,
      held: node.children.length === 0,
      tokensFrom,
      tokens: node.tokens.slice(tokensFrom),
    }))
    const gone = this.#gone
    this.#changed = new Map()
    this.#gone = []
    return { nodes, gone }
  }
}

const cellsIn = (node: Node): number =>
  (node.state === 'live' ? node.tokens.length : 0) +
  node.children.reduce((sum, child) => sum + cellsIn(child), 0)
