// A path of 100,000 nodes, as a caller makes who extends by a token and pins, works in every operation of the cache;
// and on small trees every operation gives what a twin gives that goes through all nodes.
import fc from 'fast-check'
import type { Position } from '../../../lib/base/ids.js'
import { KvCache } from '../../../lib/kv/cache.js'
import { coldest, evict, makeRoom } from '../../../lib/kv/evict.js'
import { hasOtherLease, hasTwin, holdersOf, leaseBelow } from '../../../lib/kv/holders.js'
import { checkIntegrity } from '../../../lib/kv/integrity.js'
import { Lineage } from '../../../lib/kv/lineage.js'
import { HashedPath } from '../../../lib/kv/lost-tokens.js'
import { dropParkedBelow, trimHost } from '../../../lib/kv/park.js'
import { pin, unpin } from '../../../lib/kv/pin.js'
import { repack } from '../../../lib/kv/repack.js'
import { restore, restoreFailed } from '../../../lib/kv/restore.js'
import { forgetLineages, shiftTail } from '../../../lib/kv/shift.js'
import type { Lease, TreeNode } from '../../../lib/kv/tree-node.js'

const depth = 100_000

const open = (canPark = false): KvCache =>
  new KvCache({
    cells: 4 * depth,
    sequences: 64,
    canForkPartially: true,
    canTruncate: true,
    canPark,
    hostBytesMax: canPark ? (depth / 2) * 2 ** 24 : 0,
    bytesPerRow: 256,
  })

const tokensOf = (count: number): Int32Array => Int32Array.from({ length: count }, (_, index) => index % 251)
const matchOf = (cache: KvCache, tokens: Int32Array) =>
  cache.tree.match(tokens, { count: tokens.length, limit: tokens.length })

/** One node a token, each pinned where asked, and one idle sequence at the end. */
function chain(cache: KvCache, count: number, isPinned = false): { nodes: TreeNode[]; tokens: Int32Array } {
  const tokens = tokensOf(count)
  const nodes: TreeNode[] = []
  const lease = cache.fork(cache.tree.root)!
  let node = cache.tree.root
  for (let at = 0; at < count; at++) {
    node = cache.tree.add(node, tokens.slice(at, at + 1), 'live')
    if (isPinned) node.holds++
    nodes.push(node)
  }
  cache.move(lease, node)
  // As if each had been locked: a lock walks to the root, once for each call.
  if (isPinned) {
    for (const [index, one] of nodes.entries()) one.locks += count - index
    cache.tree.root.locks += count
  }
  cache.places.reach(cache.tree.cellsLive)
  cache.release(lease)
  return { nodes, tokens }
}

test(`${depth} nodes below each other: match, fork, lock, move, release, hold the books`, () => {
  const cache = open()
  const { nodes, tokens } = chain(cache, depth)
  // Identity by hand: jest compares and prints by recursion.
  const found = matchOf(cache, tokens)
  expect([found.length, found.seen, found.node === nodes.at(-1)]).toEqual([depth, depth, true])
  expect(leaseBelow(nodes[0]!)).not.toBeNull()
  const lease = cache.fork(nodes[depth / 2]!)!
  const side = cache.tree.append(nodes[depth / 2]!, Int32Array.of(9, 9, 9))
  cache.move(lease, side)
  cache.places.reach(cache.tree.cellsLive)
  checkIntegrity(cache)
  cache.release(lease)
  const pinned = pin(cache, tokens)!
  checkIntegrity(cache)
  unpin(cache, pinned)
  checkIntegrity(cache)
  expect([...holdersOf([...cache.tree.nodes()]).values()].every((ids) => ids.length <= 2)).toBe(true)
})

test('evicted leaf by leaf, and remembered as lost', () => {
  const cache = open()
  const { tokens } = chain(cache, depth)
  expect(makeRoom(cache, 4 * depth)).toBe(true)
  expect(cache.tree.cellsLive).toBe(0)
  expect(cache.leases.freeCount).toBe(64)
  checkIntegrity(cache)
  expect(cache.lost.takeCount(new HashedPath(), tokens, 0, depth)).toBe(depth)
})

test('pinned at every node, then cleared', () => {
  const cache = open()
  const { nodes } = chain(cache, depth, true)
  checkIntegrity(cache)
  expect(makeRoom(cache, 4 * depth)).toBe(false)
  cache.clear()
  expect(cache.tree.cellsLive + cache.tree.cellsLocked).toBe(0)
  for (const node of nodes) unpin(cache, node)
  checkIntegrity(cache)
})

test('parked, brought back, refused, parked again, and given up', () => {
  const cache = open(true)
  cache.parkTokensMin = 1
  const { nodes, tokens } = chain(cache, depth)
  const parkAll = () => {
    for (let lease = coldest(cache); lease !== null; lease = coldest(cache)) evict(cache, lease)
    expect(cache.host.count).toBe(depth)
    checkIntegrity(cache)
  }
  parkAll()
  const { parked } = matchOf(cache, tokens)
  expect([parked?.length, parked?.node === nodes.at(-1)]).toEqual([depth, true])
  const back = restore(cache, nodes.at(-1)!)!
  expect(back.chain.length).toBe(depth)
  cache.release(back.lease)
  checkIntegrity(cache)
  parkAll()
  const again = restore(cache, nodes.at(-1)!)!
  restoreFailed(cache, again.lease, again.chain)
  expect(cache.tree.cellsLive).toBe(0)
  checkIntegrity(cache)
})

