// One line typed to the command line, in this process: what it prints on either side and its exit code. The terminal is
// a made one of so many columns; all else is what a person's line goes through.
import { PassThrough } from 'node:stream'
import { runLine } from '../../lib/cli/run-line.js'
import { mannerOf } from '../../lib/cli/terminal.js'

export interface Printed {
  readonly exitCode: number
  readonly out: string
  readonly err: string
}

export interface Typed {
  readonly columns?: number
  readonly signal?: AbortSignal
  readonly hasColor?: boolean
  /** Called with each text that goes to stdout, at once. */
  readonly onOut?: (text: string) => void
  readonly onProgress?: (what: string, part?: number) => void
}

export async function typed(argv: readonly string[], given: Typed = {}): Promise<Printed> {
  const { columns = 80, signal = new AbortController().signal, hasColor = false, onOut, onProgress } = given
  const manner = mannerOf(argv)
  let out = ''
  let err = ''
  const terminal = {
    input: new PassThrough(),
    write: (text: string) => {
      out += text
      onOut?.(text)
    },
    note: (text: string) => {
      err += `${text}\n`
    },
    progress: { at: (what: string, part?: number) => onProgress?.(what, part), end: () => undefined },
    isJson: manner.isJson,
    hasColor: { out: hasColor, err: hasColor },
    isInteractive: false,
    isLive: false,
    columns,
  }
  const exitCode = await runLine(argv, { terminal, manner, signal })
  return { exitCode, out, err }
}

/** The longest of the lines. */
export const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))
