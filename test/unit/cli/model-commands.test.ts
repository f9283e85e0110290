// "espalier models" and "espalier pull" as whole lines: what is printed where, for a person, for a program, and for who
// named something that is not there. Over made folders and a hub on this machine.

import os from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import type { Terminal } from '../../../lib/cli/command.js'
import { runLine } from '../../../lib/cli/run-line.js'
import { FakeHub } from '../../support/fake-hub.js'
import { madeHome, modelBytes, put, putHub, putModel, putOllama } from '../../support/model-folders.js'

const hub: { fake?: FakeHub } = {}
let home: string
let remove: () => void
const before = { ...process.env }
beforeAll(async () => {
  hub.fake = await FakeHub.start()
})
afterAll(() => hub.fake!.stop())
beforeEach(() => {
  ;({ home, remove } = madeHome())
  hub.fake!.reset()
  for (const name of Object.keys(process.env))
    if (/^(HF_|XDG_|OLLAMA|LLAMA_|JAN_|HTTPS?_PROXY)/i.test(name)) delete process.env[name]
  process.env.HF_ENDPOINT = hub.fake!.endpoint
  jest.spyOn(os, 'homedir').mockReturnValue(home)
})
afterEach(() => {
  process.env = { ...before }
  jest.restoreAllMocks()
  remove()
})

interface Outcome {
  readonly code: number
  readonly out: string
  readonly notes: readonly string[]
  readonly progress: readonly string[]
}

async function espalier(
  argv: readonly string[],
  { keys = null, signal = new AbortController().signal }: { keys?: string | null; signal?: AbortSignal } = {},
): Promise<Outcome> {
  const input = new PassThrough()
  if (keys !== null) input.end(keys)
  let out = ''
  const notes: string[] = []
  const progress: string[] = []
  const isJson = argv.includes('--json')
  const terminal = {
    input,
    write: (text: string) => {
      out += text
    },
    note: (text: string) => void notes.push(text),
    progress: {
      isShown: true,
      at: (what: string, part?: number) => void progress.push(part === undefined ? what : `${what} ${part}`),
      end: () => undefined,
    },
    isJson,
    hasColor: { out: false, err: false },
    isInteractive: keys !== null,
    isScreen: false,
    isLive: false,
    columns: 80,
  } as Terminal
  const code = await runLine(argv, { terminal, manner: { isJson, isDebug: false, isPlain: true }, signal })
  return { code, out, notes, progress }
}

test('models: a line for each under its folder, and what is broken beside', async () => {
  const studio = path.join(home, '.lmstudio', 'models', 'p', 'r')
  putModel(path.join(studio, 'm-Q4_K_M.gguf'), { architecture: 'qwen3', fileType: 15 })
  putModel(path.join(studio, 'mmproj-m.gguf'), { architecture: 'clip' })
  put(path.join(studio, 'torn.gguf'), '')
  putOllama(path.join(home, '.ollama', 'models'), 'registry.ollama.ai/library/qwen3/4b', {
    facts: { name: 'a', architecture: 'evil\u001b[31m' },
    layers: { adapter: 'x' },
  })
  const { code, out, notes } = await espalier(['models'])
  expect(code).toBe(0)
  expect(out).toContain('LM Studio  ~/.lmstudio/models\n')
  expect(out).toMatch(/^ {2}\d+ B {2}Q4_K_M {2}qwen3 .* lmstudio:p\/r\/m-Q4_K_M\.gguf$/m)
  expect(out).toMatch(/^ {2}\d+ B {2}- .* \+1 adapter {2}ollama:qwen3:4b$/m)
  expect(out).not.toContain('\u001b')
  expect(notes).toEqual(['~/.lmstudio/models/p/r/torn.gguf is empty.'])
})

test('models WORD: those that it stands in, and near names where it stands in none', async () => {
  putHub(path.join(home, '.cache', 'huggingface', 'hub'), 'org/repo', {
    'a-Q8_0.gguf': {},
    'b-Q4_0.gguf': {},
  })
  expect((await espalier(['models', 'q8'])).out).toMatch(/hf:org\/repo\/a-Q8_0\.gguf\n$/)
  const none = await espalier(['models', 'repo q4'])
  expect([none.code, none.out]).toEqual([0, ''])
  expect(none.notes[0]).toMatch(/No model here is called .* near it: hf:org\/repo\/b-Q4_0\.gguf/)
})

