// "espalier trace FILE": what a recorded trace says, in a terminal or as a page. Decides what its options mean and
// which files are refused; no model is opened, and nothing of the file is obeyed.
import { UsageError } from '../../base/errors.js'
import type { Trace } from '../../trace/trace.js'
import type { Call, Command, Terminal } from '../command.js'
import { asJson } from '../json-text.js'
import { checkOutput, isSameFile, writeOutput } from '../output-file.js'
import { byteSize } from '../sizes.js'
import { readJsonFile } from '../text-file.js'

export const trace: Command = {
  name: 'trace',
  takes: '<file>',
  says: 'Show what a run did, from the FILE.json that --trace wrote; with --html as a page for a browser',
  options: [
    { flags: '-o, --html <file>', says: 'Write it as a page, and print nothing of it here', kind: 'text' },
  ],
  examples: [
    'espalier trace triage.json',
    'espalier trace triage.json --html triage.html',
    `espalier trace triage.json --json | jq '.lines[] | select(.type == "fill") | .hole'`,
  ],
  run: showTrace,
}

async function showTrace({ args, options, terminal, signal }: Call): Promise<void> {
  const file = args[0]!
  const html = options.text('html')
  if (html !== null) await checkOutput('html', html, ['.html', '.htm'])
  if (html !== null && isSameFile(html, file))
    throw new UsageError('ARGUMENT_INVALID', `--html is ${html}, the trace itself; expected another file.`)
  terminal.progress.at('reading the trace')
  const read = await traceIn(file, signal)
  if (html !== null) await writePage(html, read, terminal)
  terminal.progress.end()
  signal.throwIfAborted()
  if (terminal.isJson) return terminal.write(`${asJson(read)}\n`)
  if (html !== null) return
  const { traceText } = await import('../../trace/text.js')
  const colors = terminal.hasColor.out ? 'ansi' : 'none'
  terminal.write(traceText(read, { colors, columns: terminal.columns }))
}

async function traceIn(file: string, signal: AbortSignal): Promise<Trace> {
  const { readTrace } = await import('../../trace/read.js')
  const expected = 'a trace that "--trace FILE.json" wrote'
  const json = await readJsonFile(file, { by: null, expected, signal })
  try {
    return readTrace(json)
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause
    throw new UsageError(cause.code, `${file}: ${cause.message}`, { cause })
  }
}

async function writePage(file: string, read: Trace, terminal: Terminal): Promise<void> {
  const { traceHTML } = await import('../../trace/page.js')
  const page = traceHTML(read)
  await writeOutput('html', file, page)
  if (!terminal.isJson) terminal.note(`${file}, ${byteSize(Buffer.byteLength(page))}: open it in a browser.`)
}
