// A worker may be ended at any moment of a call into the addon, and from there on Node-API refuses what it is asked.
// Judges that the process lives and the next call works, wherever in a call that begins: a library loaded before Node
// refuses one place after the other. The preloading is Linux's own.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { refusingPackage } from '../support/refusing.mjs'
import { root } from './demo.js'

interface Told {
  readonly name?: string
  readonly turns?: number
  readonly isAwaited?: boolean
  readonly done?: true
}

const isLinux = process.platform === 'linux'

async function refused(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-refusing-'))
  try {
    const env = { ...process.env, ...refusingPackage(folder) }
    const script = path.join(root, 'test', 'support', 'refusing-process.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, folder], { env })
    const lines = stdout.trim().split('\n')
    const told = lines.map((line) => JSON.parse(line) as Told)
    expect(told.at(-1)).toEqual({ done: true })
    expect(told).toHaveLength(12)
    // Each has been refused at more than one place, and in the end at none. How far those come that go on in a thread
    // is a matter of time.
    const wrong = told.filter(({ turns, isAwaited }) => isAwaited === false && !(turns! > 5 && turns! < 400))
    expect(wrong).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (isLinux) test('calls that Node-API refuses from some place on', refused, 120_000)
else test('is for Linux', () => undefined)
