// The programs of docs/*.md run as they stand, against the built package. What a stranger copies is what is judged.
import { type ChildProcess, execFile, execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { root } from '../native/demo.js'

const docs = path.join(root, 'docs')
const project = mkdtempSync(path.join(tmpdir(), 'espalier-recipes-'))

/** Writes a page's blocks to files of their own names, a nameless one to `page.mjs`; returns their folder. */
function unpacked(page: string): string {
  const folder = path.join(project, page)
  mkdirSync(folder)
  const blocks = readFileSync(path.join(docs, `${page}.md`), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)
  for (const [, code = ''] of blocks) {
    const [, name = 'page.mjs'] = code.match(/^\/\/ ([\w.]+)/) ?? []
    writeFileSync(path.join(folder, name), code)
  }
  return folder
}

const run = (folder: string, ...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

beforeAll(() => {
  mkdirSync(path.join(project, 'node_modules'))
  symlinkSync(root, path.join(project, 'node_modules', 'espalier'), 'junction')
  const sdk = path.join('node_modules', '@opentelemetry')
  symlinkSync(path.join(root, sdk), path.join(project, sdk), 'junction')
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

test('every page is linked from the README', () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'))
  expect(pages.filter((name) => !readme.includes(`docs/${name}`))).toEqual([])
})

test('models: the demo model is measured', () => {
  expect(run(unpacked('models'), 'page.mjs')).toContain('fits: true')
})

test('telemetry: a run, its holes and its tokens are told', () => {
  const printed = run(unpacked('telemetry'), 'page.mjs')
  const told = [
    'text_completion espalier-demo',
    'fill mood',
    'fill why',
    'gen_ai.client.token.usage',
    "origin': 'drawn'",
  ]
  expect(told.filter((each) => !printed.includes(each))).toEqual([])
})

test('trace: a page and a file are written, and a page is served and gone', async () => {
  const folder = unpacked('trace')
  expect(run(folder, 'traced.mjs')).toMatch(/urgency/)
  expect(readFileSync(path.join(folder, 'trace.html'), 'utf8')).toContain('The lid is broken.')
  expect(JSON.parse(readFileSync(path.join(folder, 'trace.json'), 'utf8'))).toMatchObject({ version: 1 })
  const { stderr } = await promisify(execFile)(process.execPath, ['watched.mjs'], { cwd: folder })
  await expect(fetch(/http:\S+/.exec(stderr)![0])).rejects.toThrow()
})

test('tools: the program ends with an answer, the script with what its tool said', () => {
  const folder = unpacked('tools')
  expect(run(folder, 'agent.mjs').trim()).not.toBe('')
  expect(run(folder, 'scripted.mjs')).toBe('12:00 Noon.\n')
})

describe('testing', () => {
  let folder: string
  beforeAll(() => {
    folder = unpacked('testing')
  })

  test('the tests for node:test pass', () => {
    const printed = run(folder, '--test', '--test-reporter=tap', 'ticket.test.mjs', 'demo.test.mjs')
    expect(printed).toMatch(/^# pass 6$/m)
    expect(printed).toMatch(/^# fail 0$/m)
  })

  test('the one for jest passes', () => {
    const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')
    const own = ['--rootDir', folder, '--json', '--silent', '--watchman=false', 'mood.test.js']
    // Where the package is installed, and not linked, its path says so, and jest leaves it as it is.
    const transformIgnorePatterns = ['/node_modules/', path.join(root, 'dist')]
    writeFileSync(path.join(folder, 'jest.config.json'), JSON.stringify({ transformIgnorePatterns }))
    expect(JSON.parse(run(folder, jest, ...own))).toMatchObject({ numPassedTests: 1, success: true })
  })
})

test('electron: the model’s process answers, by the port Electron gives it', async () => {
  const folder = unpacked('electron')
  // What utilityProcess has of its own; a forked process has the same by other names.
  const port = `process.parentPort = { postMessage: (message) => process.send(message),
    on: (name, listener) => process.on(name, (data) => listener({ data })) }\n`
  writeFileSync(path.join(folder, 'port.mjs'), port)
  const child = fork(path.join(folder, 'model.mjs'), { execArgv: ['--import', './port.mjs'], cwd: folder })
  const answered = async (data: object) => {
    child.send(data)
    return (await once(child, 'message'))[0]
  }
  const review = 'The room was lovely.'
  expect(await answered({ id: 1, review })).toEqual({ id: 1, values: { label: expect.any(String) } })
  expect(await answered({ id: 2 })).toMatchObject({ id: 2, error: { code: 'INPUT_MISSING' } })
  child.kill()
})

test('workers: an answer and an error come back whole', () => {
  const [values, error] = run(unpacked('workers'), 'main.mjs').trim().split('\n')
  expect(values).toMatch(/^\{ mood: '(good|bad)' \}$/)
  expect(error).toMatch(/^(Prompt|Usage)Error [A-Z_]+$/)
})

describe('server', () => {
  let server: ChildProcess
  let url: string
  beforeAll(async () => {
    server = spawn(process.execPath, ['server.mjs'], {
      cwd: unpacked('server'),
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = (await once(server.stdout!, 'data')) as [Buffer]
    url = `http://localhost:${String(port).trim()}/`
  })
  afterAll(() => server.kill('SIGKILL'))

  test('streams an answer, and says what is missing', async () => {
    const response = await fetch(`${url}?q=Who%20are%20you%3F`)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const events = (await response.text()).trim().split('\n\n')
    expect(events[0]).toMatch(/^event: text\ndata: "/)
    expect(events.at(-1)).toMatch(/^event: done\ndata: \{"reused":/)
    expect((await fetch(url)).status).toBe(400)
    expect((await fetch(`${url}/`)).status).toBe(400)
  })

  test('a client that leaves ends its own run only, and SIGTERM the server', async () => {
    const leaving = new AbortController()
    const left = await fetch(`${url}?q=Tell%20me%20a%20story`, { signal: leaving.signal })
    leaving.abort()
    await expect(left.text()).rejects.toThrow()
    expect((await fetch(`${url}?q=Hello`)).status).toBe(200)
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })
})
