// A small size of the scripts that end workers and processes in the middle of their work and call the addon at random;
// their large sizes are run by hand. Judges by the scripts' own counts that no process aborted, hung or took a signal.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { root } from './demo.js'

const script = async (name: string, ...args: string[]) => {
  const file = path.join(root, 'test', 'fuzz', name)
  const options = { cwd: root, maxBuffer: 2 ** 24 }
  const done = await promisify(execFile)(process.execPath, ['--expose-gc', file, ...args, '--json'], options)
  return JSON.parse(done.stdout)
}

/** A script that found something wrong ends with code 1 and tells it all the same. */
const told = (failed: { stdout?: string; signal?: string | null }) =>
  failed.stdout ? JSON.parse(failed.stdout) : { signal: failed.signal }

test('workers ended in the middle of their work, and processes with busy workers, end in order', async () => {
  const sizes = ['--workers', '12', '--batch', '6', '--exits', '1', '--seed', '7']
  const storm = await script('worker-storm.mjs', ...sizes).catch(told)
  expect(storm).toMatchObject({ workers: 12, ended: 6, exits: 1, died: [], wrong: [] })
}, 240_000)

test.each([1, 2])(
  'random calls of the native layer end in a value or an error of its own, seed %i',
  async (seed) => {
    const calls = await script('addon-calls.mjs', '--calls', '400', '--seed', String(seed)).catch(told)
    expect(calls).toMatchObject({ seed, wrong: [] })
    expect(calls.calls).toBeGreaterThanOrEqual(400)
  },
  240_000,
)
