// Builds llama.cpp from the pinned source code into the user's cache folder, where the library finds it. Decides the
// steps and that a folder is put in its place only when it is whole and was opened once: half a build is never found.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { ModelError, UsageError } from '../base/errors.js'
import { type BuildNote, buildFolder, builtFolder, noteName, processorName } from '../native/built.js'
import { librariesIn } from '../native/load.js'
import { packageRoot, platformName } from '../native/package-root.js'
import { llamaPins } from '../native/pins.js'
import type { LlamaPins } from '../native/platform.js'
import { type Build, buildsOn } from '../native/platform.js'
import { backendTable, buildFlags, buildTargets, codePaths } from './build-flags.js'
import { checkCMake, runCMake } from './cmake.js'
import { takeLlamaCode } from './llama-code.js'
import type { Progress } from './progress.js'

export interface BuildRequest {
  readonly what: Build
  /** For this processor alone. */
  readonly isNative: boolean
  /** Also where it was built before. */
  readonly isForced: boolean
  /** Compilers at a time. */
  readonly jobs: number
  /** A folder with llama.cpp's source code of an accepted release; null for the pinned one. */
  readonly code: string | null
  /** Settings for CMake, 'NAME=VALUE'. */
  readonly defines: readonly string[]
  readonly isVerbose: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Folder with the libraries. Throws UsageError BUILD_UNKNOWN; ModelError CACHE_FOLDER, BUILD_TOOL_MISSING,
 * BUILD_SOURCE, BUILD_FAILED (its cause says what the tool said); the signal's reason.
 */
export async function buildLlama(request: BuildRequest): Promise<string> {
  const { what, isForced, progress } = request
  const pins = checkedPins(what)
  const { release } = pins.source
  const target = buildFolder(what, release)
  if (target === null) {
    throw new ModelError(
      'CACHE_FOLDER',
      'There is no home folder to keep the libraries in; set ESPALIER_CACHE_DIR to a folder that only you can ' +
        'write to.',
    )
  }
  if (!isForced && builtFolder(what, release) !== null) return target
  const work = `${target}.building-${process.pid}`
  makeFolder(path.dirname(target))
  removeLeftovers(path.dirname(target))
  makeFolder(work)
  try {
    const whole = await build(request, pins, work)
    request.signal.throwIfAborted()
    put(whole, target, work)
    return target
  } finally {
    progress.end()
    rmSync(work, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Step by step: where the system makes no folders at all, as in /proc, Node's own way goes on for ever. */
function makeFolder(folder: string): void {
  try {
    if (existsSync(folder)) {
      if (statSync(folder).isDirectory()) return
      throw new Error(`${folder} is a file`)
    }
    if (path.dirname(folder) !== folder) makeFolder(path.dirname(folder))
    mkdirSync(folder)
  } catch (cause) {
    if (cause instanceof ModelError || (cause as NodeJS.ErrnoException).code === 'EEXIST') throw cause
    throw new ModelError(
      'CACHE_FOLDER',
      `The folder ${folder} can't be made (${(cause as Error).message}); set ESPALIER_CACHE_DIR to a folder that you ` +
        'can write to.',
      { cause },
    )
  }
}

function checkedPins(what: Build): LlamaPins {
  const pins = llamaPins()
  if (pins === null) {
    throw new ModelError(
      'CACHE_FOLDER',
      "espalier's package.json was not found beside this command; install the package.",
    )
  }
  const known = buildsOn(platformName())
  if (known.includes(what)) return pins
  throw new UsageError(
    'BUILD_UNKNOWN',
    `llama.cpp can't be built for ${what} on ${platformName()}; expected ` +
      `${known.map((name) => `--${name}`).join(', ')}.`,
  )
}

/** The finished folder, in `work`. */
async function build(request: BuildRequest, pins: LlamaPins, work: string): Promise<string> {
  const { what, isNative, jobs, defines, progress } = request
  checkCMake(what, work)
  progress.at(`fetching llama.cpp ${pins.source.release}`)
  const { source } = pins
  const code = request.code ?? takeLlamaCode({ source, paths: codePaths, work })
  const tree = path.join(work, 'tree')
  const flags = buildFlags({ what, platform: platformName(), isNative, defines })
  await step(request, 'configuring', work, ['-S', path.resolve(code), '-B', tree, ...flags])
  const compile = ['--build', tree, '--config', 'Release', '--parallel', String(jobs)]
  await step(request, 'compiling', work, [...compile, '--target', ...buildTargets])
  const whole = path.join(work, 'whole')
  collect(tree, whole)
  copyFileSync(path.join(code, 'LICENSE'), path.join(whole, 'LICENSE'))
  progress.at('opening the libraries')
  tryOut(whole)
  const note: BuildNote = {
    release: pins.source.release,
    processor: isNative ? processorName() : null,
  }
  writeFileSync(path.join(whole, noteName), `${JSON.stringify({ ...note, flags }, null, 2)}\n`)
  return whole
}

/** One run of CMake. */
function step(request: BuildRequest, doing: string, cwd: string, args: readonly string[]): Promise<void> {
  const { what, signal, isVerbose, progress } = request
  const told = `${doing} llama.cpp for ${what}`
  progress.at(told)
  return runCMake({
    args,
    cwd,
    signal,
    isVerbose,
    onPart: (part) => progress.at(told, part),
    failed: (said) =>
      new ModelError(
        'BUILD_FAILED',
        `llama.cpp could not be built for ${what} (${doing}); it needs ${backendTable[what].needs}.`,
        { cause: new Error(wordsThatTell(said)) },
      ),
  })
}

/** From the first error on, or the last lines. */
function wordsThatTell(said: string): string {
  const lines = said.split(/\r?\n/)
  const first = lines.findIndex((line) => /\berror\b/i.test(line))
  return (first < 0 ? lines.slice(-20) : lines.slice(first, first + 20)).join('\n')
}

/** CMake's generators for several configurations put them one folder deeper. */
function collect(tree: string, whole: string): void {
  mkdirSync(whole)
  for (const folder of [path.join(tree, 'bin'), path.join(tree, 'bin', 'Release')]) {
    for (const name of namesIn(folder).filter((entry) => /\.(so|dylib|dll)$/.test(entry)))
      copyFileSync(path.join(folder, name), path.join(whole, name))
  }
  librariesIn(whole)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** In a process of its own: what is opened stays open, and what is broken may end it. */
function tryOut(folder: string): void {
  const body = `import('espalier/native').then(({ llamaVersion }) => llamaVersion()).catch((error) => {
    console.error(error.message); process.exitCode = 1 })`
  try {
    execFileSync(process.execPath, ['-e', body], {
      // Within the package its own name leads to it.
      cwd: packageRoot(),
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ESPALIER_LLAMA_DIR: folder },
    })
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    throw new ModelError(
      'BUILD_FAILED',
      `llama.cpp was built, but can't be opened: ${(stderr || String(error)).trim()}`,
    )
  }
}

/** In one step, but where an older build has to give way. */
function put(whole: string, target: string, work: string): void {
  try {
    renameSync(target, path.join(work, 'old'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new ModelError(
        'BUILD_FAILED',
        `The older build in ${target} can't be replaced; end the programs that use it and try again.`,
        { cause: error },
      )
    }
  }
  renameSync(whole, target)
}

/** Of builds whose process was ended. */
function removeLeftovers(folder: string): void {
  for (const name of namesIn(folder)) {
    const [, pid] = /\.building-(\d+)$/.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(path.join(folder, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
