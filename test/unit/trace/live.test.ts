// The page of a running recording is for whoever has its address, on this machine, and for nobody else; what is told
// comes in order, once, also to a reader who was away; a reader who reads nothing costs nobody anything.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { gen, type Inspector, load, type Model, prompt, type TraceLine } from '../../../lib/index.js'

let model: Model
let live: Inspector
beforeAll(async () => {
  model = await load()
})
afterAll(() => model.dispose())
beforeEach(async () => {
  live = await model.inspect({ bytesMax: 2 ** 17 })
})
afterEach(() => live.close())

const quiet = (): void => undefined
const work = (seed: number) =>
  model.run(prompt`Number ${String(seed)}: ${gen('a', { tokensMax: 4 })}`, {}, { seed, temperature: 1 })

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, ...options }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }))
    })
    asked.on('error', reject).end()
  })
}

/** Reads events until `until` is content with the lines so far, and leaves. */
function read(
  path: string,
  headers: Record<string, string>,
  until: (lines: readonly TraceLine[]) => boolean,
): Promise<{
  readonly lines: readonly TraceLine[]
  readonly id: string
  readonly isReset: boolean
  readonly isOver: boolean
}> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, live.url), { headers, agent: false }, (answer) => {
      let text = ''
      const lines: TraceLine[] = []
      let id = ''
      let isOver = false
      const leave = (isReset: boolean): void => {
        asked.destroy()
        resolve({ lines, id, isReset, isOver })
      }
      answer.on('end', () => leave(false)).on('error', () => leave(false))
      answer.setEncoding('utf8').on('data', (news: string) => {
        text += news
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const event = text.slice(0, end)
          text = text.slice(end + 2)
          if (event.startsWith('event: reset')) return leave(true)
          if (event.startsWith('event: end')) isOver = true
          if (event.startsWith('event:')) continue
          id = /^id: (\d+)/m.exec(event)?.[1] ?? id
          const data = /^data: (.*)$/m.exec(event)?.[1]
          if (data !== undefined) lines.push(...(JSON.parse(data) as TraceLine[]))
        }
        if (until(lines)) leave(false)
      })
    })
    asked.on('error', (error) => (asked.destroyed ? undefined : reject(error))).end()
  })
}

const linesPath = async (): Promise<string> => /\/lines\?[^"]+/.exec((await ask(live.url)).body)![0]
const ended = (lines: readonly TraceLine[]): boolean => lines.some(({ type }) => type === 'end')

test('the page says where its lines are, and is kept by nobody', async () => {
  const { status, headers, body } = await ask(live.url)
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
  })
  expect(body).toMatch(/"\/lines\?token=[\w-]{32}&after=\d+"/)
  expect(new URL(live.url).hostname).toBe('127.0.0.1')
})

test('lines come as they are told, once each, and go on where a reader was', async () => {
  const path = await linesPath()
  const before = live.recording.trace.lines.length
  const reading = read(path, {}, ended)
  await work(1)
  const first = await reading
  expect(first.lines).toEqual(live.recording.trace.lines.slice(before, before + first.lines.length))
  await work(2)
  const second = await read(path, { 'last-event-id': first.id }, ended)
  const seen = before + first.lines.length
  expect(second.lines).toEqual(live.recording.trace.lines.slice(seen, seen + second.lines.length))
})

test('a reader who was away too long is told to begin anew', async () => {
  const path = await linesPath()
  for (let seed = 0; seed < 60; seed += 1) await work(seed)
  expect(live.recording.trace.dropped).toBeGreaterThan(0)
  expect((await read(path, {}, () => false)).isReset).toBe(true)
  expect((await read(`${path}9999999`, {}, () => false)).isReset).toBe(true)
})

const wrong: readonly (readonly [string, (url: URL) => Parameters<typeof ask>, number])[] = [
  ['no token', (url) => [url.origin], 403],
  ['another token', (url) => [`${url.origin}/?token=${'A'.repeat(32)}`], 403],
  ['an empty token', (url) => [`${url.origin}/?token=`], 403],
  ['another path', (url) => [`${url.origin}/etc/passwd${url.search}`], 404],
  ['a POST', (url) => [url.href, { method: 'POST' }], 405],
  ['another host, as a rebound name has', (url) => [url.href, { headers: { host: 'evil.test' } }], 403],
  ['this host at another port', (url) => [url.href, { headers: { host: '127.0.0.1:1' } }], 403],
  ['a page of another origin', (url) => [url.href, { headers: { origin: 'https://evil.test' } }], 403],
  ['no origin at all', (url) => [url.href, { headers: { origin: 'null' } }], 403],
  ['a link on another site', (url) => [url.href, { headers: { 'sec-fetch-site': 'cross-site' } }], 403],
  ['a page of the same site', (url) => [url.href, { headers: { 'sec-fetch-site': 'same-site' } }], 403],
]

