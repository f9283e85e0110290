// A file of JSON that a command line names, which anybody may have written. Decides how large it may be, and what is
// said of one that can't be read; what is in it, others check.
import { open } from 'node:fs/promises'
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import { byteSize } from './sizes.js'

/** What a process can hold as a text and as values beside each other. */
const bytesMax = 256 * 2 ** 20

/**
 * Rejects with UsageError FILE_UNREADABLE, FILE_TOO_LARGE and FILE_INVALID; `expected`: 'a trace', as the message has
 * it.
 */
export async function readJsonFile(file: string, expected: string, signal: AbortSignal): Promise<unknown> {
  const text = textIn(file, expected, await bytesOf(file, expected, signal))
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(file, text, expected, cause)
  }
}

/** Also of a pipe, which has no size before it ends. */
async function bytesOf(file: string, expected: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    await using handle = await open(file)
    for await (const chunk of handle.createReadStream({ autoClose: false, signal })) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > bytesMax) throw tooLarge(file, (await handle.stat()).size)
    }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof UsageError) throw cause
    throw new UsageError('FILE_UNREADABLE', `${file} can't be read: ${why(cause)}; expected ${expected}.`, {
      cause,
    })
  }
  return Buffer.concat(chunks)
}

function why(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  return code === 'EISDIR' ? 'it is a folder' : saidBy(cause)
}

function tooLarge(file: string, size: number): UsageError {
  const seen = size > bytesMax ? byteSize(size) : `more than ${byteSize(bytesMax)}`
  return new UsageError('FILE_TOO_LARGE', `${file} has ${seen}; expected at most ${byteSize(bytesMax)}.`)
}

function textIn(file: string, expected: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UsageError('FILE_INVALID', `${file} is no text in UTF-8; expected ${expected}.`, { cause })
  }
}

function invalid(file: string, text: string, expected: string, cause: unknown): UsageError {
  const start = text.trimStart()
  if (start === '') return new UsageError('FILE_INVALID', `${file} is empty; expected ${expected}.`)
  const isJsonLike = /^[{[]/.test(start)
  const seen = isJsonLike ? `is damaged or breaks off: ${saidBy(cause)}` : `is no JSON: ${saidBy(cause)}`
  return new UsageError('FILE_INVALID', `${file} ${seen}; expected ${expected}.`, { cause })
}
