// Runs the programs that building needs. Decides what to say where one of them is missing or fails; never through a
// shell where a path could be read as something else.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ModelError } from '../base/errors.js'

const howToGet = {
  npm: 'It comes with Node.js; run the command through npx, or put npm on the PATH.',
  git:
    'Install Git (Debian and Ubuntu: apt install git; macOS: xcode-select --install; ' +
    'Windows: winget install Git.Git).',
  tar: 'Install tar (Debian and Ubuntu: apt install tar; Windows 10 and later have it).',
  cmake:
    'Install CMake (Debian and Ubuntu: apt install cmake; macOS: brew install cmake; ' +
    'Windows: winget install Kitware.CMake).',
} as const

export type Tool = keyof typeof howToGet

/**
 * Output of a program; its last words are the cause of the error where it fails. Throws ModelError BUILD_TOOL_MISSING,
 * BUILD_FAILED.
 */
export function runTool(tool: Tool, args: readonly string[], cwd: string): string {
  const { file, before, shell } = commandFor(tool)
  const given = [...before, ...args]
  try {
    return execFileSync(file, shell ? given.map((argument) => `"${argument}"`) : given, {
      cwd,
      shell,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
      env: toolEnvironment(),
    })
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT' && existsSync(cwd)) throw toolMissing(tool)
    throw new ModelError(
      'BUILD_FAILED',
      `"${[tool, ...args].join(' ')}" failed: ${(stderr || String(error)).trim()}`,
    )
  }
}

export function toolMissing(tool: Tool): ModelError {
  return new ModelError('BUILD_TOOL_MISSING', `"${tool}" was not found on the PATH. ${howToGet[tool]}`)
}

/** Without what git tells the programs that it runs itself, as in a hook: it would be taken for another repository. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...rest } = process.env
  return rest
}

interface Command {
  readonly file: string
  readonly before: readonly string[]
  readonly shell: boolean
}

/** npm is a script, which Windows runs through a shell only: its JavaScript is taken where it can be found. */
function commandFor(tool: Tool): Command {
  if (tool !== 'npm') return { file: tool, before: [], shell: false }
  const running = process.env.npm_execpath
  const beside = path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const cli = running !== undefined && /npm-cli\.[cm]?js$/.test(running) ? running : beside
  if (existsSync(cli)) return { file: process.execPath, before: [cli], shell: false }
  return { file: 'npm', before: [], shell: process.platform === 'win32' }
}
