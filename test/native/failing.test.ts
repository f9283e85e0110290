// Memory and threads that run out in the middle of an operation: a library loaded before Node makes one allocation or
// one thread after the other fail. Judges that each ends in an error with a code, that the next try works, and that the
// process ends as usual. The preloading is Linux's own.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { root } from './demo.js'

async function failing(...args: string[]) {
  const script = path.join(root, 'test', 'fuzz', 'failing.mjs')
  const run = promisify(execFile)(process.execPath, [script, ...args, '--json'], { cwd: root })
  // What it found wrong makes it end with code 1, and is judged here.
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  return JSON.parse(stdout)
}

const isLinux = process.platform === 'linux'

for (const operation of isLinux ? ['open a model', 'make a context'] : []) {
  test(`${operation} while no thread can be made`, async () => {
    const { wrong, operations } = await failing(
      '--what',
      'thread',
      '--operations',
      operation,
      '--limit',
      '20',
    )
    const told = operations[operation]
    expect(told.wrong).toEqual([])
    expect(wrong).toBe(0)
    expect(told.failures).toBeGreaterThan(0)
    expect(told.ends.value).toBe(1)
  }, 120_000)
}

/** Up to which allocation: the later ones come by and by, and a run by hand takes them all. */
const sizes: Readonly<Record<string, string>> = {
  'open a model': '24',
  'make a context': '24',
  'make an embedder': '24',
  'read texts': '60',
  'compile a constraint': '400',
  'use a matcher': '400',
  'use a vocabulary': '60',
  'make a vocabulary': '60',
  step: '90',
  run: '90',
}

/** The large allocations of an operation alone: tables that are made once everything small was. */
if (isLinux)
  test('open a model while its tables find no room', async () => {
    const { operations } = await failing('--operations', 'open a model', '--bytes', '8000', '--last', '60')
    const { wrong, failures, ends } = operations['open a model']
    expect(wrong).toEqual([])
    expect(failures).toBeGreaterThan(10)
    expect(Object.keys(ends).filter((end) => /DAMAGED/.test(end))).toEqual([])
  }, 120_000)

for (const [operation, last] of isLinux ? Object.entries(sizes) : []) {
  test(`${operation} while memory runs out`, async () => {
    const { operations } = await failing('--operations', operation, '--last', last)
    const { wrong, failures, ends } = operations[operation]
    expect(wrong).toEqual([])
    expect(failures).toBeGreaterThan(10)
    // A file or a text is not what is wrong.
    expect(Object.keys(ends).filter((end) => /DAMAGED|TOKENIZE/.test(end))).toEqual([])
  }, 120_000)
}
