// The benchmark of what earlier runs cost later ones runs whole in a small size: equal runs draw equal tokens whatever
// else a model holds, and a beginning that all share is computed once. Times are not judged.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

async function once(...flags: string[]) {
  const script = path.join(root, 'bench', 'idle.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--smoke', ...flags], { cwd: root })
  return JSON.parse(stdout)
}

test('bench/idle --smoke', async () => {
  const [one, other] = [await once(), await once('--pause', '5')]
  expect(one.checksum).toBe(other.checksum)
  for (const { figures } of [one, other]) {
    const [{ runs, rowRatio, rowMs, calls, rows, attended, tidied, rowsAgain }] = figures
    expect(runs).toBe(3)
    expect(Math.min(rowRatio, rowMs)).toBeGreaterThan(0)
    expect(rows.used).toBeGreaterThan(calls)
    expect(attended.used).toBeGreaterThan(0)
    expect(tidied.waited + tidied.idle).toBeGreaterThanOrEqual(0)
    expect(rowsAgain).toBe(0)
  }
}, 60_000)

test('bench/idle --smoke --beginning', async () => {
  const [{ rows }] = (await once('--beginning', '50')).figures
  expect(rows.used).toBe(rows.fresh)
}, 60_000)
