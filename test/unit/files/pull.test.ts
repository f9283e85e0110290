// A pull against a hub on this machine that drops connections and asks to wait. Judges by the file in the cache, what
// was asked of whom, and what is kept of a pull that ended early.

import { existsSync, readdirSync, readFileSync, realpathSync, utimesSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { findModels } from '../../../lib/files/find.js'
import type { PullProgress } from '../../../lib/files/hub/telling.js'
import { modelPath } from '../../../lib/files/locate.js'
import { type Behaviour, headCommit, sha256, token } from '../../support/fake-hub.js'
import { machineAt, put } from '../../support/model-folders.js'
import {
  answer,
  blobs,
  cache,
  dropAfter,
  failure,
  folder,
  home,
  hub,
  model,
  name,
  pull,
  put1,
  told,
  waits,
} from '../../support/pulling.js'

test('a file comes into the cache as the tools of the hub lay it out, and is found and opened there', async () => {
  const content = put1('model-Q4_K_M.gguf')
  const pulled = await pull('hf:org/repo-GGUF/model-Q4_K_M.gguf', { environment: { HF_TOKEN: token } })
  expect(pulled).toEqual({
    reference: 'hf:org/repo-GGUF/model-Q4_K_M.gguf',
    path: path.join(folder(), 'snapshots', headCommit, 'model-Q4_K_M.gguf'),
    bytes: content.length,
    commit: headCommit,
  })
  expect(readFileSync(pulled.path).equals(content)).toBe(true)
  expect(realpathSync(pulled.path)).toBe(realpathSync(path.join(folder(), 'blobs', sha256(content))))
  expect(readFileSync(path.join(folder(), 'refs', 'main'), 'utf8')).toBe(headCommit)
  expect(blobs()).toEqual([sha256(content)])
  const { files, notes } = await findModels(machineAt(home))
  expect([files.map(({ reference }) => reference), notes]).toEqual([[pulled.reference], []])
  expect(await modelPath('hf:org/repo-GGUF:q4_k_m', machineAt(home))).toBe(pulled.path)
  expect(told.at(-1)).toMatchObject({ bytes: content.length, bytesTotal: content.length, why: null })
})

test('the token goes to the hub and to nobody it sends us on to', async () => {
  put1('m.gguf')
  const back: Behaviour = ({ response }) =>
    void response.writeHead(302, { location: `${hub.endpoint}/${name}/resolve/${headCommit}/m.gguf` }).end()
  hub.behaviours.push(back)
  await pull('hf:org/repo-GGUF/m.gguf', { environment: { HF_TOKEN: token } })
  const sent = hub.asked.map(({ host, headers }) => `${host} ${headers.authorization ?? 'none'}`)
  expect(sent).toEqual([
    `hub Bearer ${token}`,
    `hub Bearer ${token}`,
    `hub Bearer ${token}`,
    'other none',
    'hub none',
    'other none',
  ])
})

test.each([
  ['HF_TOKEN', { HF_TOKEN: ` ${token}\n` }, {}],
  ['the older name', { HUGGING_FACE_HUB_TOKEN: token }, {}],
  ['the file of "hf auth login"', {}, { '.cache/huggingface/token': `${token}\n` }],
  ['a file of another name', { HF_TOKEN_PATH: 'HOME/elsewhere' }, { elsewhere: token }],
])('the token is read from %s', async (_, environment: Record<string, string>, files) => {
  put1('m.gguf')
  for (const [file, text] of Object.entries(files)) put(path.join(home, file), text as string)
  const at = Object.entries(environment).map(([key, value]) => [key, value.replace('HOME', home)])
  await pull('hf:org/repo-GGUF/m.gguf', { environment: Object.fromEntries(at) })
  expect(hub.asked[0]!.headers.authorization).toBe(`Bearer ${token}`)
})

test('what is there already is not fetched again', async () => {
  put1('m.gguf')
  await pull('hf:org/repo-GGUF/m.gguf')
  const asked = hub.ranges.length
  const again = await pull('hf:org/repo-GGUF/m.gguf')
  expect(hub.ranges).toHaveLength(asked)
  expect(readFileSync(again.path)).toHaveLength(300_000)
})

describe('a connection that breaks', () => {
  test('goes on where it stopped, after longer and longer waits', async () => {
    const content = put1('m.gguf')
    hub.behaviours.push(
      dropAfter(100_000),
      answer(503),
      ({ response }) => void response.destroy(),
      dropAfter(50_000),
    )
    const { path: file } = await pull('hf:org/repo-GGUF/m.gguf')
    expect(readFileSync(file).equals(content)).toBe(true)
    expect(hub.ranges[0]).toBe(null)
    expect(hub.ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range!))).toBe(true)
    expect(Number(/\d+/.exec(hub.ranges.at(-1)!)![0])).toBeGreaterThan(100_000)
    expect(waits).toHaveLength(4)
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** index)
      expect(wait).toBeLessThanOrEqual(500 * 2 ** index * 1.25)
    }
    expect(told.map(({ why }) => why)).toContain('it answered 503; again in 1 s')
  })

  test('many times, as long as each time brings something', async () => {
    const content = put1('m.gguf', model(24 << 20))
    for (let drop = 0; drop < 10; drop += 1) hub.behaviours.push(dropAfter(2 << 20))
    const { path: file } = await pull('hf:org/repo-GGUF/m.gguf')
    expect(sha256(readFileSync(file))).toBe(sha256(content))
    expect(waits.every((wait) => wait <= 625)).toBe(true)
  })

  test('for good: the sentence says so, and what came is kept', async () => {
    put1('m.gguf')
    hub.behaviours.push(dropAfter(100_000), ...Array.from({ length: 20 }, () => answer(502)))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_FAILED', '502', 'kept'))
    expect(waits).toHaveLength(5)
    expect(blobs()).toEqual([expect.stringMatching(/\.incomplete$/)])
    hub.behaviours.length = 0
    await pull('hf:org/repo-GGUF/m.gguf')
    expect(blobs()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  })

  test('nobody there', async () => {
    const gone = { HF_ENDPOINT: 'http://127.0.0.1:9' }
    await expect(pull('hf:org/repo-GGUF/m.gguf', { environment: gone })).rejects.toEqual(
      failure('PULL_FAILED', '127.0.0.1:9'),
    )
  })

  test('a server that asks to wait is waited for; one that asks for too long is not', async () => {
    put1('m.gguf')
    hub.hubBehaviours.push(answer(429, { 'retry-after': '7' }))
    hub.behaviours.push(answer(503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }))
    await pull('hf:org/repo-GGUF/m.gguf')
    expect(waits[0]).toBe(7000)
    expect(waits[1]).toBeGreaterThan(80_000)
    hub.hubBehaviours.push(answer(429, { 'retry-after': '100000' }))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(
      failure('PULL_FAILED', '429', '100000 seconds'),
    )
  })
})

