// What a step does follows what is new, not what is there: no step compares, hashes or copies what others did before.
// Method: counts of tokens read, not times. A token list that counts what is read of it stands for the caller's.

import type { Position } from '../../lib/base/ids.js'
import { appendLiteral, openHole } from '../../lib/engine/local/tokens/boundary.js'
import { vocabularyOf } from '../../lib/engine/local/tokens/vocabulary.js'
import { KvCache } from '../../lib/kv/cache.js'
import { HashedPath } from '../../lib/kv/lost-tokens.js'
import type { Match } from '../../lib/kv/match.js'
import type { NativeVocab } from '../../lib/native/addon.js'
import { Costs } from '../../lib/schedule/costs.js'
import { ForkStops } from '../../lib/schedule/fork-stops.js'
import { find } from '../../lib/schedule/found.js'
import { Planner } from '../../lib/schedule/planner.js'
import { Work, type WorkSpec } from '../../lib/schedule/work.js'
import { greedy } from '../support/greedy.js'
import { Chance } from '../support/oracle-programs.js'
import { fixedMatcher, oracleVocabulary } from '../support/oracle-vocabulary.js'
import { tableOf } from '../support/vocab-table.js'

/** Counts the tokens that are read of a list, one by one or in part. */
function counted(tokens: Int32Array): { readonly tokens: Int32Array; readonly read: () => number } {
  let read = 0
  const proxy = new Proxy(tokens, {
    get: (list, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) {
        read++
        return list[Number(key)]
      }
      const value: unknown = Reflect.get(list, key, list)
      if (typeof value !== 'function') return value
      return (...args: number[]) => {
        if (key === 'subarray' || key === 'slice') read += (args[1] ?? list.length) - (args[0] ?? 0)
        return (value as (...all: number[]) => unknown).apply(list, args)
      }
    },
  })
  return { tokens: proxy, read: () => read }
}

const open = (): KvCache =>
  new KvCache({
    cells: 1 << 20,
    sequences: 64,
    canForkPartially: true,
    canTruncate: true,
    canPark: false,
    hostBytesMax: 0,
    bytesPerRow: 256,
  })
const prefill = (tokens: Int32Array): WorkSpec => ({ tokens, generation: null, targets: null })
const numbers = (count: number): Int32Array => Int32Array.from({ length: count }, (_, index) => index % 250)

/** A sequence with these tokens, idle in the end. */
function keep(cache: KvCache, tokens: Int32Array): void {
  const found = cache.tree.match(tokens, { count: tokens.length, limit: tokens.length })
  const base = cache.tree.split(found.node, found.length)
  const lease = cache.fork(base)!
  cache.move(lease, cache.tree.append(base, tokens.subarray(found.length)))
  cache.places.reach(cache.tree.cellsLive)
  cache.release(lease)
}

test('who waits does not read its tokens again while others decode, beside it or behind it', () => {
  const cache = open()
  keep(cache, numbers(2000))
  const work = new Work(0, prefill(numbers(3000)))
  const { tokens, read } = counted(work.tokens)
  work.tokens = tokens
  // Looked up once it is not known to wait; then twice at most.
  find(cache, work)
  const found = find(cache, work)
  expect(found.length).toBe(2000)
  const before = read()
  expect(before).toBeGreaterThanOrEqual(2000)
  // Another one goes on from a part of it, token by token.
  const end = cache.tree.split(found.node, 1000 as Position)
  const first = find(cache, work)
  const looked = read()
  const lease = cache.fork(end)!
  let leaf = cache.tree.root
  for (let step = 0; step < 500; step++) {
    // As a step does: a row, then its cells, joined with those before; and what a run ahead drew.
    leaf = cache.tree.add(lease.node, Int32Array.of(249), 'pending')
    cache.move(lease, leaf)
    cache.tree.setState(leaf, 'live')
    cache.join(leaf)
    leaf = cache.tree.append(lease.node, Int32Array.of(248))
    cache.move(lease, leaf)
    expect(find(cache, work)).toBe(first)
  }
  // A few places, and no token.
  expect(read() - looked).toBe(0)
  // What concerns it is seen: its own path goes on.
  keep(cache, numbers(2500))
  expect(find(cache, work).length).toBe(2500)
})

