// Goal: the tree finds exactly what a plain list of token arrays finds. Method: random token lists over three letters
// go through fork, grow, release and evict; after each, the longest common prefix with the list is the judge.
import fc from 'fast-check'
import { KvCache } from '../../../lib/kv/cache.js'
import { coldest, evict, makeRoom } from '../../../lib/kv/evict.js'
import { checkIntegrity } from '../../../lib/kv/integrity.js'
import { pin, unpin } from '../../../lib/kv/pin.js'

const open = (canForkPartially = true): KvCache =>
  new KvCache({
    cells: 100_000,
    sequences: 64,
    canForkPartially,
    canTruncate: canForkPartially,
    canPark: false,
    hostBytesMax: 0,
    bytesPerRow: 256,
  })

/** Longest beginning of `tokens` that some list has. */
const naive = (lists: readonly Int32Array[], tokens: Int32Array): number => {
  let best = 0
  for (const list of lists) {
    let length = 0
    while (length < Math.min(list.length, tokens.length) && list[length] === tokens[length]) length++
    best = Math.max(best, length)
  }
  return best
}

/** What a request does to the cache: fork at the longest match, grow by the rest, release. */
function insert(cache: KvCache, tokens: Int32Array): void {
  const found = cache.tree.match(tokens, { count: tokens.length, limit: tokens.length })
  const base = cache.tree.split(found.node, found.length)
  const idle = base.leases.find((lease) => lease.owner === 'tree')
  const lease = idle === undefined ? cache.fork(base)! : cache.takeOver(idle)
  const node = cache.tree.append(base, tokens.subarray(found.length))
  cache.move(lease, node)
  cache.places.reach(cache.tree.cellsLive)
  checkIntegrity(cache)
  cache.release(lease)
  checkIntegrity(cache)
}

const lists = fc.array(
  fc
    .array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 12 })
    .map((list) => Int32Array.from(list)),
  { minLength: 1, maxLength: 25 },
)

test('match = the longest common prefix of a plain list', () => {
  fc.assert(
    fc.property(lists, lists, (kept, asked) => {
      const cache = open()
      for (const tokens of kept) insert(cache, tokens)
      for (const tokens of [...kept, ...asked]) {
        const { length } = cache.tree.match(tokens, { count: tokens.length, limit: tokens.length })
        expect(length).toBe(naive(kept, tokens))
      }
      // Every token of the trie of all lists is there once.
      const unique = new Set(
        kept.flatMap((list) => Array.from(list, (_, index) => list.slice(0, index + 1).join())),
      )
      expect(cache.tree.cellsLive).toBe(unique.size)
    }),
  )
})

test('a limit shortens the match and nothing else', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 0, max: 12 }), (kept, limit) => {
      const cache = open()
      for (const tokens of kept) insert(cache, tokens)
      for (const tokens of kept) {
        const found = cache.tree.match(tokens, { count: tokens.length, limit })
        expect(found.length).toBe(Math.min(limit, tokens.length))
        expect(found.seen).toBe(tokens.length)
      }
    }),
  )
})

test('evicting until nothing is left frees every cell and every id, whatever the order', () => {
  fc.assert(
    fc.property(lists, fc.array(fc.nat(40), { maxLength: 25 }), (kept, uses) => {
      const cache = open()
      for (const tokens of kept) insert(cache, tokens)
      for (const use of uses) {
        cache.clock++
        const tokens = kept[use % kept.length]!
        cache.tree.touch(
          cache.tree.match(tokens, { count: tokens.length, limit: tokens.length }).node,
          cache.clock,
        )
      }
      let cells = cache.tree.cellsLive
      for (let lease = coldest(cache); lease !== null; lease = coldest(cache)) {
        evict(cache, lease)
        checkIntegrity(cache)
        expect(cache.tree.cellsLive).toBeLessThan(cells)
        cells = cache.tree.cellsLive
      }
      expect(cells).toBe(0)
      expect(cache.leases.freeCount).toBe(64)
    }),
  )
})

test('a locked path survives any demand for room', () => {
  const cache = open()
  insert(cache, Int32Array.of(1, 2, 3, 4))
  insert(cache, Int32Array.of(1, 2, 9))
  const pinned = pin(cache, Int32Array.of(1, 2))
  expect(pinned).not.toBeNull()
  expect(makeRoom(cache, 100_000)).toBe(false)
  expect(cache.tree.cellsLive).toBe(2)
  checkIntegrity(cache)
  unpin(cache, pinned!)
  expect(makeRoom(cache, 100_000)).toBe(true)
  checkIntegrity(cache)
})

test('whole-sequence memory matches ends of sequences only', () => {
  const cache = open(false)
  insert(cache, Int32Array.of(1, 2, 3))
  const lengthOf = (...tokens: number[]) =>
    cache.tree.match(Int32Array.from(tokens), { count: tokens.length, limit: tokens.length }).length
  expect(lengthOf(1, 2)).toBe(0)
  expect(lengthOf(1, 2, 3)).toBe(3)
  expect(lengthOf(1, 2, 3, 4)).toBe(3)
  expect(lengthOf(1, 2, 4)).toBe(0)
})
