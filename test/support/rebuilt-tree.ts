// The tree of cached tokens as a reader of a trace has it: built from changes alone, by the plainest means.
import type { TreeChange } from '../../lib/base/tree-change.js'

export interface RebuiltNode {
  readonly parent: number | null
  readonly from: number
  readonly state: 'live' | 'parked'
  readonly held: boolean
  readonly tokens: readonly number[]
}

export class RebuiltTree {
  readonly nodes = new Map<number, RebuiltNode>()

  apply({ nodes, gone }: TreeChange): void {
    for (const { id, parent, from, length, state, held, tokensFrom, tokens } of nodes) {
      const before = this.nodes.get(id)?.tokens.slice(0, tokensFrom) ?? []
      const all = [...before, ...tokens]
      expect([tokensFrom <= before.length, all.length]).toEqual([true, length])
      this.nodes.set(id, { parent, from, state, held, tokens: all })
    }
    for (const { id } of gone) expect(this.nodes.delete(id)).toBe(true)
    for (const { parent, from } of this.nodes.values()) {
      const above = parent === null ? { from: 0, tokens: [] } : this.nodes.get(parent)!
      expect(from).toBe(above.from + above.tokens.length)
    }
  }

  /** All tokens up to the node's end. */
  path(id: number): number[] {
    const node = this.nodes.get(id)!
    return node.parent === null ? [...node.tokens] : [...this.path(node.parent), ...node.tokens]
  }

  cells(): number {
    let cells = 0
    for (const { state, tokens } of this.nodes.values()) if (state === 'live') cells += tokens.length
    return cells
  }
}
