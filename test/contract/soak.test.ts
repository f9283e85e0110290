// A small size of the soak: runs of every kind on one model with small caches. Judges that each ends as its kind may,
// and that the caches stay within what they were given; whether memory stays flat takes thousands of runs, by hand.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(__dirname, '..', '..')

interface Sample {
  readonly runs: number
  readonly rss: number
  readonly parked: number
  readonly cellsLive: number
}

test('300 mixed runs with small caches', async () => {
  const script = path.join(root, 'test', 'fuzz', 'soak.mjs')
  const sizes = [
    '--runs',
    '300',
    '--every',
    '50',
    '--warm',
    '150',
    '--host-mib',
    '2',
    '--slope-max',
    '1000000',
  ]
  const args = ['--expose-gc', script, ...sizes, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  const { samples, wrong } = JSON.parse(stdout) as { samples: Sample[]; wrong: string[] }
  expect(wrong).toEqual([])
  expect(samples.map(({ runs }) => runs)).toEqual([0, 50, 100, 150, 200, 250, 300])
  expect(Math.max(...samples.map(({ parked }) => parked))).toBeLessThanOrEqual(2)
  expect(Math.max(...samples.map(({ parked }) => parked))).toBeGreaterThan(1)
  expect(Math.max(...samples.map(({ cellsLive }) => cellsLive))).toBeLessThanOrEqual(1024)
}, 300_000)
