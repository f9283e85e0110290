// A hub on this machine and a home folder for each test of a pull: what the pull is asked to do there, and how the hub
// misbehaves. Importing it sets them up and takes them away.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { hubReference, type Pulled, pullTo } from '../../lib/files/hub/pull.js'
import type { PullProgress } from '../../lib/files/hub/telling.js'
import { type Behaviour, FakeHub } from './fake-hub.js'
import { machineAt, madeHome, modelBytes } from './model-folders.js'

export let hub: FakeHub
export let home: string
let remove: () => void
export const waits: number[] = []
export const told: PullProgress[] = []

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
export function pull(name: string, { environment = {}, signal, tell }: With = {}): Promise<Pulled> {
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
export function model(bytes: number, seed = 1): Buffer {
  const head = modelBytes({ name: `model ${seed}` })
  const tail = Buffer.alloc(Math.max(0, bytes - head.length))
  for (let at = 0; at < tail.length; at += 1) tail[at] = (at * 31 + seed * 7) & 255
  return Buffer.concat([head, tail])
}

export const name = 'org/repo-GGUF'
export function put1(file: string, content = model(300_000)): Buffer {
  hub.content.set(`${name}/${file}`, content)
  return content
}
export const cache = (): string => path.join(home, '.cache', 'huggingface', 'hub')
export const folder = (): string => path.join(cache(), 'models--org--repo-GGUF')
export const blobs = (): string[] => readdirSync(path.join(folder(), 'blobs')).sort()
export const failure = (code: string, ...said: string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(
      new RegExp(said.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')),
    ),
  })

export const endless =
  (chunk: Buffer): Behaviour =>
  ({ response }) => {
    response.writeHead(200)
    const more = (): void => {
      if (!response.destroyed) response.write(chunk, () => setImmediate(more))
    }
    more()
  }

export const dropAfter =
  (bytes: number): Behaviour =>
  ({ request, response, content }) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': String(content.length - from),
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    })
    response.write(content.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20))
  }
export const answer =
  (status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): Behaviour =>
  ({ response }) =>
    void response.writeHead(status, headers).end(body)
