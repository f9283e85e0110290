// The cache in large pages. Judges what the system says of this process: opening a context must leave most of its cache
// in large pages, which holds only while llama.cpp tells of a buffer before it first writes to it.
import { existsSync, readFileSync } from 'node:fs'
import { openModel } from '../../lib/native/native.js'
import { demoFile } from './demo.js'

const switchFile = '/sys/kernel/mm/transparent_hugepage/enabled'
const isGiven = existsSync(switchFile) && !readFileSync(switchFile, 'utf8').includes('[never]')

/** Bytes of this process that lie in large pages. */
function largeBytes(): number {
  const line = /^AnonHugePages:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))
  return Number(line?.[1]) * 1024
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
  const before = largeBytes()
  const context = await model.createContext({ cells })
  try {
    expect(largeBytes() - before).toBeGreaterThanOrEqual(isGiven ? cacheBytes / 2 : 0)
  } finally {
    await context.dispose()
    await model.dispose()
  }
})