test('parked states given up all at once, or until the budget is kept', () => {
  const cache = open(true)
  cache.parkTokensMin = 1
  const { nodes } = chain(cache, depth)
  for (let lease = coldest(cache); lease !== null; lease = coldest(cache)) evict(cache, lease)
  for (const node of nodes) cache.host.setBytes(node.blob!, 2 ** 24)
  trimHost(cache)
  expect(cache.host.count).toBe(depth / 2)
  checkIntegrity(cache)
  dropParkedBelow(cache, cache.tree.root)
  expect(cache.host.count).toBe(0)
})

test('repacked: one operation a node, which share the list of one sequence', () => {
  const cache = open(true)
  chain(cache, depth)
  repack(cache)
  expect(cache.takeOps().length).toBe(depth)
})

test('shifted, and the lineage forgotten', () => {
  const cache = open()
  const { tokens } = chain(cache, depth)
  const into = new Lineage(1, 10, null)
  const shifted = shiftTail(cache, tokens, matchOf(cache, tokens), { from: 10, until: 20, into })!
  cache.release(shifted.lease)
  checkIntegrity(cache)
  const forgotten = new Set([1])
  forgetLineages(cache, forgotten)
  expect(forgotten.size).toBe(0)
  expect(cache.tree.ofLineage(1)).toEqual([])
  checkIntegrity(cache)
})

test('a chain of lineages is forgotten, however long', () => {
  const cache = open()
  const lease = cache.fork(cache.tree.root)!
  let node = cache.tree.root
  const numbers = new Set<number>()
  for (let number = 1; number <= depth; number++) {
    node = cache.tree.add(node, Int32Array.of(number % 251), 'live', number)
    numbers.add(number)
  }
  cache.move(lease, node)
  cache.places.reach(cache.tree.cellsLive)
  cache.release(lease)
  for (let turn = 0; turn < 3 && numbers.size > 1; turn++)
    forgetLineages(cache, new Set([...numbers].reverse()))
  checkIntegrity(cache)
  expect(cache.tree.cellsLive).toBe(0)
})

test(`${2 * depth} children of one node`, () => {
  const cache = open()
  const pinned: TreeNode[] = []
  const lease = cache.fork(cache.tree.root)!
  for (let token = 0; token < 2 * depth; token++) {
    const node = cache.tree.add(cache.tree.root, Int32Array.of(token), 'pending')
    pinned.push(node)
  }
  expect([...cache.tree.nodes()].length).toBe(2 * depth + 1)
  for (const node of pinned) cache.tree.remove(node)
  cache.release(lease)
  checkIntegrity(cache)
})

/** The slow twins: through all nodes, by what a lease says of itself. */
const isBelow = (node: TreeNode, above: TreeNode): boolean => {
  for (let at: TreeNode | null = node; at !== null; at = at.parent) if (at === above) return true
  return false
}
const leasesOf = (cache: KvCache, node: TreeNode): Lease[] =>
  [...cache.leases.held].filter((lease) => isBelow(lease.node, node))
const pathOf = (node: TreeNode): number[] => {
  const path: number[] = []
  for (let at: TreeNode | null = node; at !== null; at = at.parent) {
    path.unshift(...at.tokens.subarray(0, at.length))
  }
  return path
}

test('holders, twins, locks and matches are what going through all nodes gives', () => {
  const step = fc.record({
    at: fc.nat(30),
    tokens: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
    act: fc.nat(5),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const cache = open()
      const working: Lease[] = []
      for (const { at, tokens, act } of steps) {
        cache.clock++
        const nodes = [...cache.tree.nodes()]
        const node = nodes[at % nodes.length]!
        if (act === 0 && working.length > 0) cache.release(working.splice(at % working.length, 1)[0]!)
        else if (act === 1 && node.length > 1) cache.tree.split(node, (node.from + 1) as Position)
        else if (act === 2) for (const one of nodes) cache.join(one)
        else if (act === 3) {
          const lease = coldest(cache)
          if (lease !== null) evict(cache, lease)
        } else {
          const lease = cache.fork(node)
          if (lease === null) continue
          const child = cache.tree.append(node, Int32Array.from(tokens))
          cache.move(lease, child)
          working.push(lease)
        }
        cache.places.reach(cache.tree.cellsLive)
        checkIntegrity(cache)
        judge(cache)
      }
    }),
  )
})

function judge(cache: KvCache): void {
  const nodes = [...cache.tree.nodes()]
  const holders = holdersOf(nodes)
  let twins = 0
  for (const node of nodes) {
    const below = leasesOf(cache, node)
    expect([...holders.get(node)!].sort()).toEqual(below.map(({ id }) => id).sort())
    if (below.length > 0) expect(below).toContain(leaseBelow(node))
    for (const lease of below) expect(hasOtherLease(node, lease)).toBe(below.length > 1)
    for (const list of node.children.values()) twins += list.length - 1
    const tokens = Int32Array.from(pathOf(node))
    const found = matchOf(cache, tokens)
    expect(found.length).toBe(tokens.length)
    if (node.parent === null) continue
    const isDouble = nodes.some(
      (other) =>
        !isBelow(other, node) &&
        pathOf(other).slice(0, tokens.length).join() === tokens.join() &&
        other.until >= tokens.length &&
        isBelow(other, node.parent!),
    )
    expect(hasTwin(node)).toBe(isDouble)
  }
  expect(cache.tree.twinCount).toBe(twins)
}
