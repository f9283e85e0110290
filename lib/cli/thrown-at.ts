// Says in one line what went wrong in a file of the caller's, and where. Decides which line of a stack is theirs:
// neither this package's nor a dependency's. Never shows a stack.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import { packageRoot } from '../native/package-root.js'
import { oneLine } from './safe-text.js'

interface Place {
  readonly file: string
  readonly line: number
}

/** `file`: where nothing else is known. The error is the cause. */
export function thrownIn(file: string, error: unknown): UsageError {
  const { said, at } = syntaxError(error) ?? missingModule(error) ?? thrown(error)
  const place = at === null ? shortPath(file) : `${shortPath(at.file)}:${at.line}`
  return new UsageError('PROMPT_FILE_FAILED', `${place}: ${oneLine(said)}`, { cause: error })
}

interface Told {
  readonly said: string
  readonly at: Place | null
}

/** What the compiler of jiti writes: the sentence, then the place. */
function syntaxError(error: unknown): Told | null {
  if (!isError(error)) return null
  const [, said, file, line] = /^ParseError: (.*)\n\s*(.*):(\d+):\d+/.exec(error.message) ?? []
  if (said === undefined) return null
  return { said: `it can't be read as code: ${said}`, at: { file: file!, line: Number(line) } }
}

function missingModule(error: unknown): Told | null {
  if (!isError(error) || (error as NodeJS.ErrnoException).code === undefined) return null
  const name = /^Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1]
  if (name === undefined) return null
  const isFile = /^[./]|^[A-Z]:\\/.test(name)
  const hint = isFile ? 'there is no such file' : `install it there: npm install ${packageOf(name)}`
  return { said: `the import "${name}" is not found; ${hint}`, at: placeIn(error) }
}

function thrown(error: unknown): Told {
  const at = placeIn(error)
  if (!isError(error)) return { said: `it threw ${saidBy(error)}`, at }
  const isPlain = /^(Error|\w*(Prompt|Constraint|Usage)Error)$/.test(error.name)
  // A name that is not exported is called by what the compiler made of it.
  const message = error.message.replace(/\(0 , [\w$]+\.([\w$]+)\)/g, '$1')
  return { said: isPlain ? message : `${error.name}: ${message}`, at }
}

/** Of another realm, too: code may come out of a context of its own. */
function isError(error: unknown): error is Error {
  return types.isNativeError(error)
}

/** The first line of the stack that is the caller's. */
function placeIn(error: unknown): Place | null {
  const stack = isError(error) && typeof error.stack === 'string' ? error.stack : ''
  for (const [, written, line] of stack.matchAll(
    /^\s+at (?:.*?\()?((?:file:\/\/)?[^()\s][^()]*?):(\d+):\d+\)?$/gm,
  )) {
    const file = written!.startsWith('file:') ? fileURLToPath(written!) : written!.replace(/^async /, '')
    if (path.isAbsolute(file) && isCallers(file)) return { file, line: Number(line) }
  }
  return null
}

function isCallers(file: string): boolean {
  if (file.split(path.sep).includes('node_modules')) return false
  const own = ['dist', 'lib'].map((folder) => path.join(packageRoot(), folder) + path.sep)
  return !own.some((folder) => file.startsWith(folder))
}

/** From here, for what lies below. */
export function shortPath(file: string): string {
  const absolute = path.resolve(file)
  const relative = path.relative(process.cwd(), absolute)
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative) ? relative : absolute
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}