test('what is found again is what would be found anew, after any change', () => {
  const chance = new Chance(7)
  for (let program = 0; program < 60; program++) {
    const cache = open()
    const list = () => Int32Array.from({ length: chance.in(1, 12) }, () => chance.below(2))
    const works = Array.from({ length: 6 }, (_, number) => new Work(number, prefill(list())))
    for (let step = 0; step < 25; step++) {
      const nodes = [...cache.tree.nodes()]
      const node = chance.pick(nodes)
      const leaf = node.children.size === 0 && node.length > 1 ? node.leases[0] : undefined
      const act = chance.below(4)
      if (act < 2) keep(cache, list())
      // A tail is given up and another one, as long, comes in its place.
      else if (leaf !== undefined && act === 2) {
        cache.reclaimTail(leaf, (node.until - 1) as Position)
        cache.takeOver(leaf)
        cache.tree.append(node, Int32Array.of(chance.below(2)))
        cache.release(leaf)
      } else if (node.length > 1 && node.parent !== null) cache.tree.split(node, (node.from + 1) as Position)
      else cache.join(node)
      if (chance.is(20))
        for (const { node: leaf } of [...cache.leases.held]) if (chance.is(30)) cache.forget(leaf)
      for (const work of works) {
        const { count, rowsFrom: limit } = work
        const anew: Match = cache.tree.match(work.tokens, { count, limit, lineage: null })
        const { node: at, length, seen, isWhole } = find(cache, work)
        expect([length, seen, isWhole]).toEqual([anew.length, anew.seen, anew.isWhole])
        expect(at === anew.node).toBe(true)
      }
    }
  }
})

const batch = 64

test.each([
  ['any part of a sequence is forked', true],
  ['whole sequences are forked', false],
])('a plan reads only what is new to those who wait, where %s', (_, isSliceable) => {
  const cache = new KvCache({
    cells: 1 << 16,
    sequences: 4,
    canForkPartially: isSliceable,
    canTruncate: isSliceable,
    canPark: false,
    hostBytesMax: 0,
    bytesPerRow: 256,
  })
  const planner = new Planner(cache, { batch, costs: new Costs(), latencyMicros: 50_000, guesses: false })
  const asked = Array.from({ length: 64 }, (_one, number) => {
    const tokens = numbers(3000).map((token, index) => (index < 1000 ? token : (index * 31 + number) % 250))
    const work = new Work(number, prefill(tokens))
    const list = counted(work.tokens)
    work.tokens = list.tokens
    return { work, read: list.read }
  })
  const step = (): void => {
    const { step } = planner.plan(asked.map(({ work }) => work))
    for (const node of step!.nodes) cache.tree.setState(node, 'live')
    cache.places.reach(cache.tree.cellsLive)
    for (const node of step!.nodes) if (node.parent !== null) cache.join(node)
  }
  // They are looked up when they come, and once more when they are known to wait.
  for (let plan = 0; plan < 4; plan++) step()
  const before = asked.map(({ read }) => read())
  expect(Math.max(...before)).toBeGreaterThan(0)
  const plans = 8
  for (let plan = 0; plan < plans; plan++) step()
  const waiting = asked.filter(({ work }) => work.lease === null)
  expect(waiting.length).toBeGreaterThanOrEqual(60)
  // What came to their common beginning is compared, and where it ends.
  const more = waiting.map(({ work, read }) => read() - before[work.number]!)
  expect(Math.max(...more)).toBeLessThanOrEqual(plans * (batch + 16))
})

test('fork stops are those that comparing all pairs gives, and later plans read no token', () => {
  const chance = new Chance(3)
  for (let program = 0; program < 80; program++) {
    const stops = new ForkStops()
    let works: Work[] = []
    for (let plan = 0, number = 0; plan < 6; plan++) {
      for (let arriving = chance.below(6); arriving > 0; arriving--) {
        const tokens = Int32Array.from({ length: chance.in(1, 9) }, () => chance.below(2))
        const generation = {
          matcher: fixedMatcher(9),
          draw: greedy,
          tokensMax: 9,
          forbidden: [],
          onTokens: null,
        }
        works.push(
          new Work(number++, chance.is(50) ? prefill(tokens) : { tokens, generation, targets: null }),
        )
      }
      works = works.filter(() => chance.is(85))
      const asked = works.filter(() => chance.is(90))
      const reads = works.map((work) => {
        const { tokens, read } = counted(work.tokens)
        const isNew = work.number >= number
        work.tokens = tokens
        return { work, read, isNew }
      })
      stops.set(asked, new Set(works))
      const read = reads.map(({ work, read }) => ({ work, count: read() }))
      stops.set(asked, new Set(works))
      for (const [index, { count }] of read.entries()) expect(reads[index]!.read()).toBe(count)
      const expected = allPairs(asked)
      for (const work of asked) {
        expect([...new Set(work.forkStops)].sort()).toEqual(expected.get(work)!.stops.sort())
        expect(work.forkFrom).toBe(expected.get(work)!.from)
      }
    }
  }
})

