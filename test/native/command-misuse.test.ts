// Goal: whatever is wrong with a line, every command says it in one line with a hint, prints no result, shows no stack
// unless asked for one, and ends with exit code 2. Method: a table over all commands, each line through all of the
// command line, in a folder with files of every wrong kind.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { commands } from '../../lib/cli/commands.js'
import { espalier } from '../support/fake-terminal.js'
import { triage } from '../support/made-traces.js'

const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'espalier-misuse-')))
const before = { directory: process.cwd(), environment: { ...process.env } }

const files: Readonly<Record<string, string | Buffer>> = {
  'triage.ts': `import { input, prompt } from 'espalier'\nexport default prompt\`Ticket: \${input('ticket')}\n\`\n`,
  'plain.ts': "import { prompt } from 'espalier'\nexport default prompt`Hi\n`\n",
  'text.txt': 'Hi\n',
  'empty.json': '',
  'broken.json': '{"a":',
  'list.json': '[]',
  'other.json': '{"record":1}',
  'trace.json': JSON.stringify(triage()),
  'binary.txt': Buffer.from([0xff, 0xfe, 0x00]),
  'tiny.gguf': 'GGUF',
  'qwen.gguf': Buffer.from('GGUF\u0003\0\0\0', 'latin1'),
}

beforeAll(() => {
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content)
  mkdirSync(path.join(folder, 'sub'))
  mkdirSync(path.join(folder, 'sub.html'))
  jest.spyOn(os, 'homedir').mockReturnValue(folder)
  process.chdir(folder)
  // Nobody is there, in case somebody is asked.
  process.env.HF_ENDPOINT = 'http://127.0.0.1:9'
})
afterAll(() => {
  process.chdir(before.directory)
  process.env = before.environment
  rmSync(folder, { recursive: true, force: true })
})

/** Of the commands that load a model, and those that take its name as an argument, too. */
const loading = ['demo', 'run plain.ts', 'explain plain.ts', 'chat', 'inspect', 'bench']
const naming = ['chat', 'inspect', 'bench']
const tracing = ['demo', 'run plain.ts', 'chat']

const each = (lines: readonly string[], rest: string, said: RegExp): [string, RegExp][] =>
  lines.map((line) => [`${line} ${rest}`, said])

