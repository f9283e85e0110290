// What a repository of the hub holds at one commit. Decides that what the server says is taken for nothing before it
// was checked: commits and hashes are hashes, sizes are numbers, names are files that stay in their folder on every
// system.
import { ModelError } from '../../base/errors.js'
import { isRecord } from '../../base/seen.js'
import { allParts, hasTag, isGgufName, isProjectorName } from '../file-name.js'
import { nearNames } from '../near.js'
import { isRelativePath, type Reference, writtenReference } from '../reference.js'
import { type Connection, Transient, withRetries } from './connection.js'
import { get } from './get.js'

export interface RemoteFile {
  /** In the repository, with slashes. */
  readonly path: string
  readonly bytes: number
  /** 64 digits: SHA-256 of the content. 40: Git's name for it. */
  readonly hash: string
}

export interface RemoteModel {
  /** Of its first file; what `load` takes. */
  readonly reference: Reference
  readonly files: readonly RemoteFile[]
  readonly bytes: number
}

export interface Repository {
  readonly name: string
  readonly commit: string
  readonly models: readonly RemoteModel[]
}

const answerBytesMax = 1 << 24
const pagesMax = 100

/** Rejects with ModelError MODEL_NOT_ON_HUB, MODEL_GATED, PULL_*. */
export async function readRepository(connection: Connection, reference: Reference): Promise<Repository> {
  const { name, revision } = reference
  const api = `${connection.endpoint}/api/models/${name}`
  const about = await json(connection, `${api}/revision/${encodeURIComponent(revision ?? 'main')}`, name)
  const commit = String((about.value as { sha?: unknown } | null)?.sha)
  if (!/^[0-9a-f]{40}$/.test(commit)) throw unexpected(connection, name, 'names no commit')
  const files: RemoteFile[] = []
  let page: string | null = `${api}/tree/${commit}?recursive=true`
  for (let pages = 0; page !== null; pages += 1) {
    if (pages === pagesMax) throw unexpected(connection, name, `has more than ${pagesMax} pages of files`)
    const { value, next } = await json(connection, page, name)
    if (!Array.isArray(value)) throw unexpected(connection, name, 'lists no files')
    files.push(...value.flatMap((item: unknown) => remoteFile(item) ?? []))
    page = next
  }
  return { name, commit, models: modelsOf(name, revision, files) }
}

/**
 * The models that a reference means: one where it names a file, else those with its tag, without projectors. Throws
 * ModelError MODEL_NOT_ON_HUB where there are none.
 */
export function meantModels({ name, models }: Repository, reference: Reference): readonly RemoteModel[] {
  const { file, tag } = reference
  const found = models.filter(({ files: [first, ...parts] }) => {
    if (file !== null) return [first!, ...parts].some((one) => one.path === file)
    return isProjectorName(first!.path) ? false : tag === null || hasTag(first!.path, tag)
  })
  if (found.length > 0) return found
  const all = models.map((model) => model.files[0]!.path)
  const near = nearNames(file ?? tag ?? '', all, 5)
  const others = near.length > 0 ? `Near it: ${near.join(', ')}` : `It has ${all.slice(0, 5).join(', ')}`
  throw new ModelError(
    'MODEL_NOT_ON_HUB',
    all.length === 0
      ? `${name} has no GGUF files; look for a repository that has, often called ${name.split('/')[1]}-GGUF.`
      : `${name} has no GGUF file for ${writtenReference(reference)}. ${others}.`,
  )
}

function modelsOf(
  name: string,
  revision: string | null,
  files: readonly RemoteFile[],
): readonly RemoteModel[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const names = new Set([...byPath.keys()].map((path) => allParts(path)[0]!))
  return [...names].sort().flatMap((first) => {
    const parts = allParts(first).map((path) => byPath.get(path))
    const whole = parts.filter((part) => part !== undefined)
    if (whole.length < parts.length) return []
    const reference: Reference = { store: 'hf', name, revision, file: first, tag: null }
    return { reference, files: whole, bytes: whole.reduce((sum, { bytes }) => sum + bytes, 0) }
  })
}

/** Null: a folder, another kind of file, or one whose name or hash could not be used. */
function remoteFile(item: unknown): RemoteFile | null {
  if (!isRecord(item)) return null
  const { type, path, size, oid, lfs } = item as Record<string, unknown>
  if (type !== 'file' || typeof path !== 'string' || !isGgufName(path) || !isSafeName(path)) return null
  const stored = isRecord(lfs) ? (lfs as Record<string, unknown>) : { oid, size }
  const bytes = Number(stored.size)
  const hash = String(stored.oid)
  const isHash = isRecord(lfs) ? /^[0-9a-f]{64}$/.test(hash) : /^[0-9a-f]{40}$/.test(hash)
  return isHash && Number.isSafeInteger(bytes) && bytes > 0 ? { path, bytes, hash } : null
}

/** Whether a file can be called so on Linux, macOS and Windows alike, and stays in its folder there. */
function isSafeName(name: string): boolean {
  if (!isRelativePath(name) || /[<>:"|?*]/.test(name)) return false
  return name.split('/').every((part) => {
    const isDevice = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?$/i.test(part)
    return !isDevice && !/^ |[ .]$/.test(part) && Buffer.byteLength(part) <= 255
  })
}

async function json(
  connection: Connection,
  url: string,
  name: string,
): Promise<{ readonly value: unknown; readonly next: string | null }> {
  return withRetries(connection, async () => {
    const { status, headers, body } = await get(connection, url, { whose: name })
    const chunks: Buffer[] = []
    let bytes = 0
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > answerBytesMax) throw unexpected(connection, name, 'answers without end')
        chunks.push(chunk)
      }
    } catch (error) {
      if (error instanceof ModelError) throw error
      throw new Transient('the answer was cut off', { cause: error })
    }
    try {
      if (status !== 200) throw new SyntaxError(`status ${status}`)
      const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      return { value, next: nextPage(connection, headers.link) }
    } catch {
      throw unexpected(connection, name, 'answers with something else than JSON')
    }
  })
}

/** Of the hub's own pages only. */
function nextPage({ endpoint }: Connection, link: string | undefined): string | null {
  const url = /<([^<>]+)>;\s*rel="next"/.exec(link ?? '')?.[1] ?? null
  return url?.startsWith(`${endpoint}/api/`) ? url : null
}

function unexpected({ endpoint }: Connection, name: string, what: string): ModelError {
  return new ModelError(
    'PULL_UNEXPECTED',
    `${endpoint} ${what} for ${name}; expected the hub's interface. HF_ENDPOINT says which hub is asked.`,
  )
}