function allPairs(works: readonly Work[]): Map<Work, { stops: number[]; from: number }> {
  const expected = new Map(works.map((work) => [work, { stops: [] as number[], from: 0 }]))
  for (const [index, later] of works.entries()) {
    for (const earlier of works.slice(0, index)) {
      let common = 0
      const most = Math.min(earlier.count, later.count, later.rowsFrom)
      while (common < most && earlier.tokens[common] === later.tokens[common]) common++
      if (common === 0) continue
      if (!expected.get(earlier)!.stops.includes(common)) expected.get(earlier)!.stops.push(common)
      const own = expected.get(later)!
      own.from = Math.max(own.from, common)
    }
  }
  return expected
}

test('tokens lost are counted by reading what is new of a list', () => {
  const cache = open()
  const tokens = numbers(5000)
  keep(cache, tokens.subarray(0, 4000))
  cache.clear()
  const list = counted(tokens)
  const path = new HashedPath()
  let lost = 0
  for (let at = 0; at < 5000; at += 10) lost += cache.lost.takeCount(path, list.tokens, at, at + 10)
  expect(lost).toBe(4000)
  // Once nothing lost is left, it need not look.
  expect(list.read()).toBeGreaterThanOrEqual(4000)
  expect(list.read()).toBeLessThanOrEqual(5000)
})

test('a work that draws for long passes on what was drawn, and keeps nothing twice', () => {
  const generation = {
    matcher: fixedMatcher(9),
    draw: { ...greedy, repeatPenalty: 1.2, penaltyWindow: Int32Array.of(1, 2, 3), penaltyLastN: 5 },
    tokensMax: 10_000,
    forbidden: [Int32Array.of(5, 6, 7, 8), Int32Array.of(5, 9), Int32Array.of(4)],
    onTokens: null,
  }
  const work = new Work(0, { tokens: Int32Array.of(1), generation, targets: null })
  work.addDrawn(Int32Array.of(5))
  expect(work.nextForbidden().map((path) => [...path])).toEqual([[6, 7, 8], [9]])
  work.addDrawn(Int32Array.of(6, 7))
  expect(work.nextForbidden().map((path) => [...path])).toEqual([[8]])
  expect([...work.nextDraw().penaltyWindow]).toEqual([2, 3, 5, 6, 7])
  for (let at = 0; at < 900; at++) {
    work.addDecoded(at, at + 1)
    work.addCalls(at, at + 1)
  }
  expect([work.decoded, work.decodeCalls, work.rowsDecoded]).toEqual([
    [{ from: 0, until: 900 }],
    [{ from: 0, until: 900 }],
    900,
  ])
})

test('bytes of tokens are asked of the native side once, all together, however long the transcripts are', () => {
  let singles = 0
  let tables = 0
  const native: NativeVocab = {
    ...oracleVocabulary,
    eos: null,
    tokenBytes: (token) => {
      singles++
      return oracleVocabulary.tokenBytes(token)
    },
    isSpecial: (token) => {
      singles++
      return oracleVocabulary.isSpecial(token)
    },
    table: () => {
      tables++
      return tableOf(oracleVocabulary)
    },
    compile: () => {
      throw new Error('not here')
    },
  }
  const vocabulary = vocabularyOf(native)
  for (const length of [10, 3000, 30_000]) {
    openHole(vocabulary, numbers(length))
    appendLiteral(vocabulary, numbers(length), Uint8Array.of(97, 98, 32, 99))
  }
  expect([singles, tables]).toEqual([0, 1])
  expect(vocabulary.tokenBytes(97)).toEqual(Uint8Array.of(97))
})