describe('what an earlier pull left', () => {
  const leave = (content: Buffer, part: Buffer): void =>
    void put(path.join(folder(), 'blobs', `${sha256(content)}.incomplete`), part)

  test('is gone on with', async () => {
    const content = put1('m.gguf')
    leave(content, content.subarray(0, 123_456))
    const { path: file } = await pull('hf:org/repo-GGUF/m.gguf')
    expect(hub.ranges).toEqual(['bytes=123456-'])
    expect(readFileSync(file).equals(content)).toBe(true)
    expect(told[0]!.doing).toBe('checking')
  })

  test('may be all of it', async () => {
    const content = put1('m.gguf')
    leave(content, content)
    await pull('hf:org/repo-GGUF/m.gguf')
    expect(hub.ranges).toEqual([])
  })

  test.each<[string, (content: Buffer) => Buffer]>([
    ['of another file', (content) => Buffer.alloc(content.length - 1000, 7)],
    ['of another file, as long', (content) => Buffer.alloc(content.length, 7)],
    ['longer than the file', (content) => Buffer.concat([content, content])],
    ['nothing', () => Buffer.alloc(0)],
  ])('and is %s: comes whole and right', async (_, part) => {
    const content = put1('m.gguf')
    leave(content, part(content))
    const { path: file } = await pull('hf:org/repo-GGUF/m.gguf')
    expect(readFileSync(file).equals(content)).toBe(true)
    expect(hub.ranges.at(-1)).toBe(null)
  })

  test('from a server that gives no parts comes whole', async () => {
    const content = put1('m.gguf')
    leave(content, content.subarray(0, 1000))
    hub.behaviours.push(({ response, content: all }) => void response.writeHead(200).end(all))
    const { path: file } = await pull('hf:org/repo-GGUF/m.gguf')
    expect(readFileSync(file).equals(content)).toBe(true)
  })

  test.each([
    ['another part than asked for', { 'content-range': 'bytes 0-9/300000' }],
    ['a part it does not name', {}],
  ])('from a server that gives %s comes whole', async (_, headers: Record<string, string>) => {
    const content = put1('m.gguf')
    leave(content, content.subarray(0, 1000))
    hub.behaviours.push(answer(206, headers, 'GGUF......'))
    const { path: file } = await pull('hf:org/repo-GGUF/m.gguf')
    expect(readFileSync(file).equals(content)).toBe(true)
  })
})

