// How the hub is reached: its address, who asks, through which proxy. Decides that the token goes to the hub itself and
// to nobody it sends us on to, and that nothing is asked of it in clear where it was to be asked safely.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Dispatcher, request } from 'undici'
import { AbortError, ModelError, UsageError } from '../../base/errors.js'
import { quoted } from '../../base/seen.js'
import { type Machine, variable } from '../machine.js'
import { hubHome } from '../stores.js'

/** For one piece of work; closed by whoever opened it. */
export interface Connection {
  readonly machine: Machine
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly token: string | null
  readonly dispatcher: Dispatcher
  readonly request: typeof request
  readonly signal: AbortSignal
  /** Called before each wait: why, and how long it will be in milliseconds. */
  readonly onWait: (why: string, milliseconds: number) => void
  /** Rejects once the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

export interface ConnectionOptions {
  readonly signal: AbortSignal
  readonly onWait: Connection['onWait']
  readonly sleep?: Connection['sleep']
}

/** Milliseconds until the first byte of an answer, and between two of them. */
const silenceMax = 60_000

/** Throws UsageError HUB_ENDPOINT_INVALID, HUB_TOKEN_INVALID; ModelError PULL_OFFLINE. */
export async function connect(machine: Machine, options: ConnectionOptions): Promise<Connection> {
  if (/^(1|true|yes|on)$/i.test(variable(machine, 'HF_HUB_OFFLINE') ?? '')) {
    throw new ModelError('PULL_OFFLINE', 'HF_HUB_OFFLINE is set, so nothing is fetched; unset it to pull.')
  }
  const endpoint = endpointOf(machine)
  const token = await tokenOf(machine)
  // Empty is none; undefined would be what the process has.
  const proxy = (name: string): string => proxyIn(machine, name) ?? ''
  // Only who pulls pays for loading it.
  const { EnvHttpProxyAgent, request } = await import('undici')
  return {
    machine,
    request,
    endpoint,
    token,
    dispatcher: new EnvHttpProxyAgent({
      httpProxy: proxy('HTTP_PROXY'),
      httpsProxy: proxy('HTTPS_PROXY'),
      noProxy: proxy('NO_PROXY'),
      headersTimeout: silenceMax,
      bodyTimeout: silenceMax,
    }),
    sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
    ...options,
  }
}

function endpointOf(machine: Machine): string {
  const written = variable(machine, 'HF_ENDPOINT') ?? 'https://huggingface.co'
  const url = URL.canParse(written) ? new URL(written) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.username === '') {
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
  }
  throw new UsageError(
    'HUB_ENDPOINT_INVALID',
    `HF_ENDPOINT is ${quoted(written)}; expected an address as https://huggingface.co.`,
  )
}

/** That of the environment, else the one that `hf auth login` left. */
async function tokenOf(machine: Machine): Promise<string | null> {
  const home = hubHome(machine)
  const file = variable(machine, 'HF_TOKEN_PATH') ?? (home === null ? null : path.join(home, 'token'))
  const kept = file === null ? '' : await readFile(file, 'utf8').catch(() => '')
  const token = (variable(machine, 'HF_TOKEN') ?? variable(machine, 'HUGGING_FACE_HUB_TOKEN') ?? kept).trim()
  if (/^[\x21-\x7e]*$/.test(token)) return token === '' ? null : token
  throw new UsageError('HUB_TOKEN_INVALID', 'The token for the hub has characters that no token has.')
}

/** Something that may go better the next time. */
export class Transient extends Error {
  /** What the server asked for; null where it did not. */
  readonly waitMs: number | null
  constructor(message: string, { waitMs = null, cause }: { waitMs?: number | null; cause?: unknown } = {}) {
    super(message, { cause })
    this.waitMs = waitMs
  }
}

/** In a row, none of which brought anything. */
const failuresMax = 6
const waitMaxMs = 30_000
/** A server that asks for a longer wait is left alone. */
const askedWaitMaxMs = 300_000

/**
 * Does the work again where it failed in a way that may pass, after longer and longer waits. `hasProgressed` says
 * whether the last try brought something. Rejects with ModelError PULL_FAILED, AbortError, and what else the work does.
 */
export async function withRetries<T>(
  connection: Connection,
  work: () => Promise<T>,
  hasProgressed: () => boolean = () => false,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work()
    } catch (error) {
      if (connection.signal.aborted) throw new AbortError(connection.signal.reason)
      if (!(error instanceof Transient)) throw error
      if (hasProgressed()) failures = 1
      const wait = error.waitMs ?? Math.min(waitMaxMs, 500 * 2 ** (failures - 1)) * (1 + Math.random() / 4)
      if (failures >= failuresMax || wait > askedWaitMaxMs) throw failed(connection, error, wait)
      connection.onWait(error.message, wait)
      await connection.sleep(wait, connection.signal).catch(() => undefined)
      if (connection.signal.aborted) throw new AbortError(connection.signal.reason)
    }
  }
}

function proxyIn(machine: Machine, name: string): string | null {
  return variable(machine, name.toLowerCase()) ?? variable(machine, name)
}

function failed({ endpoint, machine }: Connection, error: Transient, wait: number): ModelError {
  const again =
    wait > askedWaitMaxMs
      ? `it asks to wait ${Math.round(wait / 1000)} seconds`
      : 'what was fetched is kept, and the next pull goes on with it'
  const name = endpoint.startsWith('https:') ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  // Its value may hold a password.
  const proxy =
    proxyIn(machine, name) === null ? '' : `; ${name} is set, NO_PROXY names hosts to ask without it`
  const message = `${endpoint} could not be reached: ${error.message}; ${again}${proxy}.`
  return new ModelError('PULL_FAILED', message, { cause: error })
}