test('models --json: all that is known, and one value', async () => {
  putModel(path.join(home, 'jan', 'models', 'm', 'm.gguf'), { name: 'J' })
  const { out, notes } = await espalier(['models', '--json'])
  const { models, folders, notes: said } = JSON.parse(out)
  expect(models).toEqual([
    expect.objectContaining({ reference: 'jan:m/m.gguf', store: 'jan', kind: 'text', name: 'J', also: [] }),
  ])
  expect(folders).toContainEqual({ store: 'jan', path: path.join(home, 'jan', 'models') })
  expect([said, notes]).toEqual([[], []])
})

test('models where there are none: where was looked, and what to type', async () => {
  const { code, out, notes } = await espalier(['models'])
  expect([code, out]).toEqual([0, ''])
  expect(notes[0]).toMatch(/~\/\.cache\/huggingface\/hub, ~\/\.lmstudio\/models/)
  expect(notes[1]).toContain('espalier pull hf:')
})

describe('pull', () => {
  const file = (): string =>
    path.join(home, '.cache', 'huggingface', 'hub', 'models--o--r', 'snapshots', 'c'.repeat(40))
  beforeEach(() => {
    hub.fake!.content.set('o/r/m-Q4_0.gguf', modelBytes({ name: '1' }))
    hub.fake!.content.set('o/r/m-Q8_0.gguf', modelBytes({ name: '2' }))
  })

  test('prints the path; says how to use it beside', async () => {
    const { code, out, notes, progress } = await espalier(['pull', 'hf:o/r:q8_0'])
    expect([code, out]).toEqual([0, `${path.join(file(), 'm-Q8_0.gguf')}\n`])
    expect(notes).toEqual([expect.stringContaining('--model hf:o/r/m-Q8_0.gguf')])
    expect(progress[0]).toBe('asking for o/r')
    expect(progress.at(-1)).toMatch(/^m-Q8_0\.gguf .* 1$/)
    const json = await espalier(['pull', 'hf:o/r:q8_0', '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ reference: 'hf:o/r/m-Q8_0.gguf', path: out.trim() })
    expect(json.notes).toEqual([])
  })

  test('asks a person which one', async () => {
    const { code, out, notes } = await espalier(['pull', 'hf:o/r'], { keys: 'x\n3\n 2 \n' })
    expect([code, out]).toEqual([0, `${path.join(file(), 'm-Q8_0.gguf')}\n`])
    expect(notes.slice(0, 3)).toEqual([
      expect.stringMatching(/^1 +\d+ B {2}m-Q4_0\.gguf$/),
      expect.stringMatching(/^2 +\d+ B {2}m-Q8_0\.gguf$/),
      'Which one? 1 to 2:',
    ])
    expect(notes.filter((note) => note.startsWith('Which one?'))).toHaveLength(3)
  })

  test.each<[string[], string | null, number, string]>([
    [['pull', 'hf:o/r'], null, 2, 'hf:o/r/m-Q4_0.gguf, hf:o/r/m-Q8_0.gguf'],
    [['pull', 'hf:o/r'], '', 2, 'No model was chosen'],
    [['pull', 'o/r'], null, 2, 'expected hf:org/repo/file.gguf'],
    [['pull', 'hf:o/none'], null, 2, 'If it is private'],
    [['pull', 'hf:o/r/m-Q5_0.gguf'], null, 2, 'Near it'],
    [['pull'], null, 2, 'model'],
  ])('%j with the keys %j ends with %d', async (argv, keys, code, said) => {
    const done = await espalier(argv, { keys })
    expect([done.code, done.out]).toEqual([code, ''])
    expect(done.notes.at(-1)).toContain(said)
    expect(done.notes.at(-1)).not.toContain('\n')
  })

  test('interrupted: exit code 130, and what came is kept', async () => {
    const ending = new AbortController()
    hub.fake!.behaviours.push(({ response, content }) => {
      response.writeHead(200, { 'content-length': String(content.length) })
      response.write(content.subarray(0, 50), () =>
        setTimeout(() => ending.abort(new Error('Ended by SIGINT.')), 20),
      )
    })
    const done = await espalier(['pull', 'hf:o/r:Q4_0'], { signal: ending.signal })
    expect([done.code, done.out, done.notes]).toEqual([
      130,
      '',
      ['What came so far is kept; the same line goes on with it.', 'espalier: Ended by SIGINT.'],
    ])
    expect((await espalier(['models'])).notes.join()).toContain('espalier pull goes on with it')
    expect((await espalier(['pull', 'hf:o/r:Q4_0'])).code).toBe(0)
    expect(hub.fake!.ranges.at(-1)).toBe('bytes=50-')
  })
})