describe('several at once', () => {
  test('fetch the file once', async () => {
    put1('m.gguf')
    const slow: Behaviour = ({ well }) => void setTimeout(well, 200)
    hub.behaviours.push(slow)
    const all = await Promise.all([1, 2, 3].map(() => pull('hf:org/repo-GGUF/m.gguf')))
    expect(new Set(all.map(({ path: file }) => file)).size).toBe(1)
    expect(hub.ranges).toHaveLength(1)
    expect(told.map(({ why }) => why)).toContain('another process fetches it')
  })

  const lockFile = (content: Buffer): string =>
    path.join(cache(), '.locks', 'models--org--repo-GGUF', `${sha256(content)}.espalier`)

  test.each<[string, object, number]>([
    ['whose process is gone', { pid: 2 ** 22 + 7, host: hostname() }, 0],
    ['of another machine that went away', { pid: 1, host: 'elsewhere' }, 120],
    ['that does not say whose it is', {}, 120],
  ])('a lock %s is taken over', async (_, owner, age) => {
    const content = put1('m.gguf')
    const file = put(lockFile(content), JSON.stringify(owner))
    utimesSync(file, Date.now() / 1000 - age, Date.now() / 1000 - age)
    await pull('hf:org/repo-GGUF/m.gguf')
    expect(existsSync(file)).toBe(false)
  })

  test.each<[string, object]>([
    ['of a process that runs', { pid: process.pid, host: hostname() }],
    ['of another machine', { pid: 1, host: 'elsewhere' }],
  ])('a lock %s is waited for, until the caller has enough', async (_, owner) => {
    const content = put1('m.gguf')
    const file = put(lockFile(content), JSON.stringify(owner))
    const ending = new AbortController()
    const pulling = pull('hf:org/repo-GGUF/m.gguf', {
      signal: ending.signal,
      tell: ({ doing }) => (doing === 'waiting' ? ending.abort(new Error('enough')) : undefined),
    })
    await expect(pulling).rejects.toMatchObject({ code: 'ABORTED', reason: new Error('enough') })
    expect(hub.ranges).toEqual([])
    expect(existsSync(file)).toBe(true)
  })
})

test('an abort keeps what came, and the next pull goes on with it', async () => {
  const content = put1('m.gguf')
  const ending = new AbortController()
  hub.behaviours.push(({ response, content: all }) => {
    response.writeHead(200, { 'content-length': String(all.length) })
    response.write(all.subarray(0, 100_000))
  })
  const pulling = pull('hf:org/repo-GGUF/m.gguf', {
    signal: ending.signal,
    tell: ({ doing }) =>
      doing === 'fetching' ? setTimeout(() => ending.abort(new Error('enough')), 50) : undefined,
  })
  await expect(pulling).rejects.toMatchObject({ code: 'ABORTED', reason: new Error('enough') })
  expect(readdirSync(path.join(cache(), '.locks', 'models--org--repo-GGUF'))).toEqual([])
  await pull('hf:org/repo-GGUF/m.gguf')
  expect(hub.ranges).toEqual([null, 'bytes=100000-'])
  expect(blobs()).toEqual([sha256(content)])
  await expect(pull('hf:org/repo-GGUF/m.gguf', { signal: ending.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  })
})

test('what onProgress throws ends the pull, and is the caller’s', async () => {
  put1('m.gguf')
  const wrong = new Error('mine')
  const tell = ({ doing }: PullProgress): void => {
    if (doing === 'fetching') throw wrong
  }
  await expect(pull('hf:org/repo-GGUF/m.gguf', { tell })).rejects.toBe(wrong)
  expect(waits).toEqual([])
})
