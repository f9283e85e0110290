// What "--set" gives a prompt. Decides how a value is written: name=text, name=@file, name=@- for stdin, name=@@text
// for a text that begins with @, name:=json. Reads files and stdin; knows no prompt.
import { UsageError } from '../base/errors.js'
import type { Call, CommandOption } from './command.js'
import { oneLine } from './safe-text.js'
import { readTextFile } from './text-file.js'

export const setOption: CommandOption = {
  flags: '--set <name=value>',
  says: 'An input or a known value: name=text, name=@file, name=@- (stdin), name:=json',
  kind: 'list',
}

/** By name. Throws UsageError ARGUMENT_INVALID, FILE_UNREADABLE. */
export async function givenOf(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const given = new Map<string, unknown>()
  for (const written of call.options.list('set')) {
    const [, name, sign, value] = /^([^=]*?)(:?=)(.*)$/s.exec(written) ?? []
    if (name === undefined || name === '') {
      throw new UsageError(
        'ARGUMENT_INVALID',
        `--set is ${oneLine(written)}; expected name=text, name=@file or name:=json.`,
      )
    }
    if (given.has(name)) throw new UsageError('ARGUMENT_INVALID', `--set gives ${name} twice.`)
    const text = value!.startsWith('@') ? await textAt(call, name, value!.slice(1)) : value!
    given.set(name, sign === ':=' ? jsonIn(name, text) : text)
  }
  return Object.fromEntries(given)
}

function jsonIn(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `--set ${name} is no JSON (${oneLine((cause as Error).message)}); write ${name}= instead of ${name}:= for text.`,
      { cause },
    )
  }
}

/** Of a file, without the line break at its end. `from` '@x' is the text '@x', '-' stdin. */
async function textAt({ terminal, signal }: Call, name: string, from: string): Promise<string> {
  if (from.startsWith('@')) return from
  if (from === '-') return withoutEnd(await pipedText(name, terminal.input, signal))
  const expected = `a text file; ${name}=@@... is a text that begins with @`
  if (from === '')
    throw new UsageError('FILE_UNREADABLE', `--set ${name} reads no file; expected ${expected}.`)
  return withoutEnd(await readTextFile(from, { by: `--set ${name}`, expected, signal }))
}

const withoutEnd = (text: string): string => text.replace(/\r?\n$/, '')

async function pipedText(name: string, input: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  const bytes = await allOf(input, signal)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UsageError('FILE_UNREADABLE', `--set ${name} reads stdin, which is no text in UTF-8.`, {
      cause,
    })
  }
}

async function allOf(input: NodeJS.ReadableStream, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stop = (): void => void (input as NodeJS.ReadStream).destroy?.(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of input) chunks.push(Buffer.from(chunk))
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return Buffer.concat(chunks)
}