test.each(wrong)('%s is refused', async (_, asked, status) => {
  const answer = await ask(...asked(new URL(live.url)))
  expect([answer.status, answer.body]).toEqual([status, `${status}\n`])
})

test('what is no request is answered, and others go on', async () => {
  const { port } = new URL(live.url)
  for (const text of [
    'GET http://evil.test/ HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET //// HTTP/1.1\r\nHost: x\r\n\r\n',
    '\0',
  ]) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.end(text)
    await new Promise((resolve) => socket.on('close', resolve).on('error', resolve).resume())
  }
  expect((await ask(live.url)).status).toBe(200)
})

test('a reader who reads nothing holds up no run', async () => {
  const { port } = new URL(live.url)
  const path = await linesPath()
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  socket.pause()
  for (let seed = 100; seed < 130; seed += 1) await work(seed)
  expect((await ask(live.url)).status).toBe(200)
  socket.destroy()
})

test('closing ends readers and the recording, twice as well as once', async () => {
  const path = await linesPath()
  const reading = read(path, {}, () => false)
  const other = read(path, {}, ended)
  await work(1)
  await other
  await work(2)
  const port = Number(new URL(live.url).port)
  await work(2)
  await Promise.all([live.close(), live.close()])
  await expect(ask(live.url)).rejects.toThrow(/ECONNREFUSED/)
  const { lines } = live.recording.trace
  await work(3)
  expect(live.recording.trace.lines).toHaveLength(lines.length)
  // What was still to be told when it ended was told.
  const told = await reading
  expect([told.isReset, told.isOver, told.lines.at(-1)]).toEqual([false, true, lines.at(-1)])
  const again = await model.inspect({ port })
  await expect(model.inspect({ port })).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' })
  await again.close()
})

const misuse: readonly (readonly [string, unknown, string])[] = [
  ...[-1, 65536, 1.5, '80', null, Number.NaN].map(
    (port) => [`port ${port}`, { port }, 'OPTION_INVALID'] as const,
  ),
  ['another option', { host: '0.0.0.0' }, 'OPTION_UNKNOWN'],
  ['alternatives', { alternatives: 21 }, 'OPTION_INVALID'],
  ['no options', 80, 'ARGUMENT_INVALID'],
]

test.each(misuse)('%s of inspect() is refused', async (_, options, code) => {
  await expect(model.inspect(options as object)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('inspect()'),
  })
})

test('model.inspect() serves the page of its recording, until the model goes', async () => {
  const own = await load()
  const { url, recording } = await own.inspect({ alternatives: 0 })
  await own.run(prompt`Say: ${gen('a', { tokensMax: 2 })}`)
  const { body } = await ask(url)
  expect(body).toContain("connect-src 'self'")
  expect(body).toContain(
    `/lines?token=${new URL(url).searchParams.get('token')}&after=${recording.trace.lines.length}`,
  )
  const ending = expect(own.inspect()).rejects.toMatchObject({ code: 'CLOSED' })
  await own.dispose()
  await expect(ask(url)).rejects.toThrow(/ECONNREFUSED/)
  await ending
  await expect(own.inspect()).rejects.toMatchObject({ code: 'CLOSED' })
})

describe('a process that shows a page', () => {
  const built = pathToFileURL(path.resolve('dist/index.js')).href
  /** Lines it prints, one after the other; `ends`: its code and what it wrote to stderr. */
  function child(code: string) {
    const source = `import { load } from ${JSON.stringify(built)}\n${code}`
    const process_ = spawn(process.execPath, ['--input-type=module', '-e', source])
    let errors = ''
    process_.stderr.on('data', (news) => {
      errors += String(news)
    })
    const ends = once(process_, 'close').then(([status]) => [status as number, errors] as const)
    const lines = createInterface(process_.stdout)[Symbol.asyncIterator]()
    const line = async (): Promise<string> => String((await lines.next()).value)
    return { line, ends, say: (text: string) => process_.stdin.end(text) }
  }

  test('ends when it has no more to do, though readers are there', async () => {
    const { line, ends, say } = child(`
      const model = await load()
      console.log((await model.inspect()).url)
      process.stdin.resume()`)
    const url = new URL(await line())
    const readers = ['/', '/lines', '/lines'].map((place) => {
      const asked = request(new URL(`${place}${url.search}`, url), { agent: new Agent({ keepAlive: true }) })
      asked.on('error', quiet).end()
      return once(asked, 'response').then(([answer]) =>
        (answer as IncomingMessage).on('error', quiet).resume(),
      )
    })
    await Promise.all(readers)
    say('')
    expect(await ends).toEqual([0, ''])
  })
})
