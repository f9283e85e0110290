// What may come next on a command line, for a shell that asks. Decides it by the commands' own data. Files are left to
// the shell. Prints nothing.
import type { Command, CommandOption } from './command.js'
import { argumentWords, commonOptions, optionWords } from './option-words.js'

/** What may stand in the place of the last word. */
export interface Completions {
  readonly words: readonly (readonly [word: string, says: string])[]
  /** Whether files may come there, too. */
  readonly files: 'yes' | 'no'
}

const nothing: Completions = { words: [], files: 'no' }

/** `words`: those behind 'espalier', the last one as far as it is written. */
export function complete(words: readonly string[], commands: readonly Command[]): Completions {
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const name = before.find((word) => !word.startsWith('-'))
  const command = commands.find((one) => one.name === name)
  const options = [...(command?.options ?? []), ...commonOptions]
  const starting = (all: Completions['words']): Completions => ({
    words: all.filter(([word]) => word.startsWith(last)),
    files: 'no',
  })
  // '--gpu=c'; bash has the value as a word of its own.
  const [, written, part] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? []
  if (written !== undefined) return valuesOf(options, written, part!, `${written}=`)
  const previous = before.at(-1) ?? ''
  if (previous.startsWith('-') && takesValue(options, previous)) return valuesOf(options, previous, last, '')
  if (last.startsWith('-'))
    return starting(options.map((option) => [`--${optionWords(option).name}`, option.says]))
  if (name === undefined) return starting(commands.map((one) => [one.name, one.says]))
  if (command === undefined) return nothing
  return argumentAt(command, before.slice(before.indexOf(name) + 1), last)
}

function argumentAt(command: Command, before: readonly string[], last: string): Completions {
  const given = before.filter(
    (word, at) => !word.startsWith('-') && !takesValue(command.options, before[at - 1] ?? ''),
  )
  const words = argumentWords(command.takes)
  const argument = words[given.length] ?? words.findLast(({ isRepeated }) => isRepeated)
  if (argument === undefined) return nothing
  if (argument.choices === null) return { words: [], files: 'yes' }
  const choices = argument.choices.filter((choice) => choice.startsWith(last))
  return { words: choices.map((choice) => [choice, '']), files: 'no' }
}

function valuesOf(options: readonly CommandOption[], flag: string, part: string, front: string): Completions {
  const option = optionOf(options, flag)
  if (option === undefined || option.kind === 'flag' || option.kind === 'number') return nothing
  const { choices } = optionWords(option)
  if (choices === null) return { words: [], files: 'yes' }
  const fitting = choices.filter((choice) => choice.startsWith(part))
  return { words: fitting.map((choice) => [`${front}${choice}`, '']), files: 'no' }
}

function takesValue(options: readonly CommandOption[], flag: string): boolean {
  const option = optionOf(options, flag)
  return option !== undefined && option.kind !== 'flag'
}

function optionOf(options: readonly CommandOption[], flag: string): CommandOption | undefined {
  return options.find((option) => `--${optionWords(option).name}` === flag)
}
