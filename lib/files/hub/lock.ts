// One process at a time for one file: a lock in a file, which its owner keeps fresh. Decides when an owner is gone: its
// process is, or it has not freshened the lock for a while. Two that take over at once are told apart by reading again;
// what both might write is caught by the hash of the whole.
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { codeOf } from '../folder-walk.js'

export interface Lock {
  /** Aborted where another process took the lock because this one slept too long. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

const freshMs = 5_000
const staleMs = 60_000
/** Longer than between judging a lock and replacing it. */
const settleMs = 200

/** Null: somebody else has it. */
export async function tryLock(file: string): Promise<Lock | null> {
  await mkdir(path.dirname(file), { recursive: true })
  const own = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })
  if (!(await created(file, own))) {
    if (!(await isAbandoned(file))) return null
    const mine = `${file}.${process.pid}.${randomUUID().slice(0, 8)}`
    await writeFile(mine, own)
    await rename(mine, file)
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    if ((await contentOf(file)) !== own) return null
  }
  return held(file, own)
}

async function created(file: string, content: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx')
    await handle.writeFile(content).finally(() => handle.close())
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  const [content, age] = await Promise.all([
    contentOf(file),
    stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    ),
  ])
  // Gone meanwhile: the next try makes its own.
  if (content === null) return false
  if (age > staleMs) return true
  const { pid, host } = ownerIn(content)
  return host === hostname() && pid !== null && !isRunning(pid)
}

/** Of one that is only just being written nobody is known, and its age decides. */
function ownerIn(content: string): { readonly pid: number | null; readonly host: string | null } {
  try {
    const { pid, host } = JSON.parse(content) as { pid?: unknown; host?: unknown }
    return {
      pid: Number.isSafeInteger(pid) && (pid as number) > 0 ? (pid as number) : null,
      host: typeof host === 'string' ? host : null,
    }
  } catch {
    return { pid: null, host: null }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

function held(file: string, own: string): Lock {
  const lost = new AbortController()
  const freshen = async (): Promise<void> => {
    if ((await contentOf(file)) !== own) return lost.abort(new Error('Another process took over.'))
    await utimes(file, new Date(), new Date()).catch(() => undefined)
  }
  const timer = setInterval(() => void freshen(), freshMs)
  timer.unref()
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer)
      if ((await contentOf(file)) === own) await rm(file, { force: true })
    },
  }
}

function contentOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null)
}
