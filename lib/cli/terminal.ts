// The process as commands see it: stdin, stdout, stderr, and what a person's screen can show. Decides when there are
// colours and progress. Nothing else in this folder touches the process's streams.
import type { Terminal } from './command.js'
import { broken } from './layout.js'
import { progressOn } from './progress.js'

export interface Streams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Of the common options those that say how things are printed; they count wherever they stand. */
export interface Manner {
  readonly isJson: boolean
  readonly isDebug: boolean
  readonly isPlain: boolean
}

export function mannerOf(argv: readonly string[]): Manner {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  const has = (word: string): boolean => words.includes(word)
  return { isJson: has('--json'), isDebug: has('--debug'), isPlain: has('--no-color') }
}

export function terminalOn({ stdin, stdout, stderr, env }: Streams, manner: Manner): Terminal {
  const isDumb = env.TERM === 'dumb'
  const progress = progressOn(isDumb ? { isTTY: false, write: () => true } : stderr)
  const colors = (stream: NodeJS.WriteStream): boolean => {
    if (manner.isPlain || env.NO_COLOR) return false
    if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0'
    return stream.isTTY === true && !isDumb
  }
  let isLineOpen = false
  return {
    input: stdin,
    write(text) {
      if (text === '') return
      progress.end()
      isLineOpen = !text.endsWith('\n')
      stdout.write(text)
    },
    note(text) {
      progress.end()
      if (isLineOpen && stdout.isTTY && stderr.isTTY) stdout.write('\n')
      isLineOpen = false
      const isBroken = stderr.isTTY && !manner.isJson && !text.includes('\n')
      stderr.write(`${isBroken ? broken(text, stderr.columns || 80) : text}\n`)
    },
    progress,
    isJson: manner.isJson,
    hasColor: { out: colors(stdout), err: colors(stderr) },
    isScreen: stdout.isTTY === true,
    isLive: stdout.isTTY === true && !isDumb,
    isInteractive: stdin.isTTY === true && stdout.isTTY === true,
    get columns() {
      return stdout.columns || 80
    },
  }
}
