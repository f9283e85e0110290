// The benchmark of programs runs whole in a small size, prints exactly the figures it promises, and its counts hold: no
// token twice, the beginning once, scores equal brute force within rounding. Times are not judged.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

test('bench/programs --smoke', async () => {
  const script = path.join(root, 'bench', 'programs.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--smoke', '--json'], { cwd: root })
  const { rollback, tree, select, rowCosts, ...others } = JSON.parse(stdout)
  expect(others).toEqual({})

  const { attemptTokens, decodedBeyondFirst, rolledBack, repeatedPaths } = rollback
  expect(attemptTokens).toEqual([8, 8, 8])
  expect(decodedBeyondFirst).toBeGreaterThan(0)
  expect(decodedBeyondFirst).toBeLessThanOrEqual(8 + 8)
  expect(rolledBack).toBeGreaterThan(0)
  expect(rolledBack).toBeLessThanOrEqual(8 + 8)
  expect(repeatedPaths).toBe(0)

  expect(tree.branches).toBe(2 + 4 + 8)
  expect(tree.decoded).toBeGreaterThanOrEqual(tree.unique)
  expect(tree.decoded).toBeLessThanOrEqual(tree.unique + tree.branches)
  expect(tree.wallRatio).toBeGreaterThan(0)

  expect(select.prefixDecoded).toBe(select.prefixTokens)
  expect(select.decodeCalls).toBeLessThanOrEqual(select.questions + 2)
  expect(select.maxDiff).toBeLessThanOrEqual(select.epsilon)
  expect(Object.keys(rowCosts)).toEqual(['1', '2', '4', '8', '16'])
}, 180_000)
