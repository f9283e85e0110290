// "espalier run" and "explain" on files as people write them: what they print, and that everything wrong with a file,
// an option or an input is one line that names it, with exit code 2 and no stack.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Ended } from '../../lib/cli/run-line.js'
import { espalier, type FakeOptions } from '../support/fake-terminal.js'

// Outside of any project: "espalier" resolves to the command's own package all the same.
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'espalier-run-')))
const before = process.cwd()
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

const files: Record<string, string> = {
  'triage.ts': `import { gen, input, prompt, select } from 'espalier'
import { moods } from './moods'
enum End { Full = '.' }
export default prompt\`Ticket: \${input('ticket')}
Mood: \${select('mood', moods)}
Name: \${gen('name', { tokensMax: 4 })}\${End.Full}
\`
export const notes = ['a']
export const short = prompt\`Hi \${gen('name', { tokensMax: 2 })}.\`
`,
  'moods.ts': `export type Mood = 'good' | 'bad'\nexport const moods: Mood[] = ['good', 'bad']\n`,
  'function.mts': `import { gen, prompt } from 'espalier'
export default async ({ ticket, tone = 'kind, {really}' }: { ticket: string; tone?: string }) =>
  prompt\`A \${tone} ticket: \${ticket}. \${gen('next', { tokensMax: 2 })}\`
export const asks = (given: Record<string, string>) => prompt\`\${'tone' in given ? given.tone : 'no tone'}\`
`,
  'common.cjs': `const { prompt, gen } = require('espalier')
module.exports = prompt\`Hi \${gen('name', { tokensMax: 2 })}.\`
`,
  'module.mjs': `import { prompt, PromptError } from 'espalier'
import { loadVocab } from 'espalier/constraint'
const text = await Promise.resolve('later')
export default prompt\`\${text} \${typeof loadVocab} \${PromptError.name}\`
`,
  'number.js': `import { integer, prompt } from 'espalier'\nexport default prompt\`Age: \${integer('age')}.\`\n`,
  'syntax.ts': `import { prompt } from 'espalier'\n\nconst a: = 3\nexport default prompt\`x\`\n`,
  'throws.ts': `import { gen, prompt } from 'espalier'\n\nexport default prompt\`\${gen('a', { tokensMax: -1 })}\`\n`,
  'type-error.ts': `interface A { b: string }\n\nconst a = undefined as unknown as A\nexport default a.b\n`,
  'no-name.ts': `import { nonsense } from 'espalier'\nexport default nonsense('x')\n`,
  'no-module.ts': `import { prompt } from 'espalier'\nimport x from './nope'\nexport default prompt\`\${x}\`\n`,
  'no-package.ts': `import { prompt } from 'espalier'

import x from '@no/such-package/deep'
export default prompt\`\${x}\`
`,
  'no-package-inside.ts': `export { default } from './no-package'\n`,
  'no-default.ts': `import { prompt } from 'espalier'\nexport const first = prompt\`a\`, second = prompt\`b\`\n`,
  'no-prompt.ts': `export default { kind: 'nothing' }\n`,
  'gives-nothing.ts': `export default () => 'text'\n`,
  'function-throws.ts': `export default () => {\n  throw new RangeError('too hot')\n}\n`,
  'throws-text.ts': `throw 'text\\nin lines'\n`,
  'check-throws.ts': `import { gen, prompt } from 'espalier'
export default prompt\`x \${gen('a', {
  tokensMax: 2,
  check() {
    throw new TypeError('no check today')
  },
})}\`
`,
  'page.html': '<p>',
  'ticket.txt': 'The lid is broken.\n',
  'binary.bin': '',
}

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  writeFileSync(path.join(folder, 'binary.bin'), Buffer.from([0xff, 0xfe, 0x00]))
  mkdirSync(path.join(folder, 'sub'))
  process.chdir(folder)
})

const said = 'Ticket: The lid is broken.\nMood: '

test('a TypeScript file outside of any project runs as it stands, on a text out of a file', async () => {
  const { status, out, err } = await espalier(['run', 'triage.ts', '--set', 'ticket=@ticket.txt'])
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out).toMatch(/^Ticket: The lid is broken\.\nMood: (good|bad)\nName: .*\.\n$/s)
})

