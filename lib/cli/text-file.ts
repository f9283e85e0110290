// Text that a command line names by a file or a pipe, which anybody may have written. Decides how large it may be, and
// what is said of one that can't be read; what is in it, others check.
import { open } from 'node:fs/promises'
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import { byteSize } from './sizes.js'

/** What a process can hold as a text and as values beside each other. */
const bytesMax = 256 * 2 ** 20

/** What is asked of a text, as its errors have it. */
export interface TextWanted {
  /** Who names the file: '--system'; null: it is an argument. */
  readonly by: string | null
  /** 'a trace'. */
  readonly expected: string
  readonly signal: AbortSignal
}

/** Without a byte order mark. Rejects with UsageError FILE_UNREADABLE, FILE_TOO_LARGE. */
export async function readTextFile(file: string, wanted: TextWanted): Promise<string> {
  const { by, expected, signal } = wanted
  const said = by === null ? file : `${by} reads ${file}, which`
  const unreadable = (why: string, cause: unknown): UsageError =>
    new UsageError('FILE_UNREADABLE', `${said} ${why}; expected ${expected}.`, { cause })
  const bytes = await bytesOf(file, said, signal).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw cause instanceof UsageError ? cause : unreadable(`can't be read: ${whyNot(cause)}`, cause)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw unreadable('is no text in UTF-8', cause)
  }
}

/** Rejects as `readTextFile`, and with UsageError FILE_INVALID. */
export async function readJsonFile(file: string, wanted: TextWanted): Promise<unknown> {
  const text = await readTextFile(file, wanted)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(file, text, wanted, cause)
  }
}

/** Also of a pipe, which has no size before it ends. */
async function bytesOf(file: string, said: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  await using handle = await open(file)
  for await (const chunk of handle.createReadStream({ autoClose: false, signal })) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > bytesMax) throw tooLarge(said, (await handle.stat()).size)
  }
  return Buffer.concat(chunks)
}

function whyNot(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  return code === 'EISDIR' ? 'it is a folder' : saidBy(cause)
}

function tooLarge(said: string, size: number): UsageError {
  const seen = size > bytesMax ? byteSize(size) : `more than ${byteSize(bytesMax)}`
  return new UsageError('FILE_TOO_LARGE', `${said} has ${seen}; expected at most ${byteSize(bytesMax)}.`)
}

function invalid(file: string, text: string, { by, expected }: TextWanted, cause: unknown): UsageError {
  const start = text.trimStart()
  const why = /^[{[]/.test(start) ? 'is damaged or breaks off' : 'is no JSON'
  const seen = start === '' ? 'is empty' : `${why}: ${saidBy(cause)}`
  const said = by === null ? file : `${by} reads ${file}, which`
  return new UsageError('FILE_INVALID', `${said} ${seen}; expected ${expected}.`, { cause })
}
