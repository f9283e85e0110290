// The comparison with other ways to drive llama.cpp runs in a small size on the library and on step plans written by
// hand: both give the same values, and the library takes the calls and rows of the floor. Times are not judged.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')
const script = path.join(root, 'bench', 'peers', 'run.mjs')

interface Line {
  readonly engine: string
  readonly workload: string
  readonly draws: number
  readonly calls: number
  readonly rows: number
  readonly rowsAgain: number
  readonly checksum: string
}

/** Holes of a fixed length, so that what is drawn is the same number whatever it is. */
const draws = { w2: 32, w4: 24, w5: 16, w6: 24, w7: 16, w8: 8, w9: 12 }
/** Values as long as they come out. */
const constrained = ['w1', 'w10', 'w10g']

test('bench/peers --smoke', async () => {
  const args = [
    script,
    '--smoke',
    '--engines',
    'raw,espalier',
    '--repetitions',
    '1',
    '--threads',
    '1',
    '--guess',
    'off',
  ]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root })
  const [facts, ...lines] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(stderr).toBe('')
  expect(facts).toMatchObject({ size: 'smoke', threads: 1 })
  const of = (engine: string): Line[] => lines.filter((line) => line.engine === engine)
  const [floor, own] = [of('raw'), of('espalier')]
  expect(floor.map(({ workload }) => workload).join()).toBe('w1,w2,w3,w4,w5,w6,w7,w8,w9,w10,w10g')
  expect(own).toHaveLength(floor.length)
  for (const [index, raw] of floor.entries()) {
    const { workload, calls, rows, rowsAgain, checksum } = own[index]!
    expect(rowsAgain).toBe(0)
    // Rounding may decide a draw, and then a value of no fixed length has another one.
    if (constrained.includes(workload) && checksum !== raw.checksum) continue
    expect({ workload, rows, calls }).toEqual({ workload: raw.workload, rows: raw.rows, calls: raw.calls })
    // The floor's later attempts begin with the next best token, the library's with one drawn by chance.
    if (workload !== 'w6') expect({ workload, checksum }).toEqual({ workload, checksum: raw.checksum })
  }
  for (const [workload, count] of Object.entries(draws)) {
    for (const line of [...floor, ...own].filter((one) => one.workload === workload)) {
      expect({ workload, draws: line.draws }).toEqual({ workload, draws: count })
    }
  }
}, 60_000)
