// Goal: a trace as text says what happened, is harmless, and stays within its bounds, with colours and without. Method:
// made traces of known programs, a real recording, and one far too large.
import { gen, load, prompt, select } from '../../../lib/index.js'
import { traceHTML } from '../../../lib/trace/page.js'
import { type TraceTextOptions, traceText } from '../../../lib/trace/text.js'
import type { Trace } from '../../../lib/trace/trace.js'
import { chat, fanOut, large, treeOfThought, triage } from '../../support/made-traces.js'

const plain = (text: string) => text.replace(/\x1b\[[\d;]*m/g, '')
const widest = (text: string) =>
  Math.max(
    ...plain(text)
      .split('\n')
      .map((line) => [...line].length),
  )

test('a triage: the text, what was given up in its place and why, holes, choices, costs, steps, the tree', () => {
  const told = traceText(triage(), { columns: 100 })
  const order = [
    'Run 1  done',
    'You sort the tickets of a shop.',
    '<script>alert("pwned")</script>',
    'Category: ⟨billing⟩',
    '[given up: "low" (a customer who was charged twice is never low)]',
    '[given up: "normal" (nobody answered: it has waited too long)]',
    'Reply: ⟨We are sorry',
    'hole ',
    'priority ',
    'choice of category',
    'without a cache',
    'Steps',
    'rows',
    'Tree of cached tokens',
  ]
  const joined = told.replaceAll('\n', '')
  let at = 0
  for (const part of order) {
    const found = joined.indexOf(part, at)
    expect([part, found >= 0]).toEqual([part, true])
    at = found
  }
})

test.each<[string, () => Trace]>([
  ['triage', triage],
  ['a tree of thought', treeOfThought],
  ['a fan-out', fanOut],
  ['a chat', chat],
])('colours add nothing but colours, brackets and a legend: %s', (_, make) => {
  const trace = make()
  const bare = traceText(trace)
  const colored = traceText(trace, { colors: 'ansi' })
  expect(bare).not.toContain('\x1b')
  expect(colored).toMatch(/\x1b\[1;33m/)
  const words = (text: string) =>
    plain(text)
      .replace(/^(What the model wrote|Tokens:).*$/m, '')
      .replace(/[⟨⟩\s]/g, '')
  expect(words(colored)).toBe(words(bare))
})

test.each<[string, () => Trace]>([
  ['triage', triage],
  ['a tree of thought', treeOfThought],
  ['a fan-out', fanOut],
  ['a chat', () => chat(8)],
  ['a large one', () => large(5000, 96)],
])('no line is longer than a terminal of 80 columns or more: %s', (_, make) => {
  const trace = make()
  for (const columns of [80, 100, 120, 200]) {
    expect(widest(traceText(trace, { columns }))).toBeLessThanOrEqual(columns)
    expect(widest(traceText(trace, { columns, colors: 'ansi' }))).toBeLessThanOrEqual(columns)
  }
})

test('a turn of a chat tells what is new, and where it goes on from', () => {
  const told = traceText(chat(3))
  expect(told).toMatch(/Run 2 {2}done.*goes on from run 1\n\.\.\. behind \d+ characters shown before/)
  expect(told.length).toBeLessThan(3 * traceText(chat(1)).length)
})

test('a large trace takes a bounded number of lines, and bounded time', () => {
  const told = traceText(large(), { columns: 120 })
  expect(told.split('\n').length).toBeLessThan(3000)
  expect(told).toMatch(/\.\.\. \d+ texts more|\.\.\. [\d,]+ characters \.\.\./)
  expect(told).toMatch(/\.\.\. (of )?\d+ (more|nodes)/)
})

test('what a text or a name holds commands no terminal', () => {
  const evil = '\x1b[2J\x9b1m\u202e'
  const spoilt = (_: string, value: unknown) =>
    typeof value === 'string' && /[ :.]/.test(value) ? `${value}${evil}` : value
  const trace = JSON.parse(JSON.stringify(triage()), spoilt) as Trace
  const told = traceText(trace)
  expect(told).toContain('␛[2J')
  expect(told).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/)
})

test('a real recording: probabilities, distortion, ends, a failed run', async () => {
  const model = await load()
  const recording = model.record()
  const form = prompt`Mood: ${select('mood', ['good', 'bad'])}\nWhy: ${gen('why', { tokensMax: 4 })}`
  const run = await model.run(form)
  await model.run(prompt`A: ${gen('a', { check: () => 'never', retries: 1, tokensMax: 2 })}`).catch(() => 0)
  const told = traceText(JSON.parse(JSON.stringify(recording.stop())))
  await model.dispose()
  expect(told).toContain(`Mood: ⟨${run.values.mood}⟩`)
  expect(told).toMatch(/why +4 +0 +0\.\d\d +0\.\d\d +-?\d\.\d\d +0 +limit +any text/)
  expect(told).toMatch(/Run 2 {2}failed.*\nATTEMPTS_SPENT: .*\n? *.*never/)
  expect(told.match(/given up: "/g)).toHaveLength(2)
  expect(told).toContain(`${run.ledger.decoded} decoded`)
})

test('an empty trace', () => {
  const { lines: _, ...rest } = triage()
  expect(traceText({ ...rest, lines: [] })).toContain('0 runs, 0 steps')
})

test.each([
  ['nothing', undefined, undefined, 'TRACE_INVALID', 'expected an object'],
  ['another object', {}, undefined, 'TRACE_INVALID', 'expected "espalier-trace"'],
  ['a text', JSON.stringify(triage()), undefined, 'TRACE_INVALID', 'Read a text with JSON.parse first.'],
  ['a recording', { stop: () => triage(), trace: triage() }, undefined, 'TRACE_INVALID', 'recording.trace'],
  ['another option', triage(), { colour: true }, 'OPTION_UNKNOWN', 'expected colors, columns'],
  ['another colour', triage(), { colors: true }, 'OPTION_INVALID', "expected 'none' or 'ansi'"],
  ['columns that are none', triage(), { columns: '80' }, 'OPTION_INVALID', 'expected a number from 1 on'],
  ['no options', triage(), null, 'ARGUMENT_INVALID', 'expected an object of options'],
])('%s is refused', (_, trace, options, code, message) => {
  const refused = expect.objectContaining({ code, message: expect.stringContaining(message) })
  expect(() => traceText(trace as Trace, options as TraceTextOptions)).toThrow(refused)
  if (code === 'TRACE_INVALID') expect(() => traceHTML(trace as Trace)).toThrow(refused)
})
