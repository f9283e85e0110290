// A command line without a process: what it printed where, and its exit code.
import { Readable } from 'node:stream'
import type { Terminal } from '../../lib/cli/command.js'
import { runLine } from '../../lib/cli/run-line.js'
import { mannerOf } from '../../lib/cli/terminal.js'

export interface FakeOptions {
  /** What stdin holds; a stream: what somebody types meanwhile. */
  readonly stdin?: string | Readable
  /** Called with each line for stderr, at once. */
  readonly onNote?: (line: string) => void
  /** Whether stdout is a terminal. */
  readonly isLive?: boolean
  /** Called with each text for stdout, at once. */
  readonly onOut?: (text: string) => void
  readonly onProgress?: (what: string, part?: number) => void
  readonly hasColor?: boolean
  readonly columns?: number
  readonly signal?: AbortSignal
}

export interface Printed {
  readonly out: string
  readonly err: string
}

/** What `espalier ARGV` does, in this process. */
export async function espalier(
  argv: readonly string[],
  options: FakeOptions = {},
): Promise<Printed & { readonly status: number }> {
  const manner = mannerOf(argv)
  const printed: string[] = []
  const noted: string[] = []
  const terminal = fakeTerminal({ ...options, isJson: manner.isJson, printed, noted })
  const signal = options.signal ?? new AbortController().signal
  const status = await runLine(argv, { terminal, manner, signal })
  return { status, out: printed.join(''), err: noted.map((line) => `${line}\n`).join('') }
}

interface FakeTerminal extends FakeOptions {
  readonly isJson?: boolean
  /** What was written to stdout, and the lines for stderr. */
  readonly printed: string[]
  readonly noted?: string[]
}

export function fakeTerminal(options: FakeTerminal): Terminal {
  const { stdin = '', isLive = false, hasColor = false, columns = 80, isJson = false } = options
  return {
    input: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
    write: (text) => {
      options.printed.push(text)
      options.onOut?.(text)
    },
    note: (text) => {
      options.noted?.push(text)
      options.onNote?.(text)
    },
    progress: {
      isShown: options.onProgress !== undefined,
      at: (what, part) => options.onProgress?.(what, part),
      end: () => undefined,
    },
    isJson,
    hasColor: { out: hasColor, err: hasColor },
    isScreen: isLive,
    isLive,
    isInteractive: isLive,
    columns,
  }
}

/** The longest of the lines. */
export const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))
