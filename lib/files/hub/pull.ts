// Fetches a model from Hugging Face's hub into its cache on this machine, where the hub's other tools find it, too.
// Only ever by being asked to. Decides what a reference means there, that there is room first, and what is told
// meanwhile.
import { mkdir } from 'node:fs/promises'
import { isSignal } from '../../async/signal.js'
import { AbortError, UsageError } from '../../base/errors.js'
import { checkNames, type OptionTable, optionNames } from '../../base/options.js'
import { isRecord, shown } from '../../base/seen.js'
import { ambiguous } from '../locate.js'
import { type Machine, thisMachine } from '../machine.js'
import { type Reference, referenceIn, writtenReference } from '../reference.js'
import { hubCache } from '../stores.js'
import { type Connection, type ConnectionOptions, connect } from './connection.js'
import { refuseWithoutRoom, toldOfDisk } from './disk.js'
import { fetchBlob } from './fetch-blob.js'
import { blobPath, lockPath, nameBlob, repositoryFolder, writeRef } from './layout.js'
import { meantModels, type RemoteModel, type Repository, readRepository } from './repository.js'
import { type PullProgress, Teller } from './telling.js'

/** How a model is fetched. */
export interface PullOptions {
  /** Called up to ten times a second, and once at the end; what it throws ends the pull. Default: nobody is told. */
  readonly onProgress?: (progress: PullProgress) => void
  /** Ends the pull with AbortError; what was fetched is kept for the next one. Default: it goes on to its end. */
  readonly signal?: AbortSignal
}

/** A model that was pulled. */
export interface Pulled {
  /** What `load` takes for it: the file by its name. */
  readonly reference: string
  /** The file, absolute; of a model split into several the first one, which is the one to load. */
  readonly path: string
  /** Of all its files. */
  readonly bytes: number
  /** The commit of the repository that it is of. */
  readonly commit: string
}

const table: OptionTable<PullOptions> = { onProgress: true, signal: true }
const names = optionNames<PullOptions>('pull()', table)

/**
 * Fetches a model from Hugging Face's hub into its cache, unless it is there already: `'hf:org/repo/file.gguf'`,
 * `'hf:org/repo:Q4_K_M'`, or `'hf:org/repo'` where that has one model only; `@revision` may stand behind the
 * repository. A model in several files is fetched whole. Each file is checked against the hub's hash; a pull that ended
 * early goes on where it stopped, in another process, too. `HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_CACHE` (or `HF_HOME`),
 * `HTTPS_PROXY` and `NO_PROXY` are read as by the hub's own tools.
 *
 * Rejects with UsageError REFERENCE_INVALID, REFERENCE_AMBIGUOUS, ARGUMENT_INVALID, OPTION_UNKNOWN,
 * HUB_ENDPOINT_INVALID, HUB_TOKEN_INVALID; ModelError MODEL_NOT_ON_HUB, MODEL_GATED where the hub does not give it,
 * PULL_FAILED where it can't be reached, PULL_UNEXPECTED, PULL_HASH_DIFFERS, PULL_REFUSED, PULL_REDIRECT,
 * PULL_UNREACHABLE, PULL_OFFLINE, PULL_NOT_WRITTEN; CapacityError DISK_FULL; AbortError.
 *
 * @example
 * ```ts
 * const ready = async () => {
 *   const { path } = await pull('hf:Qwen/Qwen3-4B-GGUF:Q4_K_M', {
 *     onProgress: ({ bytes, bytesTotal }) => console.log(Math.floor((100 * bytes) / bytesTotal), '%'),
 *   })
 *   return load(path)
 * }
 * ```
 */
export async function pull(reference: string, options: PullOptions = {}): Promise<Pulled> {
  const wanted = hubReference(reference)
  checkPullOptions(options)
  const { onProgress, signal = new AbortController().signal } = options
  return pullTo(thisMachine(), wanted, { signal, tell: onProgress ?? (() => undefined) })
}

export interface PullWork extends Pick<ConnectionOptions, 'sleep'> {
  readonly signal: AbortSignal
  readonly tell: (progress: PullProgress) => void
  /** Asked where a reference fits several models. Default: that is an error. */
  readonly choose?: (models: readonly RemoteModel[]) => Promise<RemoteModel>
}

