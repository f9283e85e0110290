// "espalier demo": the first look. Decides what a newcomer sees and how fast: text appear, values land, one taken back,
// and what known text saves. What it fills is in demo-prompt.ts.
import { setTimeout as wait } from 'node:timers/promises'
import picocolors from 'picocolors'
import type { Model } from '../../model/model.js'
import type { StreamEvent, Transcript } from '../../model/transcript.js'
import type { Call, Command, Terminal } from '../command.js'
import { asJson } from '../json-text.js'
import { wrapped } from '../layout.js'
import { modelOptions, openModel } from '../open-model.js'
import { painter, showLive } from '../run-screen.js'
import { ledgerSentence, ledgerSum, runJson, valueLines } from '../tell-run.js'
import { recordedTo, traceFileOf, traceOption } from '../trace-file.js'

export const demo: Command = {
  name: 'demo',
  takes: '',
  says: 'A first look: a form filled in before your eyes by the small model that comes with the package',
  options: [traceOption, ...modelOptions],
  examples: ['espalier demo', 'espalier demo --trace demo.html', 'espalier demo --json | jq ".[].values"'],
  run: show,
}

type Run = Transcript<Readonly<Record<string, unknown>>>

async function show(call: Call): Promise<void> {
  await traceFileOf(call)
  await using model = await openModel(call)
  await recordedTo(call, model, () => showOn(model, call))
}

async function showOn(model: Model, { terminal, signal }: Call): Promise<void> {
  const { formFor, tickets } = await import('../demo-prompt.js')
  const runs: Run[] = []
  const { bold, dim } = picocolors.createColors(terminal.hasColor.out)
  if (!terminal.isJson) {
    const title = `${bold('espalier')} fills in a form on ${model.info.description}`
    terminal.write(`${title}\n${legend(terminal)}`)
  }
  for (const { title, ticket, known } of tickets) {
    const form = formFor(ticket)
    if (terminal.isJson) {
      runs.push(await model.run(form, known, { signal }))
      continue
    }
    terminal.write(`\n${bold(`== ${title}`)}\n\n`)
    const run = terminal.isLive
      ? await showLive(terminal, slowly(model.stream(form, known, { signal }), signal))
      : printed(terminal, await model.run(form, known, { signal }))
    runs.push(run)
    const lines = [
      ...valueLines(run.values, painter(terminal.hasColor)),
      '',
      ...wrapped(ledgerSentence(run.ledger), terminal.columns).map(dim),
    ]
    terminal.write(`\n${lines.join('\n')}\n`)
  }
  if (terminal.isJson) {
    terminal.write(`${asJson(runs.map((run) => runJson(run, 0)))}\n`)
    return
  }
  terminal.write(ending(terminal, runs))
}

/** Where nothing can be taken back from what was printed. */
function printed(terminal: Terminal, run: Run): Run {
  const paint = painter(terminal.hasColor)
  terminal.write(run.pieces.map(({ kind, text }) => paint(kind, text)).join(''))
  for (const event of run.trace)
    if (event.type === 'rollback') terminal.write(`⟲ ${event.hole}: ${event.text} (${event.reason})\n`)
  return run
}

function legend({ hasColor }: Terminal): string {
  if (!hasColor.out) return ''
  const paint = painter(hasColor)
  const words = [
    paint('literal', 'the form'),
    paint('generated', 'written by the model'),
    paint('known', 'known before'),
    `${paint('taken-back', 'taken back')} ⟲`,
  ]
  return `${words.join('   ')}\n`
}

function ending({ hasColor, columns }: Terminal, runs: readonly Run[]): string {
  const { bold } = picocolors.createColors(hasColor.out)
  const lines = (text: string): readonly string[] => wrapped(text, columns)
  const { decoded, uncached } = ledgerSum(runs.map(({ ledger }) => ledger))
  const { reused, restored } = runs.at(-1)!.ledger
  const sum = `All three: ${decoded} tokens decoded, where ${uncached} would have been without a cache.`
  const found = reused + restored
  const why = `The third form found ${found} tokens of the first. What was taken back cost its own tokens only.`
  return `
${[...lines(sum).map(bold), ...lines(why)].join('\n')}

${bold('Next')}
  espalier run FILE.ts --set name=value   a prompt of your own
  espalier explain FILE.ts                what it would cost, before it runs
  espalier --help                         the other commands
`
}

/** Characters shown at once, and how long each such piece stays the last one. */
const pieceLength = 3
const pieceMs = 20

/** The demo model is too fast to watch. */
async function* slowly<V>(events: AsyncIterable<StreamEvent<V>>, signal: AbortSignal) {
  for await (const event of events) {
    if (event.type !== 'token') {
      if (event.type === 'rollback') await wait(40 * pieceMs, undefined, { signal })
      yield event
      continue
    }
    for (let at = 0; at < event.text.length; at += pieceLength) {
      yield { ...event, text: event.text.slice(at, at + pieceLength) }
      await wait(pieceMs, undefined, { signal })
    }
  }
}
