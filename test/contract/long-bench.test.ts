// The benchmark of long texts runs whole in a small size, prints what it promises, and its counts hold. Times are not
// judged; that every large input ends in a value or an error with a code is.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

test('bench/long --smoke', async () => {
  const script = path.join(root, 'bench', 'long.mjs')
  const run = promisify(execFile)(process.execPath, [script, '--smoke', '--json'], { cwd: root })
  // Missed goals end the script with code 1; in this size they mean nothing.
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  const { stream, far, kinds, lag, ...others } = JSON.parse(stdout)
  expect(Object.keys(others).sort()).toEqual(['checksum', 'decodeCalls', 'goals', 'tokens', 'violations'])
  expect(others.checksum).toMatch(/^[0-9a-f]{12}$/)
  expect(others.tokens).toBe(600 + 80 + 2 * 3 + 3 * 384)
  expect(others.decodeCalls).toBeGreaterThan(0)
  expect(others.decodeCalls).toBeLessThanOrEqual(others.tokens + 20)
  expect(Object.keys(stream)).toEqual(['60', '300', 'first', 'tenth', 'tenthToFirst'])
  expect(Object.keys(far)).toEqual(['700', 'requests'])
  expect(far.requests.far.tokens).toBeGreaterThan(690)
  expect(Object.keys(kinds)).toEqual(['text', 'json', 'checked'])
  for (const [name, { end }] of Object.entries<{ end: string }>(lag)) {
    expect([name, end]).toEqual([name, expect.stringMatching(/^(value|\w+Error [A-Z_]+)$/)])
  }
  expect(Object.keys(lag)).toHaveLength(13)
}, 300_000)
