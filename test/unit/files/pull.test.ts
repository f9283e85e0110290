// A pull against a hub on this machine that drops, lies, sends on and asks to wait. Judges by the file in the cache,
// what was asked of whom, and what is kept of a pull that ended early.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, utimesSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { findModels } from '../../../lib/files/find.js'
import { hubReference, type Pulled, pullTo } from '../../../lib/files/hub/pull.js'
import type { PullProgress } from '../../../lib/files/hub/telling.js'
import { locate } from '../../../lib/files/locate.js'
import { referenceIn } from '../../../lib/files/reference.js'
import { type Behaviour, FakeHub, FakeProxy, headCommit, sha256, token } from '../../support/fake-hub.js'
import { machineAt, madeHome, modelBytes, put } from '../../support/model-folders.js'

let hub: FakeHub
let home: string
let remove: () => void
const waits: number[] = []
const told: PullProgress[] = []

beforeAll(async () => {
  hub = await FakeHub.start()
})
afterAll(() => hub.stop())
beforeEach(() => {
  ;({ home, remove } = madeHome())
  hub.reset()
  waits.length = 0
  told.length = 0
})
afterEach(() => {
  jest.restoreAllMocks()
  remove()
})

const sleep = async (milliseconds: number): Promise<void> => {
  waits.push(milliseconds)
  await new Promise((resolve) => setTimeout(resolve, 2))
}
interface With {
  readonly environment?: Record<string, string>
  readonly signal?: AbortSignal
  readonly tell?: (progress: PullProgress) => void
}
function pull(name: string, { environment = {}, signal, tell }: With = {}): Promise<Pulled> {
  return pullTo(
    machineAt(home, { environment: { HF_ENDPOINT: hub.endpoint, ...environment } }),
    hubReference(name),
    {
      signal: signal ?? new AbortController().signal,
      tell: tell ?? ((progress) => void told.push(progress)),
      sleep,
    },
  )
}

/** A model of so many bytes, the same each time. */
function model(bytes: number, seed = 1): Buffer {
  const head = modelBytes({ name: `model ${seed}` })
  const tail = Buffer.alloc(Math.max(0, bytes - head.length))
  for (let at = 0; at < tail.length; at += 1) tail[at] = (at * 31 + seed * 7) & 255
  return Buffer.concat([head, tail])
}

const name = 'org/repo-GGUF'
function put1(file: string, content = model(300_000)): Buffer {
  hub.content.set(`${name}/${file}`, content)
  return content
}
const cache = (): string => path.join(home, '.cache', 'huggingface', 'hub')
const folder = (): string => path.join(cache(), 'models--org--repo-GGUF')
const blobs = (): string[] => readdirSync(path.join(folder(), 'blobs')).sort()
const failure = (code: string, ...said: string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(
      new RegExp(said.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')),
    ),
  })

const endless =
  (chunk: Buffer): Behaviour =>
  ({ response }) => {
    response.writeHead(200)
    const more = (): void => {
      if (!response.destroyed) response.write(chunk, () => setImmediate(more))
    }
    more()
  }

const dropAfter =
  (bytes: number): Behaviour =>
  ({ request, response, content }) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': String(content.length - from),
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    })
    response.write(content.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20))
  }
const answer =
  (status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): Behaviour =>
  ({ response }) =>
    void response.writeHead(status, headers).end(body)

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
  expect(await locate(referenceIn('hf:org/repo-GGUF:q4_k_m')!, machineAt(home))).toBe(pulled.path)
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

