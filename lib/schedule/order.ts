// In which order requests are let in where ids or cells are short. Decides that those go first whose own sequence lies
// idle: they need no id, and nobody evicts what they go on with. So runs end before others begin, and few cells are
// decoded again. Whoever has waited longest is passed by at most as many as there are ids.
import type { KvCache } from '../kv/cache.js'
import type { TreeNode } from '../kv/tree-node.js'
import { find } from './found.js'
import type { Work } from './work.js'

export interface Order {
  readonly works: readonly Work[]
  /** Those of them that need no further id. */
  readonly ready: ReadonlySet<Work>
}

export class AdmissionOrder {
  #first: Work | null = null
  #passed = 0

  /** The works, which are in order of arrival, in order of admission. */
  of(cache: KvCache, works: readonly Work[]): Order {
    const waiting = works.filter((work) => work.lease === null)
    const first = waiting[0] ?? null
    if (first !== this.#first) this.#passed = 0
    this.#first = first
    const ready = new Set<Work>()
    if (first === null || hasRoomForAll(cache, waiting)) return { works, ready }
    const isOverdue = this.#passed >= cache.leases.count
    const nodes = new Map<TreeNode, Work>()
    for (const work of waiting) {
      if (isOverdue && work === first) continue
      const node = idleNodeOf(cache, work)
      if (node !== null && !nodes.has(node)) nodes.set(node, work)
    }
    // The last of them may have to give its sequence up for the first of all.
    const kept = [...nodes].slice(0, isOverdue ? -1 : undefined)
    for (const [node, work] of kept) {
      cache.tree.touch(node, cache.clock)
      ready.add(work)
    }
    const ahead = new Set(isOverdue ? [first, ...ready] : ready)
    return { works: [...ahead, ...works.filter((work) => !ahead.has(work))], ready }
  }

  admitted(work: Work): void {
    if (work !== this.#first) this.#passed++
  }
}

/** Whether nobody has to be evicted, even if nothing of what they ask for is cached. */
function hasRoomForAll(cache: KvCache, waiting: readonly Work[]): boolean {
  const cells = waiting.reduce((sum, work) => sum + work.count + work.drawnLeft, 0)
  return cache.leases.freeCount >= waiting.length && cache.cellsFree >= cells
}

/** Where the work goes on with an idle sequence, if it does. */
function idleNodeOf(cache: KvCache, work: Work): TreeNode | null {
  const { node, isWhole } = find(cache, work)
  return isWhole && node.leases.some(({ owner }) => owner === 'tree') ? node : null
}
