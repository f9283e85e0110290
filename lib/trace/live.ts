// Shows a recording in a browser while it goes on: the page and its lines, over HTTP on this machine alone. Decides who
// may read: whoever has the address, which holds a secret, and asks from the page itself or by typing it. Nothing here
// waits for a reader, and nobody's work does: what a slow one has not read yet lies in the recording, once.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EngineError, UsageError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import { LineStream } from './line-stream.js'
import type { Recorder } from './recorder.js'
import type { Recording, RecordOptions } from './recording.js'
import type { Trace } from './trace.js'

const host = '127.0.0.1'
/** Readers at a time, each with a page and a stream. */
const connectionsMax = 64
/** Milliseconds that a reader has for what is left when it ends. */
const closingMs = 500

export interface LiveRequest {
  readonly recording: Recorder
  /** 0: any that is free. */
  readonly port: number
  /** The page for what there is so far; `lines`: where it finds what comes behind. */
  readonly page: (trace: Trace, lines: string) => string
  /** Called once, when it begins to close. */
  readonly closed: (inspector: Inspector) => void
}

/** Where the page is served, and what `record` takes. */
export interface InspectorOptions extends RecordOptions {
  /** Default 0: any that is free. */
  readonly port?: number
}

/** A page that shows what a model does; `model.inspect()` makes one. */
export interface Inspector extends AsyncDisposable {
  /** For a browser on this machine. Whoever has it can read all prompts and texts. */
  readonly url: string
  /** What is shown. */
  readonly recording: Recording
  /** Ends the recording and takes the page away. Idempotent. */
  close(): Promise<void>
}

/** Rejects with EngineError PORT_UNAVAILABLE. Keeps no process alive. */
export async function serveLive(request: LiveRequest): Promise<Inspector> {
  const { recording, port } = request
  const secret = randomBytes(24).toString('base64url')
  const streams = new Set<LineStream>()
  const server = createServer((asked, answer) => {
    // Whatever a reader sends, it costs nobody else anything.
    try {
      respond(request, asked, answer, { secret, port: portOf(server), streams })
    } catch {
      refuse(answer, 400)
    }
  })
  server.maxConnections = connectionsMax
  server.on('connection', (socket) => socket.unref())
  await listening(server, port)
  server.unref()
  let closed: Promise<void> | null = null
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      request.closed(inspector)
      recording.stop()
      for (const stream of [...streams]) stream.end()
      const patience = setTimeout(() => server.closeAllConnections(), closingMs)
      server.close(() => {
        clearTimeout(patience)
        resolve()
      })
    })
    return closed
  }
  const url = `http://${host}:${portOf(server)}/?token=${secret}`
  const inspector: Inspector = { url, recording, close, [Symbol.asyncDispose]: close }
  return inspector
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `Nothing can be served on port ${port} of ${host} (${cause.message}); give another port, or 0.`
      reject(new EngineError('PORT_UNAVAILABLE', message, { cause }))
    })
    server.listen(port, host, resolve)
  })
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

interface Place {
  readonly secret: string
  readonly port: number
  readonly streams: Set<LineStream>
}

function respond(
  { recording, page }: LiveRequest,
  asked: IncomingMessage,
  answer: ServerResponse,
  { secret, port, streams }: Place,
): void {
  const url = new URL(asked.url ?? '/', `http://${host}:${port}`)
  const status = statusOf(asked, url, { secret, port })
  if (status !== 200) {
    refuse(answer, status)
    return
  }
  answer.setHeader('Cache-Control', 'no-store')
  answer.setHeader('Referrer-Policy', 'no-referrer')
  answer.setHeader('X-Content-Type-Options', 'nosniff')
  answer.setHeader('X-Frame-Options', 'DENY')
  answer.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  if (url.pathname === '/') {
    const lines = `/lines?token=${secret}&after=${recording.count}`
    answer.setHeader('Content-Type', 'text/html; charset=utf-8')
    answer.end(asked.method === 'HEAD' ? '' : page(recording.trace, lines))
  } else {
    const after = Number(asked.headers['last-event-id'] ?? url.searchParams.get('after') ?? 0)
    answer.setHeader('Content-Type', 'text/event-stream')
    answer.setHeader('Connection', 'close')
    if (asked.method === 'HEAD') {
      answer.end()
      return
    }
    const stream = new LineStream(recording, answer, Number.isSafeInteger(after) ? after : -1)
    streams.add(stream)
    answer.once('close', () => {
      stream.end()
      streams.delete(stream)
    })
  }
}

function statusOf(asked: IncomingMessage, url: URL, place: Pick<Place, 'secret' | 'port'>): number {
  const { secret, port } = place
  // The other form of a request is one to a proxy.
  if (!asked.url?.startsWith('/')) return 400
  if (asked.method !== 'GET' && asked.method !== 'HEAD') return 405
  if (!isFromHere(asked, port) || !isSecret(url.searchParams.get('token'), secret)) return 403
  return url.pathname === '/' || url.pathname === '/lines' ? 200 : 404
}

function refuse(answer: ServerResponse, status: number): void {
  if (!answer.headersSent) answer.writeHead(status, { 'Content-Type': 'text/plain' })
  answer.end(`${status}\n`)
}

/** Asked by this name for this machine, and neither by a page of another origin nor for one. */
function isFromHere({ headers }: IncomingMessage, port: number): boolean {
  const names = [`${host}:${port}`, `localhost:${port}`]
  if (!names.includes(headers.host ?? '')) return false
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return false
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

function isSecret(given: string | null, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return given !== null && timingSafeEqual(digest(given), digest(secret))
}

const portMax = 65535

/** Throws UsageError OPTION_INVALID. */
export function checkedPort(port: unknown): number {
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= portMax) return port
  throw new UsageError(
    'OPTION_INVALID',
    `port of inspect() is ${shown(port)}; expected a whole number from 0 (any that is free) to ${portMax}.`,
  )
}
