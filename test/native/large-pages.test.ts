// The cache in large pages. Judges what the system says of this process: opening a context must ask for large pages for
// all of its cache, and before llama.cpp first writes to it, so that the system gives those it has.
import { existsSync, readFileSync } from 'node:fs'
import { openModel } from '../../lib/native/native.js'
import { demoFile } from './demo.js'

const switchFile = '/sys/kernel/mm/transparent_hugepage/enabled'
const isGiven = existsSync(switchFile) && !readFileSync(switchFile, 'utf8').includes('[never]')
const largePage = 2 * 2 ** 20

interface Mapped {
  /** Bytes of mappings that large pages were asked for. */
  readonly asked: number
  /** Bytes that lie in large pages. */
  readonly large: number
}

/** Null where the system doesn't tell. */
function mapped(): Mapped | null {
  const file = '/proc/self/smaps'
  const mappings = existsSync(file) ? readFileSync(file, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m) : []
  if (!mappings.some((mapping) => /^VmFlags:/m.test(mapping))) return null
  const bytesOf = (mapping: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(mapping)?.[1] ?? 0) * 1024
  const sum = (some: readonly string[], name: string): number =>
    some.reduce((bytes, mapping) => bytes + bytesOf(mapping, name), 0)
  const asked = mappings.filter((mapping) => /^VmFlags:.* hg\b/m.test(mapping))
  return { asked: sum(asked, 'Size'), large: sum(mappings, 'AnonHugePages') }
}

/** Bytes that could be given in large pages right now without moving anything; 0 where the system doesn't tell. */
function largeBytesFree(): number {
  const file = '/proc/buddyinfo'
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  const blocks = lines.map((line) =>
    line
      .split(/zone\s+\w+/)[1]!
      .trim()
      .split(/\s+/)
      .map(Number),
  )
  // The number of free blocks of 4 KiB, 8 KiB, ...
  return blocks.reduce((bytes, counts) => bytes + counts[9]! * largePage + counts[10]! * 2 * largePage, 0)
}

test('a cache of many megabytes lies in large pages where the system gives them', async () => {
  const model = await openModel(demoFile)
  const cells = 32_768
  const [layers, heads, headsKv, width] = [
    'llama.block_count',
    'llama.attention.head_count',
    'llama.attention.head_count_kv',
    'llama.embedding_length',
  ].map((key) => Number(model.metadata.get(key)))
  // Keys and values of two bytes each.
  const cacheBytes = (cells * layers! * 2 * 2 * width! * headsKv!) / heads!
  expect(cacheBytes).toBeGreaterThan(16 * 2 ** 20)
  const isPlenty = isGiven && largeBytesFree() > 4 * cacheBytes
  const before = mapped()
  const context = await model.createContext({ cells })
  try {
    const after = mapped()
    if (before === null || after === null) return
    // But for the beginning and the end, which no whole page covers.
    if (isGiven) expect(after.asked - before.asked).toBeGreaterThanOrEqual(cacheBytes - 2 * largePage)
    if (isPlenty) expect(after.large - before.large).toBeGreaterThanOrEqual(cacheBytes / 2)
  } finally {
    await context.dispose()
    await model.dispose()
  }
})
