// "--trace FILE": what happened while a command worked, in a file. Decides the format by the file's ending, and that
// work that failed or was interrupted is written, too.
import type { Model } from '../model/model.js'
import type { Trace } from '../trace/trace.js'
import type { Call, CommandOption } from './command.js'
import { checkOutput, endingOf, writeOutput } from './output-file.js'

export const traceOption: CommandOption = {
  flags: '--trace <file>',
  says: 'Write what happened: FILE.html is a page for a browser, FILE.json is for "espalier trace"',
  kind: 'text',
}

const formats: Readonly<Record<string, (trace: Trace) => Promise<string>>> = {
  '.html': async (trace) => (await import('../trace/page.js')).traceHTML(trace),
  '.json': async (trace) => `${JSON.stringify(trace)}\n`,
}

/** Null: none is wanted. Rejects with UsageError ARGUMENT_INVALID, FILE_UNWRITABLE, so ask before any work. */
export async function traceFileOf({ options }: Call): Promise<string | null> {
  const file = options.text('trace')
  if (file !== null) await checkOutput('trace', file, Object.keys(formats))
  return file
}

/** Does the work, and writes what the model did meanwhile where the call wants that. */
export async function recordedTo<T>(call: Call, model: Model, work: () => Promise<T>): Promise<T> {
  const file = await traceFileOf(call)
  if (file === null) return work()
  using recording = model.record()
  try {
    const done = await work()
    await writeTrace(file, recording.stop())
    if (call.terminal.isLive && !call.terminal.isJson) call.terminal.note(howToSee(file))
    return done
  } catch (error) {
    // What went wrong with the work is what is told.
    await writeTrace(file, recording.stop()).catch(() => undefined)
    throw error
  }
}

function howToSee(file: string): string {
  const how = endingOf(file) === '.json' ? `"espalier trace ${file}" shows it` : 'open it in a browser'
  return `What happened is in ${file}; ${how}.`
}

async function writeTrace(file: string, trace: Trace): Promise<void> {
  await writeOutput('trace', file, await formats[endingOf(file)]!(trace))
}