/** As `pull`, on any machine. */
export async function pullTo(machine: Machine, wanted: Reference, work: PullWork): Promise<Pulled> {
  if (work.signal.aborted) throw new AbortError(work.signal.reason)
  const cache = hubCache(machine)
  if (cache === null)
    throw new UsageError(
      'HUB_CACHE_MISSING',
      'There is no home folder for the cache; set HF_HUB_CACHE to a folder.',
    )
  const teller = new Teller(work.tell)
  const { signal, sleep } = work
  const connection = await connect(machine, {
    signal,
    onWait: (why, milliseconds) => teller.wait(why, milliseconds),
    ...(sleep === undefined ? {} : { sleep }),
  })
  try {
    const repository = await readRepository(connection, wanted)
    const fitting = meantModels(repository, wanted)
    const [only, second] = fitting
    if (second !== undefined && work.choose === undefined) throw ambiguous(wanted, fitting)
    const model = second === undefined ? only! : await work.choose!(fitting)
    return await fetchModel(connection, { cache, repository, model, teller })
  } catch (error) {
    throw toldOfDisk(error, machine, cache)
  } finally {
    await connection.dispatcher.destroy().catch(() => undefined)
  }
}

interface ModelRequest {
  readonly cache: string
  readonly repository: Repository
  readonly model: RemoteModel
  readonly teller: Teller
}

async function fetchModel(connection: Connection, request: ModelRequest): Promise<Pulled> {
  const { cache, repository, model, teller } = request
  const { name, commit } = repository
  const at = repositoryFolder(cache, name, commit)
  await mkdir(cache, { recursive: true })
  await refuseWithoutRoom(connection.machine, cache, at, model)
  teller.begin(model.bytes)
  const paths: string[] = []
  for (const file of model.files) {
    teller.file = file.path
    await fetchBlob({
      connection,
      repository: name,
      commit,
      file,
      blob: blobPath(at, file.hash),
      lock: lockPath(at, file.hash),
      told: (bytes, doing) => teller.at(bytes, doing),
    })
    teller.finish(file.bytes)
    paths.push(await nameBlob(at, file.path, file.hash))
  }
  const { reference, bytes } = model
  await writeRef(at, reference.revision ?? 'main')
  teller.end()
  return { reference: writtenReference(reference), path: paths[0]!, bytes, commit }
}

/** Throws UsageError ARGUMENT_INVALID, REFERENCE_INVALID. */
export function hubReference(text: unknown): Reference {
  const found = typeof text === 'string' ? referenceIn(text) : null
  if (found?.store === 'hf') return found
  const hint = typeof text === 'string' ? pasted(text) : ''
  throw new UsageError(
    'ARGUMENT_INVALID',
    `pull() got ${shown(text)}; expected hf:org/repo/file.gguf, hf:org/repo:Q4_K_M or hf:org/repo.${hint}`,
  )
}

/** What to write for an address out of a browser, and for a name without the word before it. */
function pasted(text: string): string {
  const address =
    /^https?:\/\/[^/]+\/([^/]+\/[^/?#]+)(?:\/(?:blob|resolve|tree)\/([^/?#]+)(?:\/([^?#]+))?)?/.exec(text)
  if (address === null) return /^[\w-][\w.-]*\/[\w.:/-]+$/.test(text) ? ` Did you mean hf:${text}?` : ''
  const [, name, revision = 'main', file] = address
  const at = revision === 'main' ? '' : `@${revision}`
  return ` That is hf:${name}${at}${file === undefined ? '' : `/${file}`}`
}

function checkPullOptions(options: unknown): void {
  if (!isRecord(options))
    throw new UsageError(
      'ARGUMENT_INVALID',
      `The options of pull() are ${shown(options)}; expected an object.`,
    )
  checkNames(options, names)
  const { onProgress, signal } = options as { onProgress?: unknown; signal?: unknown }
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new UsageError('ARGUMENT_INVALID', `onProgress is ${shown(onProgress)}; expected a function.`)
  if (signal !== undefined && !isSignal(signal))
    throw new UsageError('ARGUMENT_INVALID', `signal is ${shown(signal)}; expected an AbortSignal.`)
}