const table: readonly [string, RegExp][] = [
  ['nope', /There is no command nope; "espalier --help" lists them/],
  ['--nope', /no option --nope before a command; "espalier --help" lists them/],
  ['help nope', /no command nope/],
  ['chta', /Did you mean chat\?/],
  ...commands.map(({ name }): [string, RegExp] => [
    `${name} --nope`,
    new RegExp(`no option --nope of espalier ${name}; "espalier ${name} --help" lists them`),
  ]),
  ...commands.map(({ name }): [string, RegExp] => [
    `${name} --debug=1`,
    /--debug takes no value; "1" was given/,
  ]),
  ...commands.map(({ name }): [string, RegExp] => [`${name} text.txt b c`, /one too many/]),
  ...commands
    .filter(({ takes }) => takes.startsWith('<'))
    .map(({ name }): [string, RegExp] => [name, /needs <.*>, as in: /]),
  ...commands
    .filter(({ takes }) => takes !== '')
    .map(({ name }): [string, RegExp] => [`${name} ''`, /takes .*, and an empty text was given for /]),
  ...commands.flatMap(({ name, options }) =>
    options.flatMap(({ flags, kind }): [string, RegExp][] => {
      const option = /--[\w-]+/.exec(flags)![0]
      if (kind === 'flag') return [[`${name} ${option}=x`, /takes no value; "x" was given/]]
      const wrong: [string, RegExp][] = [[`${name} ${option}`, new RegExp(`${option} needs a value`)]]
      if (!flags.includes('|')) return wrong
      return [...wrong, [`${name} ${option} x`, new RegExp(`${option} is x; expected .* or `)]]
    }),
  ),
  ...each(loading, '--model nope.gguf', /no model file at .*nope\.gguf\. "espalier models" lists/),
  ...each(loading, '--model qwn.gguf', /no model file at .*qwn\.gguf\. Did you mean qwen\.gguf\?/),
  ...each(loading, '--model sub', /sub is a folder/),
  ...each(loading, '--model text.txt', /text\.txt is not a GGUF file/),
  ...each(loading, '--model tiny.gguf', /tiny\.gguf ends after 4 bytes/),
  ...each(loading, '--model ollama:nope', /Ollama has no model ollama:nope .*To fetch it: ollama pull nope/),
  ...each(loading, '--model hf:org/x', /has no model hf:org\/x .*To fetch it: npx espalier pull hf:org\/x/),
  ...each(loading, '--model hf:x', /named "hf:x"; expected hf:org\/repo/),
  ...each(loading, '--context 1.5', /--context is 1\.5; expected a whole number of 1 or more/),
  ...each(loading, '--threads -2', /--threads is -2; expected a whole number/),
  ...each(naming, 'nope.gguf', /no model file at .*nope\.gguf/),
  ...each(naming, 'qwen.gguf --model tiny.gguf', /--model tiny\.gguf and qwen\.gguf both name a model/),
  ...each(tracing, '--trace a.txt', /--trace is a\.txt; expected a file that ends in \.html or \.json/),
  ...each(tracing, '--trace sub.html', /--trace is sub\.html; that is a folder/),
  ...each(tracing, '--trace no/a.html', /--trace is no\/a\.html; there is no folder/),
  ['run nope.ts', /no file nope\.ts; expected a file that exports a prompt/],
  ['explain text.txt', /text\.txt is no code/],
  ['run triage.ts', /needs the input ticket; add --set ticket=/],
  ['run triage.ts --set ticket=@', /--set ticket reads no file; expected a text file/],
  ['run triage.ts --set ticket=@nope', /--set ticket reads nope, which can't be read: there is no such file/],
  ['run triage.ts --set ticket=@sub', /--set ticket reads sub, which can't be read: it is a folder/],
  ['run triage.ts --set ticket=@binary.txt', /--set ticket reads binary\.txt, which is no text in UTF-8/],
  ['run triage.ts --set ticket:=@broken.json', /--set ticket is no JSON .*; write ticket= instead/],
  ['run plain.ts --temperature hot', /--temperature is hot; expected a number from 0 to 100/],
  ['chat --max 0', /--max is 0; expected a whole number from 1/],
  ['chat --seed -1', /--seed is -1; expected a whole number/],
  ['chat --think --no-think', /--think and --no-think are both there/],
  [
    'chat --system @nope',
    /--system reads nope, which can't be read: there is no such file; expected the text/,
  ],
  ['chat --system @sub', /--system reads sub, which can't be read: it is a folder/],
  ['chat --system @binary.txt', /--system reads binary\.txt, which is no text in UTF-8/],
  [
    'chat --load nope.json',
    /nope\.json can't be read: there is no such file; expected a conversation that \/save/,
  ],
  ['chat --load sub', /sub can't be read: it is a folder; expected a conversation/],
  ['chat --load empty.json', /empty\.json is empty; expected a conversation/],
  ['chat --load text.txt', /text\.txt is no JSON: /],
  ['chat --load broken.json', /broken\.json is damaged or breaks off: /],
  ['chat --load list.json', /list\.json holds an array; expected a conversation that \/save wrote/],
  ['chat --load trace.json', /trace\.json holds an object; expected a conversation that \/save wrote/],
  ['chat --load other.json', /other\.json can't go on: /],
  ['trace text.txt', /text\.txt is no JSON/],
  ['pull org/repo-GGUF', /got "org\/repo-GGUF"; expected hf:org.* Did you mean hf:org\/repo-GGUF\?/],
  ['pull https://huggingface.co/org/repo/blob/main/m.gguf', /That is hf:org\/repo\/m\.gguf/],
  ['pull ollama:qwen3:4b', /got "ollama:qwen3:4b"; expected hf:org/],
  ['pull hf:org', /named "hf:org"; expected hf:org\/repo/],
  ['build --cpu --cuda', /--cpu and --cuda exclude each other/],
  ['build --jobs 0', /--jobs is 0; expected a whole number from 1 to 1024/],
  ['build --define x', /--define is x; expected NAME=VALUE/],
  ['build --code nope', /--code is nope; expected a folder with llama\.cpp's source code/],
  ['build --code text.txt', /--code is text\.txt; expected a folder/],
  ['completion tcsh', /takes bash, zsh, fish or powershell; "tcsh" was given/],
]

const words = (line: string): string[] => line.split(' ').map((word) => (word === "''" ? '' : word))

test.each(table)('espalier %s', async (line, said) => {
  const there = readdirSync(folder)
  const { status, out, err } = await espalier(words(line))
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toMatch(/^espalier: [^\n\u001b]*\n$/)
  expect(err).toMatch(said)
  expect(err).not.toMatch(/\bat .*\.[jt]s:\d+|\bundefined\b|not expected/)
  expect(readdirSync(folder)).toEqual(there)
})

test('every command is in the table, with the same as JSON', async () => {
  for (const { name } of commands) {
    const lines = table.map(([line]) => words(line)).filter(([first]) => first === name)
    expect([name, lines.length > 2]).toEqual([name, true])
    const [line] = lines
    const { status, out, err } = await espalier([...line!, '--json'])
    expect({ status, out }).toEqual({ status: 2, out: '' })
    const { error } = JSON.parse(err)
    expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) })
    expect(error).not.toHaveProperty('stack')
  }
})

test('--debug adds the stack, and nothing else does', async () => {
  const { status, err } = await espalier(['chat', '--load', 'list.json', '--debug'])
  expect(status).toBe(2)
  expect(err).toMatch(/^espalier: list\.json holds an array.*\n.*UsageError.*\n\s+at /)
  expect(existsSync('list.json')).toBe(true)
})
