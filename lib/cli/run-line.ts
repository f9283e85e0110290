// Does what a command line says. Decides what is printed where, and the exit code: 0, 1 where the work failed, 2 where
// the caller has to change something, 130 when interrupted. Never touches the process: main.ts does.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import picocolors from 'picocolors'
import { AbortError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import { packageRoot } from '../native/package-root.js'
import type { Command, Terminal } from './command.js'
import { commands } from './commands.js'
import { complete } from './complete.js'
import { failureOf } from './failure.js'
import { commandHelp, overview } from './help.js'
import { asJson } from './json-text.js'
import { readLine } from './read-line.js'
import { oneLine } from './safe-text.js'
import type { Manner } from './terminal.js'

/**
 * Why work ends early. 'interrupted': by a signal. 'unread': nobody reads stdout any more, as behind `| head`.
 * 'unwritable': stdout takes no more, as on a full disk.
 */
export class Ended extends Error {
  readonly why: 'interrupted' | 'unread' | 'unwritable'
  constructor(why: Ended['why'], message: string) {
    super(message)
    this.why = why
  }
}

export interface Surroundings {
  readonly terminal: Terminal
  readonly manner: Manner
  /** Aborted with an Ended. */
  readonly signal: AbortSignal
}

/** The exit code. Never rejects. */
export async function runLine(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { terminal, manner, signal } = surroundings
  if (argv[0] === 'complete' && argv[1] === '--') {
    terminal.write(answer(argv.slice(2)))
    return 0
  }
  try {
    const { command, args, options, asks } = readLine(argv, commands)
    if (asks === 'version') terminal.write(`${version()}\n`)
    else if (asks === 'help' || command === null) terminal.write(help(command, terminal))
    else await command.run({ args, options, terminal, signal })
    return signal.aborted ? endedEarly(surroundings) : 0
  } catch (error) {
    if (signal.aborted) return endedEarly(surroundings)
    if (error instanceof AbortError) return toldEnd(terminal, saidBy(error.reason))
    const { exitCode, message, json, stack } = failureOf(error)
    const more = manner.isDebug ? { stack } : {}
    if (terminal.isJson) terminal.note(asJson({ error: { ...json, ...more } }))
    else terminal.note(manner.isDebug ? `espalier: ${message}\n${stack}` : `espalier: ${message}`)
    return exitCode
  } finally {
    terminal.progress.end()
  }
}

/** As the scripts of completion.ts read it: 4 after the last line tells the shell to offer no files. */
function answer(words: readonly string[]): string {
  const { words: fitting, files } = complete(words, commands)
  const lines = fitting.map(([word, says]) => `${word}\t${says}`)
  return `${[...lines, files === 'yes' ? ':0' : ':4'].join('\n')}\n`
}

function endedEarly({ terminal, signal }: Surroundings): number {
  const reason: unknown = signal.reason
  if (reason instanceof Ended && reason.why === 'unread') return 0
  if (reason instanceof Ended && reason.why === 'unwritable') {
    return tellUnwritable(terminal, reason.message)
  }
  return toldEnd(terminal, saidBy(reason))
}

/** The exit code. */
export function tellUnwritable(terminal: Terminal, why: string): 1 {
  tell(terminal, {
    name: 'Error',
    code: 'OUTPUT_UNWRITABLE',
    message: `The output can't be written: ${why}.`,
  })
  return 1
}

function toldEnd(terminal: Terminal, why: string): 130 {
  tell(terminal, { name: 'AbortError', code: 'ABORTED', message: oneLine(why) })
  return 130
}

function tell(terminal: Terminal, error: { name: string; code: string; message: string }): void {
  terminal.note(terminal.isJson ? asJson({ error }) : `espalier: ${error.message}`)
}

function help(command: Command | null, { columns, hasColor }: Terminal): string {
  const layout = { columns, bold: picocolors.createColors(hasColor.out).bold }
  return command === null ? overview(commands, layout) : commandHelp(command, layout)
}

function version(): string {
  const manifest = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