test('into a pipe goes the text as it is, on a screen nothing a terminal obeys', async () => {
  const line = ['run', 'triage.ts', '--set', 'ticket=a\r\u001b[2Jb\u202e']
  expect((await espalier(line)).out).toContain('Ticket: a\r\u001b[2Jb\u202e\n')
  expect((await espalier(line, { isLive: true })).out).toContain('Ticket: a␍␛[2Jb<202E>\n')
})

test('--json prints one object with values, text, ends, ledger and seed', async () => {
  const line = ['run', 'triage.ts', '--set', 'ticket=@-', '--seed', '7', '--temperature', '1', '--json']
  const { status, out, err } = await espalier(line, { stdin: 'The lid is broken.\r\n' })
  expect({ status, err }).toEqual({ status: 0, err: '' })
  const run = JSON.parse(out)
  expect(run).toMatchObject({ seed: 7, values: { mood: expect.any(String), name: expect.any(String) } })
  expect(run.text.startsWith(said)).toBe(true)
  expect(Object.keys(run.ends)).toEqual(['mood', 'name'])
  expect(run.ledger.decoded).toBeGreaterThan(0)
  expect((await espalier(line, { stdin: 'The lid is broken.' })).out).toContain(JSON.stringify(run.values))
})

test.each<[string[], string]>([
  [['function.mts', '--set', 'ticket=@@lid'], 'A kind, {really} ticket: @lid. '],
  [['function.mts', '--set', 'ticket=a=b', '--set', 'tone=sad'], 'A sad ticket: a=b. '],
  [['function.mts', '--export', 'asks'], 'no tone\n'],
  [['function.mts', '--export', 'asks', '--set', 'tone=loud'], 'loud\n'],
  [['common.cjs'], 'Hi '],
  [['module.mjs'], 'later function PromptError\n'],
  [['number.js', '--set', 'age:=36'], 'Age: 36.\n'],
  [['triage.ts', '--export', 'short', '--set', 'name=Ada'], 'Hi Ada.\n'],
])('run %j prints a text that begins with %j', async (argv, text) => {
  const { status, out, err } = await espalier(['run', ...argv])
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out.startsWith(text)).toBe(true)
})

const triage = ['run', 'triage.ts', '--set', 'ticket=a']

