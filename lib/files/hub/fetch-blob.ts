// Brings one file's content into the cache: by one process at a time, from where an earlier one stopped, until its hash
// is the one the hub announced. Decides which answers are believed: never more bytes than announced, never another
// content.
import { stat } from 'node:fs/promises'
import { linked, refuseAborted } from '../../async/signal.js'
import { ModelError } from '../../base/errors.js'
import { codeOf } from '../folder-walk.js'
import { type Connection, Transient, withRetries } from './connection.js'
import { type Answer, get } from './get.js'
import { type Lock, tryLock } from './lock.js'
import { Partial } from './partial.js'
import type { RemoteFile } from './repository.js'

export interface BlobRequest {
  readonly connection: Connection
  readonly repository: string
  readonly commit: string
  readonly file: RemoteFile
  readonly blob: string
  readonly lock: string
  /** How many of the file's bytes are there, and what is being done about the others. */
  readonly told: (bytes: number, doing: 'checking' | 'waiting' | 'fetching') => void
}

/** Between two looks at a lock that another process has. */
const lookAgainMs = 500
/** More than a connection brings that breaks at once. */
const progressMin = 1 << 20

/** Rejects with ModelError PULL_*, AbortError. */
export async function fetchBlob(request: BlobRequest): Promise<void> {
  const { connection, told, file } = request
  for (;;) {
    const lock = await lockOrBlob(request)
    if (lock === null) break
    const link = linked(connection.signal, lock.lost)
    try {
      await fetchLocked({ ...request, connection: { ...connection, signal: link.signal } })
      break
    } catch (error) {
      // Who took over is waited for.
      if (!lock.lost.aborted || connection.signal.aborted) throw error
    } finally {
      link.release()
      await lock.release()
    }
  }
  told(file.bytes, 'checking')
}

async function fetchLocked(request: BlobRequest): Promise<void> {
  const { connection, file, blob, told } = request
  // It may have come between looking for it and having the lock.
  if (await isThere(blob)) return
  const partial = await Partial.open(blob, file, {
    signal: connection.signal,
    told: (bytes) => told(bytes, 'checking'),
  })
  try {
    await fill(request, partial)
    await partial.finish(blob)
  } finally {
    await partial.close()
  }
}

/** Null: the file is there, by whoever. */
async function lockOrBlob({ connection, blob, lock, told }: BlobRequest): Promise<Lock | null> {
  const { signal } = connection
  for (;;) {
    if (await isThere(blob)) return null
    const mine = await tryLock(lock)
    if (mine !== null) return mine
    const bytes = await stat(`${blob}.incomplete`).then(
      ({ size }) => size,
      () => 0,
    )
    told(bytes, 'waiting')
    await connection.sleep(lookAgainMs, signal).catch(() => undefined)
    refuseAborted(signal)
  }
}

async function isThere(blob: string): Promise<boolean> {
  return stat(blob).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    },
  )
}

/** Until it is whole and right. */
async function fill(request: BlobRequest, partial: Partial): Promise<void> {
  for (;;) {
    let before = partial.size
    await withRetries(
      request.connection,
      () => {
        before = partial.size
        partial.resume()
        return fetchOn(request, partial)
      },
      () => partial.size - before >= progressMin,
    )
    const digest = partial.digest()
    const { hash, path } = request.file
    if (digest === hash) return
    // What was gone on with may have been another content's beginning.
    const isLast = !partial.isResumed
    if (isLast) await partial.remove()
    else await partial.restart()
    if (isLast) {
      throw new ModelError(
        'PULL_HASH_DIFFERS',
        `${path} came with the hash ${digest}; expected ${hash}, which the hub announced. It was removed: ` +
          'what comes between, a proxy or a mirror, changed it.',
      )
    }
  }
}

/** One answer's bytes. Rejects with Transient where it ends before the file does. */
async function fetchOn(request: BlobRequest, partial: Partial): Promise<void> {
  const { connection, repository, commit, file, told } = request
  if (partial.isWhole) return
  const name = file.path.split('/').map(encodeURIComponent).join('/')
  const answer = await get(connection, `${connection.endpoint}/${repository}/resolve/${commit}/${name}`, {
    whose: repository,
    headers: partial.size === 0 ? {} : { range: `bytes=${partial.size}-` },
  })
  try {
    await checkAnswer(request, partial, answer)
    for await (const chunk of chunksOf(answer)) {
      if (partial.size + chunk.length > file.bytes) throw wrong(request, `is longer than ${file.bytes} bytes`)
      if (partial.size === 0 && !isGguf(chunk)) throw wrong(request, 'is no GGUF file')
      await partial.append(chunk)
      told(partial.size, 'fetching')
    }
  } finally {
    answer.body.destroy()
  }
  if (!partial.isWhole) throw new Transient('the connection ended early')
}

/** What goes wrong on the way here may go better the next time; what goes wrong with the bytes does not pass here. */
async function* chunksOf({ body }: Answer): AsyncGenerator<Buffer> {
  const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      throw new Transient('the connection broke', { cause: error })
    })
    if (next.done === true) return
    yield next.value
  }
}

/** Before its first byte is taken. */
async function checkAnswer(request: BlobRequest, partial: Partial, answer: Answer): Promise<void> {
  const { status, headers, tag } = answer
  const { file } = request
  if (tag !== null && tag.length === file.hash.length && tag !== file.hash)
    throw wrong(request, `has become another: its hash is ${tag}`)
  if (/^text\/html\b/i.test(headers['content-type'] ?? '')) throw wrong(request, 'is a page, not the file')
  if (!/^(identity)?$/i.test(headers['content-encoding'] ?? ''))
    throw wrong(request, `is packed (${headers['content-encoding']})`)
  if (status === 416) {
    if (partial.size === 0) throw wrong(request, 'can not be had from its beginning')
    await partial.restart()
    throw new Transient('it has no such part')
  }
  if (status === 206) return checkRange(request, partial, headers['content-range'] ?? '')
  // The server gives no parts: all of it comes again.
  if (partial.size > 0) await partial.restart()
  const length = headers['content-length']
  if (length !== undefined && Number(length) !== file.bytes) throw wrong(request, `has ${length} bytes`)
}

async function checkRange(request: BlobRequest, partial: Partial, range: string): Promise<void> {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? []
  if (total !== undefined && total !== '*' && Number(total) !== request.file.bytes)
    throw wrong(request, `has ${total} bytes`)
  if (from !== undefined && Number(from) === partial.size) return
  if (partial.size > 0) await partial.restart()
  throw new Transient('it gave another part than asked for')
}

function isGguf(chunk: Buffer): boolean {
  return 'GGUF'.startsWith(chunk.toString('latin1', 0, 4))
}

function wrong({ file, repository, connection }: BlobRequest, what: string): ModelError {
  return new ModelError(
    'PULL_UNEXPECTED',
    `What ${connection.endpoint} gives for ${file.path} of ${repository} ${what}; expected ${file.bytes} bytes with ` +
      `the hash ${file.hash}.`,
  )
}
