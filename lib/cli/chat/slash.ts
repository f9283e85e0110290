// What a person may type in a chat beside messages. Decides which commands there are, how they are written, and what is
// said of one that is not. Pure; what they do is elsewhere.
import { UsageError } from '../../base/errors.js'
import { nearestName } from '../../base/nearest.js'
import { quoted } from '../../base/seen.js'

export type Typed =
  | { readonly kind: 'message'; readonly text: string }
  | { [K in Alone]: { readonly kind: K } }[Alone]
  /** Null: the last one. From 0 on. */
  | { readonly kind: 'edit'; readonly turn: number | null }
  | { readonly kind: 'fork'; readonly name: string | null }
  | { readonly kind: 'switch'; readonly name: string }
  /** Null: to be shown. '': none. */
  | { readonly kind: 'system'; readonly text: string | null }
  | { readonly kind: 'save' | 'load'; readonly file: string }
  /** Null: all are to be shown. */
  | { readonly kind: 'set'; readonly setting: { readonly name: string; readonly value: string } | null }

/** Those that take nothing. */
type Alone = 'retry' | 'undo' | 'forks' | 'tokens' | 'help' | 'quit'

interface SlashCommand {
  /** What stands behind the name, as help shows it: '<x>' has to, '[x]' may. */
  readonly takes: string
  readonly says: string
  /** What was written behind the name, if that is there at all or does not have to be. */
  read(rest: string): Typed
}

const commands: Readonly<Record<string, SlashCommand>> = {
  retry: alone('retry', 'answers the last message anew'),
  edit: {
    takes: '[n]',
    says: 'puts message n (the last one) into the line, to go on from there',
    read: (rest) => ({ kind: 'edit', turn: rest === '' ? null : numberOf(rest) - 1 }),
  },
  undo: alone('undo', 'takes the last message and its answer back'),
  fork: {
    takes: '[name]',
    says: 'goes on in a branch of its own; what stands so far is shared, not computed again',
    read: (rest) => ({ kind: 'fork', name: rest === '' ? null : rest }),
  },
  forks: alone('forks', 'lists the branches'),
  switch: {
    takes: '<name>',
    says: 'goes on with another branch',
    read: (name) => ({ kind: 'switch', name }),
  },
  system: {
    takes: '[text]',
    says: 'shows or changes the system message ("" for none); the conversation goes on behind it',
    read: (rest) => ({ kind: 'system', text: rest === '' ? null : rest === '""' ? '' : rest }),
  },
  save: {
    takes: '<file>',
    says: 'writes this branch to a file',
    read: (file) => ({ kind: 'save', file }),
  },
  load: { takes: '<file>', says: 'goes on with a saved one', read: (file) => ({ kind: 'load', file }) },
  set: {
    takes: '[name value]',
    says: 'shows or changes temperature, seed and max (tokens of an answer)',
    read: (rest) => ({ kind: 'set', setting: rest === '' ? null : settingOf(rest) }),
  },
  tokens: alone('tokens', 'shows where all tokens came from'),
  help: alone('help', 'shows this'),
  quit: alone('quit', 'leaves, as Ctrl-D does'),
}

/** For completion: '/retry', '/edit'. */
export const slashNames: readonly string[] = Object.keys(commands).map((name) => `/${name}`)

/** Each with what it takes, and what it does. */
export const slashHelp: readonly (readonly [string, string])[] = Object.entries(commands).map(
  ([name, { takes, says }]) => [`/${name} ${takes}`.trimEnd(), says],
)

/** Throws UsageError COMMAND_UNKNOWN, ARGUMENT_INVALID. A second slash in front makes it a message. */
export function typedOf(line: string): Typed {
  if (!line.startsWith('/')) return { kind: 'message', text: line }
  if (line.startsWith('//')) return { kind: 'message', text: line.slice(1) }
  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*?)\s*$/s.exec(line)!
  if (!Object.hasOwn(commands, name)) {
    const near = nearestName(name, Object.keys(commands))
    const hint = near === null ? '/help lists them.' : `Did you mean /${near}?`
    const written = 'a message that begins with a slash is written with two'
    throw new UsageError('COMMAND_UNKNOWN', `There is no command ${quoted(`/${name}`)}; ${written}. ${hint}`)
  }
  const command = commands[name]!
  if (rest === '' && command.takes.startsWith('<')) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `/${name} has nothing behind it; expected /${name} ${command.takes}.`,
    )
  }
  return command.read(rest)
}

function alone(kind: Alone, says: string): SlashCommand {
  return {
    takes: '',
    says,
    read(rest) {
      if (rest === '') return { kind }
      throw new UsageError(
        'ARGUMENT_INVALID',
        `/${kind} has ${quoted(rest)} behind it; expected nothing there.`,
      )
    },
  }
}

function numberOf(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (number > 0) return number
  throw new UsageError(
    'ARGUMENT_INVALID',
    `/edit has ${quoted(text)} behind it; expected the number of a message.`,
  )
}

function settingOf(text: string): { readonly name: string; readonly value: string } {
  const [, name, value] = /^(\S+?)(?:\s*=\s*|\s+)(\S+)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return { name, value }
  throw new UsageError('ARGUMENT_INVALID', `/set has ${quoted(text)} behind it; expected a name and a value.`)
}
