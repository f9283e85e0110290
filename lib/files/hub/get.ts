// One question to the hub, followed to where the bytes lie. Decides which answers are errors of the caller's, which may
// go better the next time, and who sees the token: the hub's own address, until it first sends us elsewhere.
import type { Dispatcher } from 'undici'
import { AbortError, ModelError } from '../../base/errors.js'
import { saidBy } from '../../base/seen.js'
import { type Connection, Transient } from './connection.js'

export interface Answer {
  /** 200, 206 or 416. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Dispatcher.ResponseData['body']
  /** The hub's name for the content, a hash; null where it gave none. */
  readonly tag: string | null
}

const redirectsMax = 10
const redirects = [301, 302, 303, 307, 308]
const passing = [408, 425, 429, 500, 502, 503, 504]

/**
 * `whose` is asked for where the hub says no. Rejects with Transient, ModelError MODEL_NOT_ON_HUB, MODEL_GATED,
 * PULL_REFUSED, PULL_UNREACHABLE, PULL_REDIRECT, AbortError.
 */
export async function get(
  connection: Connection,
  url: string,
  { headers = {}, whose }: { readonly headers?: Readonly<Record<string, string>>; readonly whose: string },
): Promise<Answer> {
  const own = new URL(connection.endpoint).origin
  let at = new URL(url)
  let isOwn = at.origin === own
  let tag: string | null = null
  for (let hops = 0; hops <= redirectsMax; hops += 1) {
    const { token } = connection
    const secret = isOwn && token !== null ? { authorization: `Bearer ${token}` } : {}
    const answer = await ask(connection, at, { ...headers, ...secret })
    const said = textHeaders(answer.headers)
    if (isOwn) tag = hashIn(said['x-linked-etag'] ?? said.etag) ?? tag
    if (!redirects.includes(answer.statusCode) || said.location === undefined) {
      return accepted(connection, { status: answer.statusCode, headers: said, body: answer.body, tag }, whose)
    }
    await answer.body.dump().catch(() => undefined)
    at = next(at, said.location)
    isOwn &&= at.origin === own
  }
  throw new ModelError('PULL_REDIRECT', `${connection.endpoint} sends us on more than ${redirectsMax} times.`)
}

async function ask(
  { request, dispatcher, signal }: Connection,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<Dispatcher.ResponseData> {
  try {
    const answer = await request(url, {
      dispatcher,
      signal,
      headers: { 'user-agent': 'espalier', 'accept-encoding': 'identity', ...headers },
    })
    // Whoever reads it sees the error; one that nobody reads to its end must not end the process.
    answer.body.on('error', () => undefined)
    return answer
  } catch (error) {
    throw signal.aborted ? new AbortError(signal.reason) : unreached(error, url)
  }
}

/** A certificate that is not trusted stays so; a name may be found the next time. */
function unreached(error: unknown, { host }: URL): Error {
  const code = String((error as { code?: unknown }).code ?? '')
  const said = `${host}: ${saidBy(error) || code}`
  if (!/CERT|^UNABLE_TO_|^ERR_(TLS|SSL)/.test(code)) return new Transient(said, { cause: error })
  return new ModelError(
    'PULL_UNREACHABLE',
    `${said}. Where a proxy signs for others, name its certificate in NODE_EXTRA_CA_CERTS.`,
    { cause: error },
  )
}

/** Where it is sent on to; never from a safe place to one that is not. */
function next(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : null
  const isSafe = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:')
  if (to !== null && isSafe) return to
  throw new ModelError(
    'PULL_REDIRECT',
    `${from.host} sends us on to ${JSON.stringify(location.slice(0, 100))}; expected an address by https.`,
  )
}

async function accepted(connection: Connection, answer: Answer, whose: string): Promise<Answer> {
  const { status, headers, body } = answer
  if (status === 200 || status === 206 || status === 416) return answer
  await body.dump().catch(() => undefined)
  if (passing.includes(status)) {
    throw new Transient(`it answered ${status}`, { waitMs: waitIn(headers['retry-after']) })
  }
  throw refusal(connection, status, headers['x-error-code'] ?? '', whose)
}

/** Seconds, or a date. */
function waitIn(header: string | undefined): number | null {
  if (header === undefined) return null
  const seconds = Number(header)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : new Date(header).getTime() - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : null
}

function refusal({ endpoint, token }: Connection, status: number, code: string, whose: string): ModelError {
  const page = `${endpoint}/${whose}`
  if (code === 'GatedRepo' || (status === 403 && code === '')) {
    const then =
      token === null ? 'then set HF_TOKEN to a token of yours' : 'with the account of the token that is set'
    return new ModelError(
      'MODEL_GATED',
      `${whose} wants its terms accepted before it is fetched: do that at ${page}, ${then}.`,
    )
  }
  if (code === 'RevisionNotFound')
    return new ModelError('MODEL_NOT_ON_HUB', `${page} has no such revision; its page lists them.`)
  if (status === 404 || status === 401) {
    const hint =
      token === null
        ? 'If it is private, set HF_TOKEN.'
        : 'If it is private, the token that is set is not of one who may read it.'
    return new ModelError(
      'MODEL_NOT_ON_HUB',
      `There is nothing at ${page} for you; expected the name of a repository there. ${hint}`,
    )
  }
  return new ModelError(
    'PULL_REFUSED',
    `${page} could not be fetched: the hub answered ${status} ${code}`.trim(),
  )
}

function textHeaders(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  )
  return Object.fromEntries(entries)
}

/** Of `"…"` and `W/"…"`; null for what is no hash of a file. */
function hashIn(header: string | undefined): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(header ?? '')?.[1] ?? null
}
