// The benchmark of holes runs whole in a small size: equal seeds draw equal tokens, whatever was kept of the templates
// of earlier runs. Times are not judged.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

test('bench/holes --smoke', async () => {
  const script = path.join(root, 'bench', 'holes.mjs')
  const once = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--smoke'], { cwd: root })
    return JSON.parse(stdout)
  }
  const [one, other] = [await once(), await once()]
  expect(one).toMatchObject({ runs: 4, holes: 10, checksum: other.checksum })
  for (const { outsideMs, stepMs, decodeCalls, rows } of [one.first, one.second, one.median]) {
    expect(outsideMs).toBeGreaterThan(stepMs)
    expect(rows).toBeGreaterThan(decodeCalls)
    expect(decodeCalls).toBeGreaterThanOrEqual(10)
  }
}, 60_000)
