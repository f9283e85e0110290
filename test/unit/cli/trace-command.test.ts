// Goal: `espalier trace` shows what a file has, in every shape that was promised, and refuses what is no trace in one
// line with exit code 2. Method: made traces in files, good and spoilt ones, through the whole command line.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { traceText } from '../../../lib/trace/entry.js'
import { espalier } from '../../support/fake-terminal.js'
import { chat, triage } from '../../support/made-traces.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-trace-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => path.join(folder, name)

function written(name: string, content: string | Buffer): string {
  writeFileSync(at(name), content)
  return at(name)
}

const json = JSON.stringify(triage())
const file = written('triage.json', json)
/** What viewer/ is built to lies in dist/, which a clone may not have. */
const withPage = (): boolean => readFileSync(path.join(process.cwd(), 'dist', 'viewer.html')).length > 0

test('in a pipe: the text without colours, in 80 columns', async () => {
  const { status, out, err } = await espalier(['trace', file])
  expect({ status, out, err }).toEqual({ status: 0, out: traceText(triage()), err: '' })
})

test('on a terminal: colours with a legend, as wide as it is', async () => {
  const { out } = await espalier(['trace', file], { hasColor: true, isLive: true, columns: 120 })
  expect(out).toBe(traceText(triage(), { colors: 'ansi', columns: 120 }))
  expect(out).toContain('Tokens: \x1b[32mcached')
})

test('--json prints the trace as it was read, and nothing a terminal obeys', async () => {
  const evil = written('evil.json', json.replace('You sort', 'You \u009b31m\u202e sort'))
  const { status, out } = await espalier(['trace', evil, '--json'])
  expect(status).toBe(0)
  expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(evil, 'utf8')))
  expect(out.trimEnd()).not.toMatch(/[\u007f-\u009f\u202a-\u202e]/)
})

test.each(['--html', '-o'])('%s writes a page that has the trace, and prints where', async (option) => {
  expect(withPage()).toBe(true)
  const page = at(`page${option}.html`)
  const { status, out, err } = await espalier(['trace', file, option, page])
  expect({ status, out }).toEqual({ status: 0, out: '' })
  expect(err).toMatch(/page.*\.html, \d+ kB: open it in a browser\.\n$/)
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>.*"espalier-trace"/s)
})

test('with a byte order mark, and of a chat', async () => {
  const { status, out } = await espalier(['trace', written('chat.json', `\ufeff${JSON.stringify(chat(2))}`)])
  expect({ status, out }).toEqual({ status: 0, out: traceText(chat(2)) })
})

const spoilt = (change: (trace: Record<string, unknown>) => void): string => {
  const trace = JSON.parse(json)
  change(trace)
  return JSON.stringify(trace)
}
const deep = `${json.slice(0, -1)},"more":${'['.repeat(30_000)}${']'.repeat(30_000)}}`

const made: Readonly<Record<string, string | Buffer>> = {
  'empty.json': '',
  'text.json': 'Hi',
  'page.html': '<!doctype html>',
  'binary.json': Buffer.from([0xff, 0xfe, 0x00]),
  'null.json': 'null',
  'list.json': '[]',
  'other.json': '{"a":1}',
  'half.json': json.slice(0, json.length / 2),
  'newer.json': spoilt((trace) => Object.assign(trace, { version: 2, espalier: '9.0.0' })),
  'no-lines.json': spoilt((trace) => delete trace.lines),
  'bad-line.json': spoilt((trace) => Object.assign((trace.lines as object[])[1]!, { at: '\u001b[2J' })),
  'deep.json': deep,
}

test.each<[string, readonly string[], RegExp]>([
  ['nope.json', [], /nope\.json can't be read: there is no such file; expected a trace that "--trace/],
  ['folder', [], /folder can't be read: it is a folder; expected a trace/],
  ['empty.json', [], /empty\.json is empty; expected a trace/],
  ['text.json', [], /text\.json is no JSON: .*; expected a trace/],
  ['page.html', [], /page\.html is no JSON: .*; expected a trace that "--trace FILE\.json" wrote/],
  ['binary.json', [], /binary\.json is no text in UTF-8/],
  ['null.json', [], /null\.json: The trace can't be read\. It is null; expected an object/],
  ['list.json', [], /list\.json: .* expected "espalier-trace"/],
  ['other.json', [], /other\.json: .* expected "espalier-trace"/],
  ['half.json', [], /half\.json is damaged or breaks off: /],
  ['newer.json', [], /version is 2; this espalier reads 1\. It was written by espalier "9\.0\.0"/],
  ['no-lines.json', [], /lines is undefined; expected a list/],
  ['bad-line.json', [], /lines\[1\]\.at is "\\u001b\[2J"; expected a number/],

  ['deep.json', ['--html', 'deep.html'], /can't be written as JSON/],
  [
    'triage.json',
    ['--html', 'page.txt'],
    /--html is page\.txt; expected a file that ends in \.html or \.htm/,
  ],
  ['triage.json', ['-o', 'folder.html'], /--html is folder\.html; that is a folder/],
  ['triage.json', ['-o', 'no/page.html'], /--html is no\/page\.html; there is no folder/],
  ['triage.html', ['-o', 'triage.html'], /--html is triage\.html, the trace itself; expected another file/],
])('%s %j: exit code 2 and one line', async (name, options, message) => {
  const before = process.cwd()
  process.chdir(folder)
  for (const [one, content] of Object.entries(made)) written(one, content)
  for (const one of ['folder', 'folder.html']) mkdirSync(at(one), { recursive: true })
  written('triage.html', json)
  const { status, out, err } = await espalier(['trace', name, ...options])
  process.chdir(before)
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toMatch(/^espalier: [^\n\u001b]*\n$/)
  expect(err).toMatch(message)
  expect(readFileSync(at('triage.html'), 'utf8')).toBe(json)
})

test('members that a later version adds change nothing, whatever they are called', async () => {
  const trace = JSON.parse(json)
  const names = ['run', 'fill', 'step', 'texts', 'nodes', 'event', 'more']
  const more = Object.fromEntries(names.map((name) => [name, 'later']))
  const lines = trace.lines.map((line: object) => ({ ...more, ...line }))
  const { status, out } = await espalier([
    'trace',
    written('later.json', JSON.stringify({ ...trace, lines })),
  ])
  expect({ status, out }).toEqual({ status: 0, out: traceText(triage()) })
})

test('what never ends is given up', async () => {
  if (process.platform === 'win32') return
  const { status, err } = await espalier(['trace', '/dev/zero'])
  expect({ status, err }).toEqual({
    status: 2,
    err: 'espalier: /dev/zero has more than 268 MB; expected at most 268 MB.\n',
  })
})

test('what is too deep for JSON is refused as JSON, too', async () => {
  const { status, out, err } = await espalier(['trace', written('deep.json', deep), '--json'])
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(JSON.parse(err).error).toMatchObject({ code: 'VALUE_UNSAVABLE' })
})
