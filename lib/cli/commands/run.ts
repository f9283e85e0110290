// "espalier run FILE": fills the prompt of a file. Decides what is printed where: the text on stdout, live on a
// terminal; values and tokens beside it; with "--json" one object and nothing else.
import type { Transcript } from '../../model/transcript.js'
import type { RunOptions } from '../../run/run-options.js'
import type { Call, Command, CommandOption, Terminal } from '../command.js'
import { asJson } from '../json-text.js'
import { liveOptions, livePortOf, shownLive } from '../live-page.js'
import { modelOptions, openModel } from '../open-model.js'
import { inFile, promptOf, promptOptions } from '../prompt-file.js'
import { readingOf } from '../reading.js'
import { painter, showLive } from '../run-screen.js'
import { ledgerSentence, runJson, valueLines } from '../tell-run.js'
import { recordedTo, traceFileOf, traceOption } from '../trace-file.js'

const drawOptions: readonly CommandOption[] = [
  { flags: '--seed <number>', says: 'What draws depend on (default: 0)', kind: 'number' },
  {
    flags: '--temperature <number>',
    says: 'How freely is drawn where a hole says nothing; 0: the most probable (default: 0)',
    kind: 'number',
  },
]

export const run: Command = {
  name: 'run',
  takes: '<file>',
  says: 'Fill the prompt that a file exports, TypeScript or JavaScript, or that its function of the inputs gives',
  options: [...promptOptions, ...drawOptions, traceOption, ...liveOptions, ...modelOptions],
  examples: [
    'espalier run triage.ts --set ticket=@ticket.txt',
    'espalier run triage.ts --set ticket=@ticket.txt --json | jq .values',
    'espalier run triage.ts --set ticket=@ticket.txt --live',
    'espalier run greet.mjs --set name=Ada --set age:=36 --model qwen.gguf --seed 7',
  ],
  run: fill,
}

async function fill(call: Call): Promise<void> {
  const { options, terminal, signal } = call
  const seed = options.whole('seed', { from: 0, until: Number.MAX_SAFE_INTEGER }) ?? 0
  const temperature = options.number('temperature', { from: 0, until: 100 })
  await traceFileOf(call)
  livePortOf(call)
  const { prompt, given } = await promptOf(call)
  await using model = await openModel(call)
  const asked: RunOptions = { seed, signal, ...(temperature === null ? {} : { temperature }) }
  const work = async (): Promise<void> => {
    using reading = await readingOf(model, { prompt, given, options: asked }, terminal)
    if (terminal.isLive && !terminal.isJson) {
      const done = await showLive(reading.terminal, reading.heard(model.stream(prompt, given, asked)))
      const lines = valueLines(done.values, painter(terminal.hasColor))
      for (const line of ['', ...lines, '', ledgerSentence(done.ledger)]) terminal.note(line)
    } else print(terminal, await model.run(prompt, given, asked), seed)
  }
  await inFile(call.args[0]!, () => shownLive(call, model, () => recordedTo(call, model, work)))
}

function print(terminal: Terminal, done: Transcript, seed: number): void {
  if (terminal.isJson) {
    terminal.write(`${asJson(runJson(done, seed))}\n`)
    return
  }
  const paint = painter(terminal.hasColor)
  const isPainted = terminal.isScreen || terminal.hasColor.out
  const text = isPainted ? done.pieces.map(({ kind, text }) => paint(kind, text)).join('') : done.text
  terminal.write(text.endsWith('\n') ? text : `${text}\n`)
}
