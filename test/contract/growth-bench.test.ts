// The benchmark of growth runs in a small size: each size of a case does the same work each time, and the picture is of
// what was printed. Times are not judged.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

test('bench/growth --smoke', async () => {
  const script = path.join(root, 'bench', 'growth.mjs')
  const svg = path.join(mkdtempSync(path.join(tmpdir(), 'growth-')), 'growth.svg')
  const only = 'length,live,branches'
  const once = async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [script, '--smoke', '--only', only, '--svg', svg],
      { cwd: root },
    )
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const [one, other] = [await once(), await once()]
  expect(one.map((line) => `${line.case} ${line.size}`)).toEqual([
    'length 200',
    'length 400',
    'live 20',
    'live 40',
    'branches 2',
    'branches 4',
  ])
  expect(one.map(({ checksum }) => checksum)).toEqual(other.map(({ checksum }) => checksum))
  expect(one[0].outsideRatio).toBe(1)
  expect(readFileSync(svg, 'utf8').match(/<polyline/g)).toHaveLength(3)
}, 90_000)
