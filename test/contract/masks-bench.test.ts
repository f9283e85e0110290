// The benchmark of masks runs whole in a small size: all generations to their limit, each way to draw, the same texts
// each time. Times are not judged.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

test('bench/masks --smoke', async () => {
  const script = path.join(root, 'bench', 'masks.mjs')
  const once = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--smoke', '--threads', '1'], {
      cwd: root,
    })
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const [one, other] = [await once(), await once()]
  expect(one.map(({ way, round }) => `${way} ${round}`)).toEqual(
    ['greedy', 'plain', 'filtered'].flatMap((way) => [`${way} 1`, `${way} 2`]),
  )
  for (const [index, { generations, rows, decodeCalls, checksum }] of one.entries()) {
    expect(generations).toBe(16)
    expect(rows).toBeGreaterThan(decodeCalls)
    expect(checksum).toBe(other[index].checksum)
  }
}, 60_000)
