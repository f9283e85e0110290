// "espalier build": llama.cpp from source. Decides what its options mean; build.ts beside does the work.
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { UsageError } from '../../base/errors.js'
import { platformName } from '../../native/package-root.js'
import { type Build, backends } from '../../native/platform.js'
import { buildLlama } from '../build.js'
import type { Call, Command } from '../command.js'
import { asJson } from '../json-text.js'

const builds: readonly Build[] = ['cpu', ...backends]

export const build: Command = {
  name: 'build',
  takes: '',
  says: 'Build llama.cpp from source for this machine; the library then takes it by itself',
  options: [
    { flags: '--cpu', says: 'For the CPU alone (the default, but on Apple silicon)', kind: 'flag' },
    { flags: '--cuda', says: 'For NVIDIA processors', kind: 'flag' },
    { flags: '--rocm', says: 'For AMD processors, by HIP', kind: 'flag' },
    { flags: '--vulkan', says: 'For graphics processors with Vulkan', kind: 'flag' },
    { flags: '--metal', says: 'For macOS', kind: 'flag' },
    {
      flags: '--native',
      says: 'For the processor of this machine only: quicker to build, no use on another',
      kind: 'flag',
    },
    { flags: '--force', says: 'Also where it was built before', kind: 'flag' },
    {
      flags: '--jobs <count>',
      says: 'Compilers at a time (default: the processors there are)',
      kind: 'number',
    },
    {
      flags: '--code <folder>',
      says: "llama.cpp's source code, instead of the pinned one that npm fetches",
      kind: 'text',
    },
    { flags: '--define <setting>', says: 'A setting for CMake, NAME=VALUE', kind: 'list' },
    { flags: '--verbose', says: 'Show what CMake and the compilers say', kind: 'flag' },
  ],
  examples: ['espalier build --cuda', 'espalier build --native --jobs 4'],
  run: runBuild,
}

async function runBuild({ options, terminal, signal }: Call): Promise<void> {
  const chosen = builds.filter((name) => options.flag(name))
  if (chosen.length > 1)
    throw new UsageError(
      'BUILD_UNKNOWN',
      `${chosen.map((name) => `--${name}`).join(' and ')} exclude each other.`,
    )
  const request = {
    what: chosen[0] ?? (platformName() === 'darwin-arm64' ? ('metal' as const) : ('cpu' as const)),
    isNative: options.flag('native'),
    isForced: options.flag('force'),
    isVerbose: options.flag('verbose'),
    jobs: options.whole('jobs', { from: 1, until: 1024 }) ?? availableParallelism(),
    code: codeFolder(options.text('code')),
    defines: definesOf(options.list('define')),
    signal,
    progress: terminal.progress,
  }
  try {
    const folder = await buildLlama(request)
    terminal.write(terminal.isJson ? `${asJson({ folder })}\n` : `${folder}\n`)
  } catch (error) {
    // What the compiler said, above the sentence that says what failed.
    const { cause } = error as Error
    if (cause instanceof Error && !terminal.isJson) terminal.note(cause.message)
    throw error
  }
}

/** Refuses what can't hold code, before a compiler is looked for. */
function codeFolder(folder: string | null): string | null {
  if (folder === null || statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
  const expected = "expected a folder with llama.cpp's source code"
  throw new UsageError('ARGUMENT_INVALID', `--code is ${folder}; ${expected}.`)
}

function definesOf(defines: readonly string[]): readonly string[] {
  const wrong = defines.find((define) => !/^[A-Za-z_]\w*(:[A-Z]+)?=/.test(define))
  if (wrong === undefined) return defines
  throw new UsageError('ARGUMENT_INVALID', `--define is ${wrong}; expected NAME=VALUE, a setting of CMake.`)
}
