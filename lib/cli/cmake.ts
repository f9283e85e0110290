// Runs CMake, which may take an hour. Decides how far it is from what it prints, and what to say when it fails; ends
// with all it started when the caller's signal is aborted.
import { spawn } from 'node:child_process'
import { ModelError } from '../base/errors.js'
import type { Build } from '../native/platform.js'
import { backendTable } from './build-flags.js'
import { runTool, toolEnvironment, toolMissing } from './tools.js'

export interface CMakeRun {
  readonly args: readonly string[]
  readonly cwd: string
  readonly signal: AbortSignal
  /** Called with 0..1. */
  readonly onPart: (part: number) => void
  /** Everything it prints goes to stderr. */
  readonly isVerbose: boolean
  /** The error where it fails; `said` is the end of what it printed. */
  readonly failed: (said: string) => ModelError
}

const saidMax = 1 << 16

/** Rejects with `failed`, ModelError BUILD_TOOL_MISSING, or the signal's reason. */
export function runCMake({ args, cwd, signal, onPart, isVerbose, failed }: CMakeRun): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    // A group of its own, so that what it starts ends with it.
    const isGroup = process.platform !== 'win32'
    const child = spawn('cmake', args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isGroup,
      env: toolEnvironment(),
    })
    const stop = (): void => {
      if (child.pid === undefined) return
      if (isGroup) process.kill(-child.pid)
      else child.kill()
    }
    signal.addEventListener('abort', stop, { once: true })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (isVerbose) process.stderr.write(text)
        said = (said + text).slice(-saidMax)
        const part = partDone(text)
        if (part !== null) onPart(part)
      })
    }
    const ended = (): void => signal.removeEventListener('abort', stop)
    child.once('error', (error: NodeJS.ErrnoException) => {
      ended()
      reject(error.code === 'ENOENT' ? toolMissing('cmake') : error)
    })
    child.once('close', (code) => {
      ended()
      if (signal.aborted) reject(signal.reason)
      else if (code === 0) resolve()
      else reject(failed(said.trim()))
    })
  })
}

/** Make prints "[ 12%]", Ninja "[12/345]"; null for what says nothing of it. */
function partDone(text: string): number | null {
  const [percent] = [...text.matchAll(/^\[ *(\d{1,3})%\]/gm)].slice(-1)
  if (percent) return Math.min(1, Number(percent[1]) / 100)
  const [step] = [...text.matchAll(/^\[(\d+)\/(\d+)\]/gm)].slice(-1)
  return step ? Math.min(1, Number(step[1]) / Number(step[2])) : null
}

/** The oldest one that llama.cpp's build takes, and `--target` with two names. */
const oldest = [3, 15] as const

/** Throws ModelError BUILD_TOOL_MISSING where CMake is missing or too old for the build. */
export function checkCMake(what: Build, cwd: string): void {
  const said = runTool('cmake', ['--version'], cwd)
  const [, major = '0', minor = '0'] = /version (\d+)\.(\d+)/.exec(said) ?? []
  const [majorMin, minorMin] = backendTable[what].cmake ?? oldest
  if (Number(major) > majorMin || (Number(major) === majorMin && Number(minor) >= minorMin)) return
  throw new ModelError(
    'BUILD_TOOL_MISSING',
    `CMake is version ${major}.${minor}; building for ${what} needs ${majorMin}.${minorMin} or newer ` +
      '(https://cmake.org/download, or "pip install cmake").',
  )
}
