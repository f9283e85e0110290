#!/usr/bin/env node
// The command "espalier". Decides what its commands and options are called, what is printed where, and the exit code:
// 1 when the work failed, 2 for a command line that nobody reads, 130 when interrupted. The work is done elsewhere.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { cac } from 'cac'
import { EspalierError, UsageError } from '../base/errors.js'
import { packageRoot, platformName } from '../native/package-root.js'
import { type Build, backends } from '../native/platform.js'
import { buildLlama } from './build.js'
import { progressOn } from './progress.js'

const builds: readonly Build[] = ['cpu', ...backends]
const interrupted = new AbortController()

interface BuildOptions extends Partial<Record<Build, boolean>> {
  readonly native?: boolean
  readonly force?: boolean
  readonly verbose?: boolean
  readonly jobs?: unknown
  readonly code?: unknown
  readonly define?: readonly unknown[]
}

async function build(options: BuildOptions): Promise<void> {
  const chosen = builds.filter((name) => options[name])
  if (chosen.length > 1)
    throw new UsageError(
      'BUILD_UNKNOWN',
      `${chosen.map((name) => `--${name}`).join(' and ')} exclude each other.`,
    )
  const folder = await buildLlama({
    what: chosen[0] ?? (platformName() === 'darwin-arm64' ? 'metal' : 'cpu'),
    isNative: options.native === true,
    isForced: options.force === true,
    isVerbose: options.verbose === true,
    jobs: jobsOf(options.jobs),
    code: options.code === undefined ? null : String(options.code),
    defines: definesOf(options.define ?? []),
    signal: interrupted.signal,
    progress: progressOn(process.stderr),
  })
  console.log(folder)
}

function jobsOf(jobs: unknown): number {
  if (jobs === undefined) return availableParallelism()
  if (typeof jobs === 'number' && Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024) return jobs
  throw new UsageError('ARGUMENT_INVALID', `--jobs is ${String(jobs)}; expected a whole number of 1 or more.`)
}

function definesOf(given: readonly unknown[]): readonly string[] {
  // The parser gives a list with undefined for an option that was not written.
  const defines = given.filter((define) => define !== undefined).map(String)
  const wrong = defines.find((define) => !/^[A-Za-z_]\w*(:[A-Z]+)?=/.test(define))
  if (wrong === undefined) return defines
  throw new UsageError('ARGUMENT_INVALID', `--define is ${wrong}; expected NAME=VALUE, a setting of CMake.`)
}

function version(): string {
  const manifest = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

async function main(): Promise<void> {
  const cli = cac('espalier')
  cli
    .command('build', 'Build llama.cpp from source for this machine; the library then takes it by itself')
    .option('--cpu', 'For the CPU alone (the default, but on Apple silicon)')
    .option('--cuda', 'For NVIDIA processors')
    .option('--rocm', 'For AMD processors, by HIP')
    .option('--vulkan', 'For graphics processors with Vulkan')
    .option('--metal', 'For macOS')
    .option('--native', 'For the processor of this machine only: quicker to build, no use on another')
    .option('--force', 'Also where it was built before')
    .option('--jobs <count>', 'Compilers at a time (default: the processors there are)')
    .option('--code <folder>', "llama.cpp's source code, instead of the pinned one that npm fetches")
    .option('--define <setting>', 'A setting for CMake, NAME=VALUE; may be repeated', { type: [] })
    .option('--verbose', 'Show what CMake and the compilers say')
    .action(build)
  cli.help()
  cli.version(version())
  const { args, options } = cli.parse(process.argv, { run: false })
  if (options.help || options.version) return
  if (cli.matchedCommand === undefined) {
    if (args.length > 0)
      throw new UsageError('COMMAND_UNKNOWN', `There is no command ${args[0]}; "espalier --help" lists them.`)
    cli.outputHelp()
    return
  }
  await cli.runMatchedCommand()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error(`The build was ended by ${signal}.`)))

try {
  await main()
} catch (error) {
  const { message, cause } = error as Error
  if (cause instanceof Error) console.error(cause.message)
  console.error(`espalier: ${message}`)
  const isUsage = error instanceof UsageError || (error as Error).name === 'CACError'
  process.exitCode = interrupted.signal.aborted ? 130 : isUsage ? 2 : 1
  if (!isUsage && !interrupted.signal.aborted && !(error instanceof EspalierError)) throw error
}
