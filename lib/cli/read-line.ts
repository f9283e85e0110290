// Reads a command line: which command, its arguments, its options. Decides what is refused, each time with the word
// seen, what there is, and the nearest name. Never does any of the work.
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from '../base/errors.js'
import { nearestName } from '../base/nearest.js'
import { callOptions, type Written } from './call-options.js'
import type { CallOptions, Command } from './command.js'
import { argumentWords, commonOptions, type OptionWords, optionWords } from './option-words.js'

export interface Line {
  /** Null: the line names none. */
  readonly command: Command | null
  readonly args: readonly string[]
  readonly options: CallOptions
  /** What is asked instead of the work. */
  readonly asks: 'work' | 'help' | 'version'
}

/** Throws UsageError COMMAND_UNKNOWN, OPTION_UNKNOWN, ARGUMENT_INVALID, ARGUMENT_MISSING, ARGUMENT_UNEXPECTED. */
export function readLine(argv: readonly string[], commands: readonly Command[]): Line {
  const at = argv.findIndex((word) => !word.startsWith('-'))
  const before = at < 0 ? argv : argv.slice(0, at)
  const first = wordsIn(before, null)
  if (at < 0) return { command: null, args: [], options: callOptions(first.written, null), asks: first.asks }
  const name = argv[at]!
  if (name === 'help') return { ...readLine(argv.slice(at + 1), commands), asks: 'help' }
  const command = commands.find((one) => one.name === name)
  if (command === undefined) throw commandUnknown(name, commands)
  const { args, written, asks } = wordsIn([...before, ...argv.slice(at + 1)], command)
  if (asks === 'work') checkArguments(args, command)
  return { command, args, options: callOptions(written, command), asks }
}

type Words = Omit<Line, 'command' | 'options'> & { readonly written: Written }

function wordsIn(argv: readonly string[], command: Command | null): Words {
  const known = [...(command?.options ?? []), ...commonOptions]
  const options = new Map(known.map((option) => [optionWords(option).name, option]))
  const config: NonNullable<ParseArgsConfig['options']> = Object.create(null)
  for (const option of known) {
    const { name, short } = optionWords(option)
    const type = option.kind === 'flag' ? 'boolean' : 'string'
    config[name] = short === null ? { type } : { type, short }
  }
  const { tokens } = parseArgs({
    args: [...argv],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const args: string[] = []
  const written = new Map<string, string[]>()
  const wrong: UsageError[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value)
    if (token.kind !== 'option') continue
    const option = options.get(token.name)
    const error =
      option === undefined
        ? optionUnknown(token.rawName, command, known.map(optionWords))
        : valueError(token, optionWords(option), option.kind)
    if (error !== null) wrong.push(error)
    else written.set(token.name, [...(written.get(token.name) ?? []), token.value ?? ''])
  }
  const asks = written.has('help') ? 'help' : written.has('version') ? 'version' : 'work'
  if (asks === 'work' && wrong.length > 0) throw wrong[0]
  return { args, written, asks }
}

interface OptionToken {
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function valueError(
  { rawName, value, inlineValue }: OptionToken,
  { choices }: OptionWords,
  kind: 'flag' | 'text' | 'number' | 'list',
): UsageError | null {
  if (kind === 'flag') {
    if (value === undefined) return null
    return new UsageError('ARGUMENT_INVALID', `${rawName} takes no value; "${value}" was given.`)
  }
  if (value === undefined || value === '')
    return new UsageError('ARGUMENT_MISSING', `${rawName} needs a value, and nothing was given.`)
  if (inlineValue !== true && /^--?[A-Za-z]/.test(value)) {
    return new UsageError(
      'ARGUMENT_MISSING',
      `${rawName} needs a value, and the option ${value} came; if that is the value, write ${rawName}=${value}.`,
    )
  }
  if (choices === null || choices.includes(value)) return null
  return new UsageError(
    'ARGUMENT_INVALID',
    `${rawName} is ${value}; expected ${listed(choices)}.${meant(nearestName(value, choices))}`,
  )
}

function checkArguments(args: readonly string[], command: Command): void {
  const words = argumentWords(command.takes)
  const missing = words.find(({ isNeeded }, index) => isNeeded && args.length <= index)
  const example = command.examples[0]
  const empty = words[args.indexOf('')]
  if (empty !== undefined) {
    const needs = `espalier ${command.name} takes ${command.takes}`
    throw new UsageError('ARGUMENT_MISSING', `${needs}, and an empty text was given for ${empty.name}.`)
  }
  if (missing !== undefined) {
    throw new UsageError(
      'ARGUMENT_MISSING',
      `espalier ${command.name} needs <${missing.name}>${example === undefined ? '' : `, as in: ${example}`}.`,
    )
  }
  const extra = words.some(({ isRepeated }) => isRepeated) ? undefined : args[words.length]
  if (extra !== undefined) {
    const near = nearestName(extra, command.options.map(nameOf))
    throw new UsageError(
      'ARGUMENT_UNEXPECTED',
      `espalier ${command.name} takes ${command.takes || 'no arguments'}, and "${extra}" is one too many.` +
        meant(near === null ? null : `--${near}`),
    )
  }
  for (const [index, { choices }] of words.entries()) {
    const arg = args[index]
    if (choices === null || arg === undefined || choices.includes(arg)) continue
    throw new UsageError(
      'ARGUMENT_INVALID',
      `espalier ${command.name} takes ${listed(choices)}; "${arg}" was given.${meant(nearestName(arg, choices))}`,
    )
  }
}

function commandUnknown(name: string, commands: readonly Command[]): UsageError {
  const near = nearestName(
    name,
    commands.map((command) => command.name),
  )
  const isProgram = /\.[cm]?[jt]s$/.test(name)
  const hint = isProgram ? meant(`espalier run ${name}`) : meant(near)
  return new UsageError(
    'COMMAND_UNKNOWN',
    `There is no command ${name === '' ? 'without a name' : name}; "espalier --help" lists them.${hint}`,
  )
}

function optionUnknown(rawName: string, command: Command | null, known: readonly OptionWords[]): UsageError {
  const near = nearestName(
    rawName.replace(/^-+/, ''),
    known.map((words) => words.name),
  )
  const place = command === null ? 'before a command' : `of espalier ${command.name}`
  const help = command === null ? 'espalier --help' : `espalier ${command.name} --help`
  return new UsageError(
    'OPTION_UNKNOWN',
    `There is no option ${rawName} ${place}; "${help}" lists them.${meant(near === null ? null : `--${near}`)}`,
  )
}

const nameOf = (option: Command['options'][number]): string => optionWords(option).name

function meant(name: string | null): string {
  return name === null ? '' : ` Did you mean ${name}?`
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