test.each<[string[], RegExp]>([
  [['rum', 'triage.ts'], /no command rum; .* Did you mean run\?/],
  [['triage.ts'], /no command triage\.ts; .* Did you mean espalier run triage\.ts\?/],
  [['run'], /espalier run needs <file>, as in: espalier run /],
  [['run', 'triage.ts', 'ticket.txt'], /"ticket\.txt" is one too many/],
  [['run', 'triag.ts'], /no file triag\.ts; .* Did you mean triage\.ts\?/],
  [['run', 'sub'], /sub is a folder; expected a file that exports a prompt/],
  [['run', 'page.html'], /page\.html is no code; expected/],
  [['run', 'triage.ts'], /triage\.ts needs the input ticket; add --set ticket=\.\.\./],
  [['explain', 'triage.ts'], /triage\.ts needs the input ticket/],
  [['run', 'function.mts'], /function\.mts needs the input ticket/],
  [['run', 'function.mts', '--set', 'ticket=a', '--set', 'tune=b'], /gives tune, .* Did you mean tone\?/],
  [[...triage, '--set', 'name=x', '--set', 'nam=y'], /given nam; .* Did you mean name\?/],
  [[...triage, '--set', 'ticket=b'], /--set gives ticket twice/],
  [['run', 'triage.ts', '--set', 'ticket'], /--set is ticket; expected name=text/],
  [['run', 'triage.ts', '--set', '=x'], /--set is =x; expected name=text/],
  [
    ['run', 'triage.ts', '--set', 'ticket=@nope.txt'],
    /--set ticket reads nope\.txt, .*: there is no such file/,
  ],
  [['run', 'triage.ts', '--set', 'ticket=@sub'], /--set ticket reads sub, .*: it is a folder/],
  [['run', 'triage.ts', '--set', 'ticket=@binary.bin'], /binary\.bin, which is no text in UTF-8/],
  [['run', 'triage.ts', '--set', 'ticket:={a'], /--set ticket is no JSON .*; write ticket= instead/],
  [['run', 'number.js', '--set', 'age=old'], /age is "old"|hole age/],
  [[...triage, '--export', 'shirt'], /triage\.ts has no export shirt; .* add --export short/],
  [[...triage, '--export', 'notes'], /triage\.ts has an array as its export notes/],
  [['run', 'syntax.ts'], /syntax\.ts:3: it can't be read as code/],
  [['run', 'throws.ts'], /throws\.ts:3: tokensMax of hole a is -1/],
  [['run', 'type-error.ts'], /type-error\.ts:4: TypeError: Cannot read properties of undefined/],
  [['run', 'no-name.ts'], /no-name\.ts:2: TypeError: nonsense is not a function/],
  [['run', 'no-module.ts'], /no-module\.ts:2: the import "\.\/nope" is not found; there is no such file/],
  [
    ['run', 'no-package.ts'],
    /no-package\.ts:3: the import .*; install it there: npm install @no\/such-package$/,
  ],
  [['run', 'no-package-inside.ts'], /no-package\.ts:3: the import/],
  [
    ['run', 'no-default.ts'],
    /no-default\.ts has no default export; .* exports first, second: add --export first/,
  ],
  [['run', 'no-prompt.ts'], /no-prompt\.ts has an object as its default export; expected a prompt/],
  [['run', 'gives-nothing.ts'], /The function of gives-nothing\.ts gave "text"; expected a prompt/],
  [['run', 'function-throws.ts'], /function-throws\.ts:2: RangeError: too hot/],
  [['run', 'throws-text.ts'], /throws-text\.ts: it threw text in lines/],
  [['run', 'check-throws.ts'], /check-throws\.ts:5: TypeError: no check today/],
  [[...triage, '--seed', 'x'], /--seed is x; expected a whole number of 0 or more/],
  [[...triage, '--temperature', '101'], /--temperature is 101; expected a number from 0 to 100/],
  [[...triage, '--seeds', '1'], /no option --seeds of espalier run; .* Did you mean --seed\?/],
  [[...triage, '--seed'], /--seed needs a value/],
  [[...triage, '--gpu', 'cud'], /--gpu is cud; expected auto, .* Did you mean cuda\?/],
  [[...triage, '--context', '0'], /--context is 0; expected a whole number of 1 or more/],
  [[...triage, '--threads', '99999'], /threads is 99999; expected at most/],
  [[...triage, '--model', 'nope.gguf'], /no model file at .*nope\.gguf/],
  [[...triage, '--model', 'ticket.txt'], /ticket\.txt is not a GGUF file/],
  [[...triage, '--model', 'sub'], /sub is a folder/],
  [
    [...triage, '--trace', 'trace.xml'],
    /--trace is trace\.xml; expected a file that ends in \.html or \.json/,
  ],
  [[...triage, '--trace', 'no/trace.json'], /--trace is no\/trace\.json; there is no folder/],
  [['completion', 'tcsh'], /takes bash, zsh, fish or powershell; "tcsh" was given/],
])('%j: exit code 2, one line that says what is wrong, no stack', async (argv, message) => {
  const { status, out, err } = await espalier(argv)
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toMatch(/^espalier: .*\n$/)
  expect(err.trim()).toMatch(message)
})

test('an error as JSON has its code, and a stack with --debug only', async () => {
  const { status, out, err } = await espalier(['run', 'throws.ts', '--json'])
  expect({ status, out }).toEqual({ status: 2, out: '' })
  const { error } = JSON.parse(err)
  expect(error).toMatchObject({
    name: 'UsageError',
    code: 'PROMPT_FILE_FAILED',
    cause: { code: 'OPTION_INVALID' },
  })
  expect(error).not.toHaveProperty('stack')
  const { error: told } = JSON.parse((await espalier(['run', 'throws.ts', '--json', '--debug'])).err)
  expect(told.stack).toMatch(/throws\.ts:3/)
  const plain = await espalier(['run', 'throws.ts', '--debug'])
  expect(plain.err).toMatch(/^espalier: throws\.ts:3: .*\n[\s\S]*throws\.ts:3:/)
})

test('work that fails is exit code 1: the text does not fit', async () => {
  const argv = ['run', 'triage.ts', '--set', `ticket=${'word '.repeat(4000)}`, '--context', '256']
  const { status, out, err } = await espalier(argv)
  expect({ status, out }).toEqual({ status: 1, out: '' })
  expect(err).toMatch(/^espalier: .*\n$/)
})

test('an interrupt is exit code 130, told as such', async () => {
  const ended = new AbortController()
  ended.abort(new Ended('interrupted', 'Ended by SIGINT.'))
  const { status, err } = await espalier(triage, { signal: ended.signal })
  expect({ status, err }).toEqual({ status: 130, err: 'espalier: Ended by SIGINT.\n' })
})

test('explain says of a template whose values are known what the run then computes', async () => {
  const argv = ['triage.ts', '--set', 'ticket=a', '--set', 'name=Ada', '--set', 'mood=good', '--json']
  const told = JSON.parse((await espalier(['explain', ...argv])).out)
  const { ledger } = JSON.parse((await espalier(['run', ...argv])).out)
  expect(told.tokens.drawnMax).toBe(0)
  expect(told.tokens.prefilled).toBe(ledger.prefilled)
  expect(told.tokens.prefilled).toBeGreaterThan(0)
})

test('explain shows a row for each part, the sum, and whether it fits', async () => {
  const { status, out, err } = await espalier(['explain', 'triage.ts', '--set', 'ticket=a'], { columns: 100 })
  expect({ status, err }).toEqual({ status: 0, err: '' })
  const rows = out.split('\n').map((line) =>
    line
      .split(/\s{2,}/)
      .slice(0, 2)
      .join(' '),
  )
  expect(rows.slice(0, 9)).toEqual(expect.arrayContaining(['input ticket', 'hole mood', 'hole name']))
  expect(out).toMatch(/\nall .*\n\nIt fits: a transcript of \d+ to \d+ tokens, \d+ of context\.\n/)
  for (const line of out.split('\n').slice(0, 9)) expect(line.length).toBeLessThanOrEqual(100)
})

test('--trace writes the trace of the run', async () => {
  const { status } = await espalier([...triage, '--trace', 'trace.json'])
  expect(status).toBe(0)
  const trace = JSON.parse(readFileSync('trace.json', 'utf8'))
  expect(trace).toMatchObject({ format: 'espalier-trace' })
  const types = trace.lines.map(({ type }: { type: string }) => type)
  expect(types).toEqual(expect.arrayContaining(['run', 'fill', 'step', 'end']))
})

test.each<[string, string[], FakeOptions]>([
  ['run', triage, {}],
  ['demo', ['demo'], {}],
  ['chat', ['chat', '--max', '4'], { stdin: 'Hi\nAnd?\n' }],
])(
  '%s --trace writes a page by the file\'s ending, and what "espalier trace" reads',
  async (name, line, how) => {
    for (const ending of ['html', 'json', 'HTML']) {
      const { status, err } = await espalier([...line, '--trace', `${name}.${ending}`], how)
      expect({ status, err }).toEqual({ status: 0, err: '' })
    }
    for (const ending of ['html', 'HTML'])
      expect(readFileSync(`${name}.${ending}`, 'utf8')).toMatch(/^<!doctype html>.*"espalier-trace"/s)
    const { status, out } = await espalier(['trace', `${name}.json`])
    expect(status).toBe(0)
    expect(out).toMatch(/^Run 1 {2}done in /m)
    if (name !== 'run') expect(out).toMatch(/^Run 2 {2}done in /m)
  },
)

test('a run that fails leaves its trace, and is told as before', async () => {
  const { status, err } = await espalier(['run', 'check-throws.ts', '--trace', 'failed.json'])
  expect(status).toBe(2)
  expect(err).toMatch(/^espalier: check-throws\.ts:5: TypeError: no check today\n$/)
  expect((await espalier(['trace', 'failed.json'])).out).toMatch(/^Run 1 {2}failed in /m)
})

test('on a terminal a person is told where the trace is, and a long value is cut', async () => {
  const long = 'word '.repeat(100)
  const line = [...triage, '--set', `name=${long}`, '--trace', 'told.json']
  const { status, err } = await espalier(line, { isLive: true })
  expect(status).toBe(0)
  expect(err).toContain('What happened is in told.json; "espalier trace told.json" shows it.\n')
  expect(err).toMatch(/name {2}"word [^\n]{200,240}\.\.\. \(\d+ characters; --json prints all\)\n/)
})
