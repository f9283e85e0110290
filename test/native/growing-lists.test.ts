// Goal: what states are kept in grows without a pause, and finds all that it found before it grew, in the middle of
// growing, too. A table that forgets would make states twice, which no mask shows. Compiled for that alone.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './demo.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-lists-'))
const program = path.join(folder, 'growing-lists')
afterAll(() => rmSync(folder, { recursive: true }))

function compared(...options: string[]) {
  const { status, stdout } = spawnSync(program, options, { encoding: 'utf8' })
  return { status, line: stdout.trim() }
}

// The same files are compiled everywhere; a compiler to call by these flags is not.
if (process.platform === 'linux') {
  beforeAll(() => {
    const source = path.join(root, 'test', 'support', 'growing-lists.cc')
    execFileSync(process.env.CXX ?? 'c++', [
      '-std=c++17',
      '-O1',
      '-I',
      path.join(root, 'native'),
      source,
      '-o',
      program,
    ])
  })

  test('tables and lists hold what the standard ones hold, at each size', () => {
    const { status, line } = compared()
    expect(line).toMatch(/^same \d{6,}$/)
    expect(status).toBe(0)
  })

  test('one value that was left out would be seen', () => {
    const { status, line } = compared('--planted')
    expect(line).toMatch(/^different /)
    expect(status).toBe(1)
  })
}
