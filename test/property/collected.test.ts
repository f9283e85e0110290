// An engine that nobody holds is collected, with its context and its cache: no timer, registry, listener or table of
// the library holds it, whatever it did. The cells of a lineage that nobody holds are freed. Method: child processes
// that may call the collector, and where nobody else made registries: V8 up to that of Node 24 tells nobody anything
// any more after one was collected at the wrong moment.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { nothingLeft } from '../support/program-model.js'

const run = promisify(execFile)

test('an engine is collected after generations, scores, pins, shifts, aborts and failures', async () => {
  const script = join(__dirname, '../support/collected-child.mjs')
  const { stdout } = await run(process.execPath, ['--expose-gc', script])
  expect(JSON.parse(stdout)).toEqual({ engine: 'collected', context: 'collected', vocabulary: 'collected' })
})

test('cells of a collected lineage are freed, whatever was collected before', async () => {
  const script = join(__dirname, '../support/lineages-child.mjs')
  const { stdout } = await run(process.execPath, ['--expose-gc', script])
  const freed = { held: 94, left: 60, leasesHeld: 1, cellsLive: 60 }
  expect(JSON.parse(stdout)).toEqual({ first: freed, engine: 'collected', second: freed })
})

test('a stream that is dropped unread ends its run, which gives back all it held', async () => {
  const script = join(__dirname, '../support/dropped-streams-child.mjs')
  const { stdout } = await run(process.execPath, ['--expose-gc', script])
  const both = ['collected', 'collected']
  expect(JSON.parse(stdout)).toEqual({
    plain: both,
    branches: both,
    each: both,
    started: both,
    waiting: 'text',
    left: nothingLeft,
    after: 300,
  })
})
