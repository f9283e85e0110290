// The example of a server over real HTTP, in a process of its own: users at once get what they get alone, who leaves
// ends their own run and nobody else's, bad input and failures are told as typed errors, and the server ends when told.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type EspalierError, errorFrom } from '../../lib/index.js'
import { root } from '../native/demo.js'

interface Told {
  readonly text?: string
  readonly done?: { readonly answer: string }
  readonly error?: unknown
}

interface Server {
  readonly child: ChildProcess
  readonly url: string
  /** What it said of its first requests; waits for that. */
  saidOf(requests: number): Promise<readonly string[]>
}

async function started(): Promise<Server> {
  const child = spawn(process.execPath, [path.join(root, 'examples', 'sse-server.mjs')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout! })
  const [url] = (await once(lines, 'line')) as [string]
  const said: string[] = []
  const more = new EventTarget()
  lines.on('line', (line) => {
    said.push(line)
    more.dispatchEvent(new Event('line'))
  })
  const saidOf = async (requests: number) => {
    while (said.length < requests) await once(more, 'line')
    return said.slice(0, requests)
  }
  return { child, url, saidOf }
}

let server: Server
/** Another one, which answers one after the other. */
let lonely: Server
beforeAll(async () => {
  ;[server, lonely] = await Promise.all([started(), started()])
})
afterAll(() => {
  for (const { child } of [server, lonely]) child.kill('SIGKILL')
})

const post = (body: string, { url } = server, signal: AbortSignal | null = null) =>
  fetch(url, { method: 'POST', body, signal })
const ask = (question: string, seed: number, whom = server, signal: AbortSignal | null = null) =>
  post(JSON.stringify({ question, seed }), whom, signal)

async function eventsOf(response: Response): Promise<readonly Told[]> {
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const frames = (await response.text()).split('\n\n')
  expect(frames.pop()).toBe('')
  return frames.map((frame) => {
    expect(frame).toMatch(/^data: [^\n]+$/)
    return JSON.parse(frame.slice('data: '.length))
  })
}

/** An answer that came whole: its pieces are what the last event has. */
async function answered(response: Response): Promise<string> {
  const events = await eventsOf(response)
  const { answer } = events.at(-1)!.done!
  expect(events.slice(0, -1)).toEqual(events.slice(0, -1).map(() => ({ text: expect.any(String) })))
  expect(
    events
      .slice(0, -1)
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  ).toBe(answer.trimEnd())
  return answer
}

/** Questions whose answers no rounding decides: what is computed side by side may differ in the last bits. */
const questions = [
  'Who are you?',
  'What can you do?',
  'What is the capital of Spain?',
  'What is the capital of Germany?',
  'What is the capital of Greece?',
  'What is the capital of Norway?',
  'What is 12 + 30?',
  'Thank you.',
]

async function leaves(seed: number): Promise<void> {
  const leaving = new AbortController()
  const response = await ask('Tell me a story.', seed, server, leaving.signal)
  const reader = response.body!.getReader()
  expect((await reader.read()).done).toBe(false)
  leaving.abort()
  await expect(reader.read()).rejects.toThrow()
}

test('eight users at once, others leaving in the middle, get what each gets alone', async () => {
  const [crowd] = await Promise.all([
    Promise.all(questions.map(async (question) => answered(await ask(question, 1)))),
    ...[101, 102, 103].map(leaves),
  ])
  const said = await server.saidOf(questions.length + 3)
  expect(said.filter((line) => line === 'answered')).toHaveLength(questions.length)
  // Those that left had their runs ended by that.
  expect(said.filter((line) => line === 'left: AbortError')).toHaveLength(3)
  expect(new Set(crowd).size).toBe(questions.length)
  const alone: string[] = []
  for (const question of questions) alone.push(await answered(await ask(question, 1, lonely)))
  expect(crowd).toEqual(alone)
})

test.each([
  ['no JSON', '{"question": ', 'UsageError', 'BODY_INVALID'],
  ['no body', '', 'UsageError', 'BODY_INVALID'],
  ['null', 'null', 'PromptError', 'INPUT_MISSING'],
  ['no question', '{"seed": 1}', 'PromptError', 'INPUT_MISSING'],
  ['a question that is no text', '{"question": {"text": "Hello!"}}', 'PromptError', 'INPUT_INVALID'],
  ['a seed that is none', '{"question": "Who are you?", "seed": -1}', 'PromptError', 'OPTION_INVALID'],
  [
    'a body that is too long',
    JSON.stringify({ question: 'a'.repeat(100_000) }),
    'UsageError',
    'BODY_INVALID',
  ],
])('%s is refused with the error', async (_what, body, name, code) => {
  const response = await post(body)
  expect(response.status).toBe(400)
  expect(response.headers.get('content-type')).toBe('application/json')
  const error: EspalierError = errorFrom(await response.json())
  expect([error.name, error.code]).toEqual([name, code])
})

test('a question that no context holds is refused, a run that fails on its way ends in an error event', async () => {
  const refused = await ask('a dog '.repeat(900), 1)
  expect(refused.status).toBe(413)
  expect(errorFrom(await refused.json()).code).toBe('CONTEXT_FULL')
  const events = await eventsOf(await ask('a dog '.repeat(674), 1))
  expect(errorFrom(events.at(-1)!.error)).toMatchObject({ name: 'CapacityError', code: 'CONTEXT_FULL' })
  await answered(await ask('Who are you?', 1))
})

test('other ways lead nowhere', async () => {
  expect((await fetch(server.url)).status).toBe(404)
  expect((await fetch(new URL('/other', server.url), { method: 'POST', body: '{}' })).status).toBe(404)
})

test('SIGTERM ends the server once the answers that were begun are whole', async () => {
  const begun = await ask('Tell me a short story about a brave little dog.', 5)
  const ended = once(server.child, 'exit')
  server.child.kill('SIGTERM')
  expect((await answered(begun)).length).toBeGreaterThan(100)
  expect(await ended).toEqual([0, null])
  await expect(ask('Who are you?', 1)).rejects.toThrow()
})
