// A hub of models on this machine that does what it is told to: drops, lies, sends on, asks to wait. Two servers: the
// hub, and another host that has the bytes. Everything asked of either is kept, so that a test sees what was sent
// where.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect as connectTo } from 'node:net'

export interface Asked {
  readonly host: 'hub' | 'other'
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

/** What becomes of one question for a file's bytes. */
export type Behaviour = (answer: {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly content: Buffer
  /** Answers as a good server: all of it, or the part asked for. */
  readonly well: () => void
}) => void

export const token = 'hf_secretsecretsecret'
export const headCommit = 'c'.repeat(40)

export class FakeHub {
  readonly asked: Asked[] = []
  /** Each is taken once, in order; then the server behaves well. */
  readonly behaviours: Behaviour[] = []
  /** As the first ones, of the hub itself before it sends on. */
  readonly hubBehaviours: Behaviour[] = []
  /** Content by 'org/repo/path'. */
  readonly content = new Map<string, Buffer>()
  /** Members that a listing has otherwise, by the same name. */
  readonly lies = new Map<string, Record<string, unknown>>()
  readonly #hub: Server
  readonly #other: Server

  private constructor() {
    this.#hub = createServer((request, response) => this.#atHub(request, response))
    this.#other = createServer((request, response) => this.#atOther(request, response))
  }

  static async start(): Promise<FakeHub> {
    const fake = new FakeHub()
    for (const server of [fake.#hub, fake.#other])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    return fake
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`
  }

  get otherHost(): string {
    return `http://127.0.0.1:${(this.#other.address() as AddressInfo).port}`
  }

  reset(): void {
    for (const list of [this.asked, this.behaviours, this.hubBehaviours]) list.length = 0
    this.content.clear()
    this.lies.clear()
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#other]) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  /** Questions for bytes, as the other host saw them. */
  get ranges(): (string | null)[] {
    return this.asked.filter(({ host }) => host === 'other').map(({ headers }) => headers.range ?? null)
  }

  #atHub(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.endpoint)
    this.asked.push({ host: 'hub', url: url.pathname, headers: request.headers })
    const [, repository, kind, revision] =
      /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(url.pathname) ?? []
    const give = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(value))
    }
    const file = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname)
    const content = file === null ? undefined : this.content.get(`${file[1]}/${decodeURIComponent(file[3]!)}`)
    const well = (): void => {
      if (
        repository !== undefined &&
        ![...this.content.keys()].some((key) => key.startsWith(`${repository}/`))
      )
        give(401, { error: 'Invalid username or password.' }, { 'x-error-code': 'RepoNotFound' })
      else if (kind === 'revision' && !['main', 'v1', 'refs/pr/7'].includes(decodeURIComponent(revision!)))
        give(404, {}, { 'x-error-code': 'RevisionNotFound' })
      else if (kind === 'revision') give(200, { sha: headCommit, siblings: [] })
      else if (kind === 'tree') give(200, this.#tree(repository!))
      else if (content !== undefined)
        response
          .writeHead(302, {
            location: `${this.otherHost}/${file![1]}/${file![3]}?signature=x`,
            'x-linked-etag': `"${sha256(content)}"`,
            'x-linked-size': String(content.length),
          })
          .end()
      else give(404, {}, { 'x-error-code': 'EntryNotFound' })
    }
    const behave = this.hubBehaviours.shift()
    if (behave === undefined) well()
    else behave({ request, response, content: content ?? Buffer.alloc(0), well })
  }

  #atOther(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.otherHost)
    this.asked.push({ host: 'other', url: url.pathname, headers: request.headers })
    const content = this.content.get(decodeURIComponent(url.pathname.slice(1))) ?? Buffer.alloc(0)
    const well = (): void => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
      const part = content.subarray(from)
      if (from > 0 && from >= content.length) return void response.writeHead(416).end()
      const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }
      response.writeHead(from > 0 ? 206 : 200, {
        'content-type': 'application/octet-stream',
        'content-length': String(part.length),
        ...(from > 0 ? range : {}),
      })
      response.end(part)
    }
    const behave = this.behaviours.shift()
    if (behave === undefined) well()
    else behave({ request, response, content, well })
  }

  #tree(repository: string): unknown[] {
    const files = [...this.content].filter(([key]) => key.startsWith(`${repository}/`))
    const items = files.map(([key, content]) => ({
      type: 'file',
      path: key.slice(repository.length + 1),
      size: content.length,
      oid: 'd'.repeat(40),
      lfs: { oid: sha256(content), size: content.length, pointerSize: 134 },
      ...this.lies.get(key),
    }))
    return [{ type: 'directory', path: 'sub', size: 0, oid: 'e'.repeat(40) }, ...items]
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A proxy that opens tunnels (CONNECT), and says which. */
export class FakeProxy {
  readonly tunnels: string[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((_, response) => void response.writeHead(405).end())
    this.#server.on('connect', (request, socket) => {
      this.tunnels.push(request.url!)
      const [host, port] = request.url!.split(':')
      const far = connectTo(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        far.pipe(socket).pipe(far)
      })
      for (const one of [far, socket])
        one.on('error', () => [far, socket].forEach((each) => void each.destroy()))
    })
  }

  static async start(): Promise<FakeProxy> {
    const fake = new FakeProxy()
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', () => resolve()))
    return fake
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
