// The benchmark of conversations runs whole in a small size, and its counts hold: a late turn computes no more than an
// early one, and finds all that was computed before. Times are not judged.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

test('bench/chat --smoke', async () => {
  const script = path.join(root, 'bench', 'chat.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--smoke'], { cwd: root })
  const { turns, text, messages, violations } = JSON.parse(stdout)
  expect([turns, violations]).toEqual([24, []])
  for (const { tokens, early, late } of [text, messages]) {
    expect(late.decoded).toBeLessThan(80)
    expect(late.reused).toBeGreaterThan(early.reused)
    expect(late.reused + late.decoded).toBeGreaterThan(tokens / 2)
  }
}, 180_000)
