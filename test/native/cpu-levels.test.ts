// Goal: a processor with wider registers draws the same tokens, only faster. All that draws differ by between levels
// are the loops over a row of logits, so these are compared, to the last bit, with the baseline, which any processor
// runs. They are compiled for that alone, with the addon's flags: the addon itself always takes the highest level.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './demo.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-levels-'))
const program = path.join(folder, 'cpu-levels')
afterAll(() => rmSync(folder, { recursive: true }))

/** The flags that binding.gyp gives every system's compiler. */
function addonFlags(): string[] {
  const gyp = readFileSync(path.join(root, 'binding.gyp'), 'utf8')
  const list = /"cflags_cc": \[([^\]]*)\]/.exec(gyp)![1]!
  return [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]!)
}

function compared(...options: string[]) {
  const { status, stdout } = spawnSync(program, options, { encoding: 'utf8' })
  return { status, lines: stdout.trim().split('\n') }
}

// Windows and macOS have the same loops, and no compiler that takes these flags everywhere.
if (process.platform === 'linux') {
  beforeAll(() => {
    const native = path.join(root, 'native')
    const sources = [path.join(root, 'test', 'support', 'cpu-levels.cc'), path.join(native, 'cpu_level.cc')]
    const flags = addonFlags()
    expect(flags).toContain('-ffp-contract=off')
    execFileSync(process.env.CXX ?? 'c++', [...flags, '-I', native, ...sources, '-o', program])
  })

  test('all levels of this processor tell the same of a row, to the last bit', () => {
    const { status, lines } = compared()
    expect(lines[0]).toMatch(/^baseline same [1-9]\d\d+$/)
    expect(lines.every((line) => line.endsWith(lines[0]!.replace('baseline', '')))).toBe(true)
    expect(new Set(lines).size).toBe(lines.length)
    expect(status).toBe(0)
  })

  test('one bit in one sum would be seen', () => {
    const { status, lines } = compared('--planted')
    expect(lines.at(-1)).toMatch(/ differs in a row of 1, turn 0$/)
    expect(status).toBe(1)
  })
}
