// A use of a command that a test makes: a line as it was typed, keys or piped text, and what was printed. There is no
// terminal; whether it says that a person sits there is the test's choice.
import { PassThrough } from 'node:stream'
import type { Call, Command } from '../../lib/cli/command.js'
import { readLine } from '../../lib/cli/read-line.js'

export interface MadeCall {
  readonly call: Call
  readonly out: () => string
  readonly err: () => string
  /** Types keys; piped text likewise. */
  type(text: string): void
  /** Ends the input. */
  hangUp(): void
  /** Resolves once stdout, from where it was the last time, has the text; with what came until then. */
  until(text: string): Promise<string>
  abort(reason: Error): void
  /** What raw mode was set to, in order. */
  readonly raw: readonly boolean[]
}

export function madeCall(
  command: Command,
  argv: readonly string[],
  how: { readonly interactive?: true; readonly json?: true; readonly columns?: () => number } = {},
): MadeCall {
  const aborted = new AbortController()
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => raw.push(isRaw) })
  let [out, err, seen] = ['', '', 0]
  let look = (): void => undefined
  const { args, options } = readLine([command.name, ...argv], [command])
  const call: Call = {
    args,
    options,
    signal: aborted.signal,
    terminal: {
      input,
      write(text) {
        out += text
        look()
      },
      note(text) {
        err += `${text}\n`
      },
      progress: { isShown: false, at: () => undefined, end: () => undefined },
      isJson: how.json === true,
      hasColor: { out: false, err: false },
      isScreen: how.interactive === true,
      isLive: how.interactive === true,
      isInteractive: how.interactive === true,
      get columns() {
        return how.columns?.() ?? 80
      },
    },
  }
  return {
    call,
    raw,
    out: () => out,
    err: () => err,
    type: (text) => void input.write(text),
    hangUp: () => void input.end(),
    abort: (reason) => aborted.abort(reason),
    until: (text) =>
      new Promise((resolve) => {
        look = () => {
          const at = out.indexOf(text, seen)
          if (at < 0) return
          look = () => undefined
          const end = at + text.length
          resolve(out.slice(seen, end))
          seen = end
        }
        look()
      }),
  }
}