describe('a server that lies', () => {
  test.each<[string, Behaviour, string[]]>([
    ['with a longer length', answer(200, { 'content-length': '300001' }), ['300001 bytes', '300000']],
    ['with a shorter length', answer(200, { 'content-length': '5' }, 'GGUF.'), ['5 bytes', '300000']],
    ['with bytes without end', endless(Buffer.alloc(1 << 16, 'GGUF')), ['longer than 300000']],
    ['with a page', answer(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>'), ['a page']],
    ['with another kind of file', answer(200, {}, Buffer.alloc(300_000, 'PK')), ['no GGUF file']],
    ['with a packed file', answer(200, { 'content-encoding': 'gzip' }, 'GGUF'), ['packed (gzip)']],
  ])('%s', async (_, behave, said) => {
    put1('m.gguf')
    hub.behaviours.push(behave)
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_UNEXPECTED', ...said))
    expect(existsSync(path.join(folder(), 'snapshots'))).toBe(false)
    expect(existsSync(path.join(folder(), 'refs'))).toBe(false)
  })

  test('about a part of the file', async () => {
    const content = put1('m.gguf')
    put(path.join(folder(), 'blobs', `${sha256(content)}.incomplete`), content.subarray(0, 1000))
    hub.behaviours.push(answer(206, { 'content-range': 'bytes 1000-9/7' }))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_UNEXPECTED', '7 bytes'))
  })

  test('with another content: both hashes are told, and it is removed', async () => {
    const content = put1('m.gguf')
    const other = model(300_000, 2)
    hub.behaviours.push(answer(200, { 'content-length': '300000' }, other))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(
      failure('PULL_HASH_DIFFERS', sha256(other), sha256(content)),
    )
    expect(blobs()).toEqual([])
  })

  test('with no length, and right bytes: they are taken', async () => {
    const content = put1('m.gguf')
    hub.behaviours.push(({ response, content: all }) => {
      response.writeHead(200)
      response.write(all.subarray(0, 10), () => response.end(all.subarray(10)))
    })
    expect(readFileSync((await pull('hf:org/repo-GGUF/m.gguf')).path).equals(content)).toBe(true)
  })

  test('as the file became another between two answers', async () => {
    put1('m.gguf')
    hub.behaviours.push(({ response, content: all }) => {
      hub.content.set(`${name}/m.gguf`, model(300_000, 3))
      response.writeHead(200, { 'content-length': '300000' })
      response.write(all.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20))
    })
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(
      failure('PULL_UNEXPECTED', 'has become another', sha256(model(300_000, 3))),
    )
  })

  test.each<[string, Behaviour]>([
    ['no JSON', answer(200, {}, '<html>')],
    ['no commit', answer(200, {}, '{"sha":"../../x"}')],
    ['JSON without end', endless(Buffer.alloc(1 << 20, ' '))],
  ])('with %s where its interface is', async (_, behave) => {
    put1('m.gguf')
    hub.hubBehaviours.push(behave)
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_UNEXPECTED', 'HF_ENDPOINT'))
  })

  test('and sends us elsewhere without end, or to no place to go', async () => {
    put1('m.gguf')
    const on: Behaviour = ({ response }) =>
      void response.writeHead(302, { location: `${hub.otherHost}/x` }).end()
    hub.behaviours.push(...Array.from({ length: 20 }, () => on))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_REDIRECT', '10 times'))
    for (const location of ['file:///etc/passwd', 'ftp://x/y', 'http://']) {
      hub.behaviours.length = 0
      hub.behaviours.push(({ response }) => void response.writeHead(302, { location }).end())
      await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_REDIRECT', location))
    }
  })

  test.each([
    '../../../outside.gguf',
    '/outside.gguf',
    'a\\..\\outside.gguf',
    'con.gguf',
    'sub/aux.gguf',
    'C:outside.gguf',
    'a?.gguf',
    'a\n.gguf',
    `${'x'.repeat(300)}.gguf`,
  ])('with the file name %j: it is not offered', async (file) => {
    put1('good.gguf')
    put1('odd.gguf', model(1000, 2))
    hub.lies.set(`${name}/odd.gguf`, { path: file })
    const pulled = await pull('hf:org/repo-GGUF')
    expect(path.basename(pulled.path)).toBe('good.gguf')
    expect(readdirSync(home)).toEqual(['.cache'])
  })

  test.each([
    { lfs: { oid: '../x', size: 5 } },
    { lfs: { oid: 'a'.repeat(64), size: -1 } },
    { lfs: { oid: 7 } },
  ])('with %j: it is not offered', async (lie) => {
    put1('good.gguf')
    put1('odd.gguf', model(1000, 2))
    hub.lies.set(`${name}/odd.gguf`, lie)
    expect(path.basename((await pull('hf:org/repo-GGUF')).path)).toBe('good.gguf')
  })
})

describe('names', () => {
  test('a tag, a part of a split model, a folder; a projector only by its own name', async () => {
    put1('m-Q4_K_M.gguf', model(1000, 1))
    put1('m-Q4_K_S.gguf', model(1000, 2))
    put1('mmproj-f16.gguf', model(1000, 3))
    for (const part of [1, 2, 3]) put1(`big/x-Q8_0-0000${part}-of-00003.gguf`, model(1000, 10 + part))
    const got = async (reference: string): Promise<string> => (await pull(reference)).reference
    expect(await got('hf:org/repo-GGUF:q4_k_m')).toBe('hf:org/repo-GGUF/m-Q4_K_M.gguf')
    expect(await got('hf:org/repo-GGUF/mmproj-f16.gguf')).toBe('hf:org/repo-GGUF/mmproj-f16.gguf')
    const whole = 'hf:org/repo-GGUF/big/x-Q8_0-00001-of-00003.gguf'
    expect(await got('hf:org/repo-GGUF:Q8_0')).toBe(whole)
    expect(await got('hf:org/repo-GGUF/big/x-Q8_0-00002-of-00003.gguf')).toBe(whole)
    expect(told.at(-1)!.bytesTotal).toBe(3000)
    const { files } = await findModels(machineAt(home))
    expect(files.find(({ reference }) => reference === whole)!.bytes).toBe(3000)
    await expect(pull('hf:org/repo-GGUF')).rejects.toEqual(
      failure('REFERENCE_AMBIGUOUS', '3 models', 'm-Q4_K_M.gguf', 'm-Q4_K_S.gguf'),
    )
  })

  test('a revision: its ref is kept, and load finds it by that', async () => {
    put1('m.gguf')
    for (const revision of ['v1', 'refs/pr/7']) {
      const { reference, path: file } = await pull(`hf:org/repo-GGUF@${revision}/m.gguf`)
      expect(reference).toBe(`hf:org/repo-GGUF@${revision}/m.gguf`)
      expect(await locate(referenceIn(reference)!, machineAt(home))).toBe(file)
    }
    expect(existsSync(path.join(folder(), 'refs', 'main'))).toBe(false)
    await expect(pull('hf:org/repo-GGUF@v2/m.gguf')).rejects.toEqual(
      failure('MODEL_NOT_ON_HUB', 'no such revision'),
    )
  })

  test('a file that is not there: the nearest ones are told', async () => {
    put1('Qwen3-4B-Q4_K_M.gguf')
    put1('Qwen3-4B-Q8_0.gguf')
    await expect(pull('hf:org/repo-GGUF/qwen3-4b-q5_k_m.gguf')).rejects.toEqual(
      failure('MODEL_NOT_ON_HUB', 'Near it: Qwen3-4B-Q4_K_M.gguf'),
    )
    await expect(pull('hf:org/repo-GGUF:Q2_K')).rejects.toEqual(failure('MODEL_NOT_ON_HUB', 'Q2_K'))
    hub.lies.set(`${name}/Qwen3-4B-Q4_K_M.gguf`, { path: 'model.safetensors' })
    hub.lies.set(`${name}/Qwen3-4B-Q8_0.gguf`, { path: 'readme.md' })
    await expect(pull('hf:org/repo-GGUF')).rejects.toEqual(failure('MODEL_NOT_ON_HUB', 'no GGUF files'))
  })

  test.each([
    ['hf:org/none', answer(401, { 'x-error-code': 'RepoNotFound' }), 'MODEL_NOT_ON_HUB', 'set HF_TOKEN'],
    ['hf:org/none', answer(404), 'MODEL_NOT_ON_HUB', 'org/none'],
    ['hf:org/gated', answer(403, { 'x-error-code': 'GatedRepo' }), 'MODEL_GATED', 'terms'],
    ['hf:org/gated', answer(401, { 'x-error-code': 'GatedRepo' }), 'MODEL_GATED', 'HF_TOKEN'],
    ['hf:org/odd', answer(400), 'PULL_REFUSED', '400'],
  ])('%s', async (reference, behave, code, said) => {
    hub.hubBehaviours.push(behave)
    await expect(pull(reference)).rejects.toEqual(failure(code, said))
  })

  test.each<[unknown, string]>([
    ['model.gguf', 'hf:org/repo/file.gguf'],
    ['ollama:qwen3', 'hf:org/repo/file.gguf'],
    [7, '7'],
    [undefined, 'undefined'],
    ['https://huggingface.co/o/r/blob/main/d/m.gguf', 'That is hf:o/r/d/m.gguf'],
    ['https://huggingface.co/o/r/resolve/v1/m.gguf?download=true', 'That is hf:o/r@v1/m.gguf'],
    ['https://huggingface.co/o/r', 'That is hf:o/r'],
  ])('%j is refused', (reference, said) => {
    expect(() => hubReference(reference)).toThrow(failure('ARGUMENT_INVALID', said))
  })

  test('a small file that is kept in Git itself is known by its name there', async () => {
    const content = put1('m.gguf', model(2000))
    const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
    hub.lies.set(`${name}/m.gguf`, { lfs: undefined, oid })
    await pull('hf:org/repo-GGUF/m.gguf')
    expect(blobs()).toEqual([oid])
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

describe('the machine', () => {
  test('without room on the disk: nothing is asked for', async () => {
    put1('m.gguf')
    hub.lies.set(`${name}/m.gguf`, { lfs: { oid: 'f'.repeat(64), size: 2 ** 52 } })
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('DISK_FULL', 'GB', 'HF_HUB_CACHE'))
    expect(hub.ranges).toEqual([])
  })

  test('with a cache that is no folder', async () => {
    put1('m.gguf')
    put(path.join(home, 'file'), '')
    const environment = { HF_HUB_CACHE: path.join(home, 'file', 'hub') }
    await expect(pull('hf:org/repo-GGUF/m.gguf', { environment })).rejects.toEqual(
      failure('PULL_NOT_WRITTEN', '~'),
    )
  })

  test('whose disk fills up meanwhile', async () => {
    put1('m.gguf')
    const open = fsPromises.open
    jest.spyOn(fsPromises, 'open').mockImplementation(async (...given) => {
      const handle = await open(...given)
      const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
      if (String(given[0]).endsWith('.incomplete')) handle.write = async () => Promise.reject(full)
      return handle
    })
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('DISK_FULL', 'kept'))
  })

  test.each(['hard link', 'copy'])('without links to other files: a %s takes its place', async (way) => {
    const content = put1('deep/m.gguf')
    const refused = async (): Promise<never> => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
    }
    jest.spyOn(fsPromises, 'symlink').mockImplementation(refused)
    if (way === 'copy') jest.spyOn(fsPromises, 'link').mockImplementation(refused)
    const { path: file } = await pull('hf:org/repo-GGUF/deep/m.gguf')
    expect(realpathSync(file)).toBe(realpathSync(path.dirname(file)) + path.sep + path.basename(file))
    expect(readFileSync(file).equals(content)).toBe(true)
    await pull('hf:org/repo-GGUF/deep/m.gguf')
    expect(hub.ranges).toHaveLength(1)
  })

  test('behind a proxy asks through it, and not for hosts it is not for', async () => {
    put1('m.gguf')
    const proxy = await FakeProxy.start()
    try {
      const environment = { HTTP_PROXY: proxy.address, HF_TOKEN: token }
      await pull('hf:org/repo-GGUF/m.gguf', { environment })
      const hosts = [hub.endpoint, hub.otherHost].map((url) => new URL(url).host)
      expect(new Set(proxy.tunnels)).toEqual(new Set(hosts))
      proxy.tunnels.length = 0
      await pull('hf:org/repo-GGUF/m.gguf', { environment: { ...environment, NO_PROXY: '127.0.0.1' } })
      expect(proxy.tunnels).toEqual([])
    } finally {
      await proxy.stop()
    }
  })

  test.each([
    [{ HF_HUB_OFFLINE: '1' }, 'PULL_OFFLINE', 'HF_HUB_OFFLINE'],
    [{ HF_ENDPOINT: 'huggingface.co' }, 'HUB_ENDPOINT_INVALID', 'https://'],
    [{ HF_ENDPOINT: 'file:///x' }, 'HUB_ENDPOINT_INVALID', 'https://'],
    [{ HF_TOKEN: 'hf_a\r\nx-evil: 1' }, 'HUB_TOKEN_INVALID', 'token'],
  ])('with %j', async (environment, code, said) => {
    put1('m.gguf')
    await expect(pull('hf:org/repo-GGUF/m.gguf', { environment })).rejects.toEqual(failure(code, said))
    expect(hub.asked).toEqual([])
  })
})
