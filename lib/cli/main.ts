#!/usr/bin/env node
// The command "espalier" as a process: signals, a reader that went away, the end. Decides that the first Ctrl-C lets
// work end by itself and the second ends the process. All else is run-line.ts's.
import { Ended, runLine, tellUnwritable } from './run-line.js'
import { mannerOf, terminalOn } from './terminal.js'

const ended = new AbortController()
// Once: the next one finds no listener, and does what it does to any process.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => ended.abort(new Ended('interrupted', `Ended by ${signal}.`)))
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') ended.abort(new Ended('unread', 'Nobody reads the output any more.'))
  else ended.abort(new Ended('unwritable', error.message))
})
process.stderr.on('error', () => undefined)

const argv = process.argv.slice(2)
const manner = mannerOf(argv)
const terminal = terminalOn(process, manner)
const exitCode = await runLine(argv, { terminal, manner, signal: ended.signal })
// What a prompt's own file left open, a connection or a timer, keeps nobody waiting. The last output may fail, too.
process.stdout.write('', (error: NodeJS.ErrnoException | null | undefined) => {
  const isLost = error != null && error.code !== 'EPIPE' && exitCode === 0
  const last = isLost ? tellUnwritable(terminal, error.message) : exitCode
  process.stderr.write('', () => process.exit(last))
})
