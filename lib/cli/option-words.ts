// How the words of a command's options and arguments are written: '-h, --help', '--gpu <auto|off>', '<file>
// [...more]'. Decides what these mean; help, parsing and completion all read them here. Pure.
import type { CommandOption } from './command.js'

export interface OptionWords {
  /** Without dashes. */
  readonly name: string
  /** One letter; null: none. */
  readonly short: string | null
  /** The words it takes one of; null: any text, or nothing. */
  readonly choices: readonly string[] | null
}

export interface ArgumentWords {
  readonly name: string
  readonly isNeeded: boolean
  readonly isRepeated: boolean
  readonly choices: readonly string[] | null
}

/** Options every command has. */
export const commonOptions: readonly CommandOption[] = [
  { flags: '--json', says: 'Print one JSON value on stdout, and errors as JSON on stderr', kind: 'flag' },
  { flags: '--no-color', says: 'Print no colours; so do NO_COLOR and TERM=dumb', kind: 'flag' },
  { flags: '--debug', says: 'Print the stack of an error', kind: 'flag' },
  { flags: '-h, --help', says: 'Print this', kind: 'flag' },
  { flags: '-v, --version', says: 'Print the version', kind: 'flag' },
]

export function optionWords({ flags }: CommandOption): OptionWords {
  const name = /--([\w-]+)/.exec(flags)![1]!
  const short = /^-(\w),/.exec(flags)?.[1] ?? null
  return { name, short, choices: choicesIn(/<(.*)>$/.exec(flags)?.[1] ?? '') }
}

/** Of `takes`. */
export function argumentWords(takes: string): readonly ArgumentWords[] {
  return [...takes.matchAll(/([<[])(\.\.\.)?([^\]>]+)[\]>]/g)].map(([, bracket, dots, name]) => ({
    name: name!,
    isNeeded: bracket === '<',
    isRepeated: dots !== undefined,
    choices: choicesIn(name!),
  }))
}

function choicesIn(text: string): readonly string[] | null {
  return text.includes('|') ? text.split('|') : null
}
