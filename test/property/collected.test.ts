// An engine that nobody holds is collected, with its context and its cache: no timer, registry, listener or table of
// the library holds it, whatever it did. Method: a child process that may call the collector.
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
