// Loads the prompt of a file, TypeScript as it stands. Decides which export it is and what a function of the inputs
// gets; everything that is wrong with the file is a UsageError of one line.
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { EspalierError, UsageError } from '../base/errors.js'
import { nearestName } from '../base/nearest.js'
import { isReadable, shown } from '../base/seen.js'
import type { Prompt } from '../prompt/part.js'
import { isPrompt } from '../prompt/shape.js'
import { namesOf } from '../run/given/given.js'
import type { Call, CommandOption } from './command.js'
import { givenOf, setOption } from './given.js'
import { optionalInputs } from './optional-inputs.js'
import { packageEntries } from './package-entries.js'
import { shortPath, thrownIn } from './thrown-at.js'

/** For the commands that take a prompt. */
export const promptOptions: readonly CommandOption[] = [
  setOption,
  { flags: '--export <name>', says: 'Which export of the file it is (default: default)', kind: 'text' },
]

type Given = Readonly<Record<string, unknown>>

/** Nobody knows its names before the file is read. */
type FilePrompt = Prompt<Given, Given, Given>

export interface Filled {
  readonly prompt: FilePrompt
  /** Its inputs and known values. */
  readonly given: Given
}

/** The prompt of the call's first argument, and what `--set` gives it. Throws UsageError. */
export async function promptOf(call: Call): Promise<Filled> {
  const file = path.resolve(call.args[0]!)
  checkFile(file)
  const given = await givenOf(call)
  const exported = exportOf(file, await exportsOf(file), call.options.text('export') ?? 'default')
  call.signal.throwIfAborted()
  if (isPrompt(exported)) {
    refuseMissing(file, namesOf(exported.parts).inputs.keys(), given)
    return { prompt: exported as FilePrompt, given }
  }
  return fromFunction(file, exported, given)
}

const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

function checkFile(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false })
  const expected = `expected a file that exports a prompt (${endings.join(', ')})`
  if (stats === undefined) {
    const near = nearestName(path.basename(file), filesBeside(file))
    const hint = near === null ? '' : ` Did you mean ${shortPath(path.join(path.dirname(file), near))}?`
    throw new UsageError('PROMPT_FILE_MISSING', `There is no file ${shortPath(file)}; ${expected}.${hint}`)
  }
  if (stats.isDirectory())
    throw new UsageError('PROMPT_FILE_MISSING', `${shortPath(file)} is a folder; ${expected}.`)
  if (!endings.includes(path.extname(file)))
    throw new UsageError('PROMPT_FILE_MISSING', `${shortPath(file)} is no code; ${expected}.`)
}

function filesBeside(file: string): readonly string[] {
  try {
    return readdirSync(path.dirname(file)).filter((name) => endings.includes(path.extname(name)))
  } catch {
    return []
  }
}

async function exportsOf(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(file, {
    // Nothing is left behind on the disk.
    fsCache: false,
    interopDefault: false,
    virtualModules: await packageEntries(),
  })
  try {
    return await jiti.import(file)
  } catch (error) {
    throw thrownIn(file, error)
  }
}

type PromptFunction = (given: Given) => unknown

function exportOf(file: string, exports: unknown, name: string): FilePrompt | PromptFunction {
  const members = isReadable(exports) ? (exports as Readonly<Record<string, unknown>>) : {}
  // What CommonJS exports may be the prompt itself.
  const value = name === 'default' && isUsable(exports) ? exports : ownMember(members, name)
  if (isUsable(value)) return value
  const others = Object.keys(members).filter((key) => isUsable(ownMember(members, key)))
  const near = nearestName(name, others) ?? others[0]
  const choose = near === 'default' ? 'leave --export out' : `add --export ${near}`
  const hint = near === undefined ? '' : ` It exports ${others.join(', ')}: ${choose}.`
  const isDefault = name === 'default'
  const what = isDefault ? 'default export' : `export ${name}`
  const seen = value === undefined ? `has no ${what}` : `has ${shown(value)} as its ${what}`
  throw new UsageError(
    'PROMPT_FILE_INVALID',
    `${shortPath(file)} ${seen}; expected a prompt, or a function that gives one.${hint}`,
  )
}

