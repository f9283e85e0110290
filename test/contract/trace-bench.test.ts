// The benchmark of recordings runs whole in a small size and prints exactly the figures it promises; the tokens are the
// same with a recording and without. Times are not judged.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

test('bench/trace --smoke', async () => {
  const script = path.join(root, 'bench', 'trace.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--smoke', '--json'], { cwd: root })
  const programs: readonly Record<string, unknown>[] = JSON.parse(stdout)
  expect(programs.map(({ name }) => name)).toEqual(['free text', 'json and choices', 'eight branches'])
  for (const { name: _, pairs, wallRatio, cpuRatio, drawn, traceBytes, checksums, ...others } of programs) {
    expect(others).toEqual({})
    expect(pairs).toBe(1)
    for (const figure of [wallRatio, cpuRatio, drawn, traceBytes]) expect(figure).toBeGreaterThan(0)
    expect(checksums).toEqual([expect.any(String)])
  }
}, 180_000)
