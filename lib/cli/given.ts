// What "--set" gives a prompt. Decides how a value is written: name=text, name=@file, name=@- for stdin, name=@@text
// for a text that begins with @, name:=json. Reads files and stdin; knows no prompt.
import { readFile } from 'node:fs/promises'
import { UsageError } from '../base/errors.js'
import type { Call, CommandOption } from './command.js'
import { oneLine } from './safe-text.js'

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
  const bytes = await (from === '-' ? allOf(terminal.input, signal) : fileBytes(name, from, signal))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch {
    throw new UsageError(
      'FILE_UNREADABLE',
      `--set ${name} reads ${from === '-' ? 'stdin' : from}, which is no text in UTF-8.`,
    )
  }
}

async function fileBytes(name: string, file: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readFile(file, { signal })
  } catch (cause) {
    signal.throwIfAborted()
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : oneLine((cause as Error).message)
    throw new UsageError(
      'FILE_UNREADABLE',
      `--set ${name} reads ${file === '' ? 'no file' : file}: ${why}; ${name}=@@... is a text that begins with @.`,
      { cause },
    )
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
