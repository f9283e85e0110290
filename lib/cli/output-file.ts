// Files that an option names to be written. Decides what is refused before any work is done for them: an ending that
// says another format, a folder that is not there, a place where nothing may be written.
import { constants, type Stats, statSync } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'

/** Rejects with UsageError ARGUMENT_INVALID, FILE_UNWRITABLE. `endings`: '.html'. */
export async function checkOutput(option: string, file: string, endings: readonly string[]): Promise<void> {
  const refused = (why: string): UsageError =>
    new UsageError('ARGUMENT_INVALID', `--${option} is ${file}; ${why}.`)
  if (!endings.includes(endingOf(file))) throw refused(`expected a file that ends in ${endings.join(' or ')}`)
  const there = statsOf(file)
  if (there?.isDirectory()) throw refused('that is a folder; expected a file')
  const folder = path.dirname(path.resolve(file))
  if (statsOf(folder)?.isDirectory() !== true) throw refused(`there is no folder ${folder}`)
  await access(there === null ? folder : file, constants.W_OK).catch((cause: unknown) => {
    throw unwritable(option, file, cause)
  })
}

/** '.json', however it is written. */
export function endingOf(file: string): string {
  return path.extname(file).toLowerCase()
}

/** Rejects with UsageError FILE_UNWRITABLE. */
export async function writeOutput(option: string, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((cause: unknown) => {
    throw unwritable(option, file, cause)
  })
}

/** Whether both names lead to one file that is there. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statsOf(one), statsOf(other)]
  return a !== null && b !== null && a.dev === b.dev && a.ino === b.ino
}

function unwritable(option: string, file: string, cause: unknown): UsageError {
  const why = `--${option} can't write ${file}: ${saidBy(cause)}`
  return new UsageError('FILE_UNWRITABLE', `${why}; expected a place where a file may be written.`, { cause })
}

function statsOf(file: string): Stats | null {
  try {
    return statSync(file)
  } catch {
    return null
  }
}
