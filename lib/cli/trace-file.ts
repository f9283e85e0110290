// "--trace FILE": what happened while a command worked, in a file. Decides the format by the file's ending, and that
// work that failed or was interrupted is written, too.
import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from '../base/errors.js'
import { saidBy } from '../base/seen.js'
import type { Model } from '../model/model.js'
import type { Trace } from '../trace/trace.js'
import type { Call, CommandOption } from './command.js'

export const traceOption: CommandOption = {
  flags: '--trace <file>',
  says: 'Write what happened to a file: FILE.json',
  kind: 'text',
}

const formats: Readonly<Record<string, (trace: Trace) => string | Promise<string>>> = {
  '.json': (trace) => `${JSON.stringify(trace)}\n`,
}

/** Null: none is wanted. Throws UsageError ARGUMENT_INVALID, so ask before any work. */
export function traceFileOf({ options }: Call): string | null {
  const file = options.text('trace')
  if (file === null) return null
  if (formats[path.extname(file)] === undefined) {
    const endings = Object.keys(formats).join(' or ')
    throw new UsageError('ARGUMENT_INVALID', `--trace is ${file}; expected a file that ends in ${endings}.`)
  }
  const folder = path.dirname(path.resolve(file))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError('ARGUMENT_INVALID', `--trace is ${file}; there is no folder ${folder}.`)
  return file
}

/** Does the work, and writes what the model did meanwhile where the call wants that. */
export async function recordedTo<T>(call: Call, model: Model, work: () => Promise<T>): Promise<T> {
  const file = traceFileOf(call)
  if (file === null) return work()
  using recording = model.record()
  try {
    const done = await work()
    await writeTrace(file, recording.stop())
    return done
  } catch (error) {
    // What went wrong with the work is what is told.
    await writeTrace(file, recording.stop()).catch(() => undefined)
    throw error
  }
}

async function writeTrace(file: string, trace: Trace): Promise<void> {
  const text = await formats[path.extname(file)]!(trace)
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw new UsageError('FILE_UNWRITABLE', `--trace can't write ${file}: ${saidBy(cause)}.`, { cause })
  }
}