function isUsable(value: unknown): value is FilePrompt | PromptFunction {
  return isPrompt(value) || typeof value === 'function'
}

function ownMember(members: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined
}

async function fromFunction(file: string, make: PromptFunction, given: Given): Promise<Filled> {
  const { asked, inputs: watchedInputs } = watched(given, optionalInputs(make))
  const missing = (): readonly string[] =>
    [...asked]
      .filter(([name, need]) => need === 'needed' && !Object.hasOwn(given, name))
      .map(([name]) => name)
  let prompt: unknown
  try {
    prompt = await make(watchedInputs)
  } catch (error) {
    if (missing().length > 0) throw inputsMissing(file, missing())
    throw thrownIn(file, error)
  }
  if (missing().length > 0) throw inputsMissing(file, missing())
  if (!isPrompt(prompt)) {
    throw new UsageError(
      'PROMPT_FILE_INVALID',
      `The function of ${shortPath(file)} gave ${shown(prompt)}; expected a prompt.`,
    )
  }
  const { inputs, captured, isOpen } = namesOf(prompt.parts)
  refuseMissing(file, inputs.keys(), given)
  const isPrompts = (name: string): boolean => inputs.has(name) || captured.has(name)
  const unread = Object.keys(given).find((name) => !asked.has(name) && !isPrompts(name) && !isOpen)
  if (unread !== undefined) throw inputUnknown(file, unread, [...asked.keys(), ...inputs.keys(), ...captured])
  const own = Object.entries(given).filter(([name]) => isPrompts(name) || (isOpen && !asked.has(name)))
  return { prompt: prompt as FilePrompt, given: Object.fromEntries(own) }
}

/** The inputs as a function gets them, and which it asked for. */
function watched(given: Given, optional: ReadonlySet<string>) {
  const asked = new Map<string, 'needed' | 'optional'>()
  const note = (name: string | symbol, need: 'needed' | 'optional'): void => {
    if (typeof name === 'string' && asked.get(name) !== 'needed') asked.set(name, need)
  }
  const inputs = new Proxy(given, {
    get(target, name) {
      note(name, optional.has(String(name)) || asked.has(String(name)) ? 'optional' : 'needed')
      return Object.hasOwn(target, name) ? target[name as string] : undefined
    },
    // Who asks whether it is there can do without.
    has(target, name) {
      note(name, 'optional')
      return Object.hasOwn(target, name)
    },
    getOwnPropertyDescriptor(target, name) {
      note(name, 'optional')
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) note(name, 'optional')
      return Reflect.ownKeys(target)
    },
  })
  return { asked, inputs }
}

function refuseMissing(file: string, names: Iterable<string>, given: Given): void {
  const missing = [...names].filter((name) => !Object.hasOwn(given, name))
  if (missing.length > 0) throw inputsMissing(file, missing)
}

function inputUnknown(file: string, name: string, known: readonly string[]): UsageError {
  const near = nearestName(name, known)
  const hint = near === null ? '' : ` Did you mean ${near}?`
  const list = known.join(', ') || 'no names'
  return new UsageError(
    'INPUT_UNKNOWN',
    `--set gives ${name}, which ${shortPath(file)} does not ask for; it knows ${list}.${hint}`,
  )
}

function inputsMissing(file: string, names: readonly string[]): UsageError {
  const wanted = names.map((name) => `--set ${name}=...`).join(' ')
  return new UsageError(
    'INPUT_MISSING',
    `${shortPath(file)} needs ${names.length > 1 ? 'the inputs' : 'the input'} ${names.join(', ')}; ` +
      `add ${wanted} (or =@FILE for the text of a file).`,
  )
}

/** What a prompt's own functions threw while it ran is told as what its file threw; the library's errors stay. */
export async function inFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EspalierError) throw error
    throw thrownIn(path.resolve(file), error)
  }
}
