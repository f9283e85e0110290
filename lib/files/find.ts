// The model files of this machine: of all programs that are known to keep some, each file once. Decides what is told of
// each, and reads no more of it than its first kilobytes. What is broken is a note; nothing here rejects for it.
import { stat } from 'node:fs/promises'
import { sideBySide, Turns } from '../async/side-by-side.js'
import type { Entry, Listed } from './entry.js'
import { isProjectorName, quantisationIn } from './file-name.js'
import { codeOf, type Note, unreadable } from './folder-walk.js'
import { type Head, readHead } from './gguf-head.js'
import { listFolders, listJan } from './in-folders.js'
import { listHub } from './in-hub.js'
import { listOllama } from './in-ollama.js'
import { type Machine, thisMachine } from './machine.js'
import { referenceIn, writtenReference } from './reference.js'
import { type Layout, type ModelStore, type Place, placesOf } from './stores.js'

/** A model that lies on this machine. */
export interface ModelFile {
  /** What `load` takes for it, as `'ollama:qwen3:4b'`. */
  readonly reference: string
  /** Whose folder it lies in; the word before the colon of `reference`. */
  readonly store: ModelStore
  /** The file, absolute; of a model split into several the first one, which is the one to load. */
  readonly path: string
  /** Of all its files. */
  readonly bytes: number
  /** 'projector': the eyes or ears of another model, 'adapter': a LoRA; neither can be loaded by itself. */
  readonly kind: 'text' | 'embedding' | 'projector' | 'adapter'
  /** As `'qwen3'`; null where the file's first kilobytes don't say. */
  readonly architecture: string | null
  /** As `'Q4_K_M'`, by the file's first kilobytes, else by its name; null where neither says. */
  readonly quantisation: string | null
  /** As its makers call it; null where the file doesn't say. */
  readonly name: string | null
  /** LoRA files that Ollama applies to it. `load` does not by itself: they are for its option `adapters`. */
  readonly adapters: readonly string[]
  /** Other references to the same file. */
  readonly also: readonly string[]
}

export interface Found {
  readonly files: readonly ModelFile[]
  readonly places: readonly Place[]
  readonly notes: readonly Note[]
}

/**
 * The models that are on this machine already: in the folders of LM Studio, Ollama, Jan, GPT4All and llama.cpp, and in
 * Hugging Face's cache. Each file is there once, by its reference in alphabetical order. Files that can't be read and
 * downloads that were not finished are left out. Reads the first kilobytes of each file; never rejects.
 *
 * @example
 * ```ts
 * for (const { reference, bytes, quantisation } of await modelFiles()) console.log(reference, bytes, quantisation)
 * ```
 */
export async function modelFiles(): Promise<readonly ModelFile[]> {
  return (await findModels(thisMachine())).files
}

export async function findModels(machine: Machine): Promise<Found> {
  const { entries, notes, places } = await listEntries(machine, null)
  const signal = new AbortController().signal
  const whole = entries.filter(({ missing }) => missing.length === 0)
  const seen = await sideBySide({ turns: new Turns(readsAtOnce - 1), signal }, whole.length, (index) =>
    look(whole[index]!),
  )
  const files = seen.filter((one) => 'file' in one)
  return {
    files: onceEach(files).sort((one, other) => byName.compare(one.reference, other.reference)),
    places,
    notes: [...notes, ...seen.filter((one) => 'says' in one)],
  }
}

/** Files that are open at a time. */
const readsAtOnce = 8
const byName = new Intl.Collator('en', { numeric: true })

const listers: Readonly<Record<Layout, (place: Place) => Promise<Listed>>> = {
  hub: listHub,
  ollama: listOllama,
  jan: listJan,
  folders: listFolders,
}

/** Without reading a model file. */
export async function listEntries(
  machine: Machine,
  only: ModelStore | null,
): Promise<Listed & { readonly places: readonly Place[] }> {
  const places = await placesOf(machine, only)
  const listed = await Promise.all(places.map((place) => listers[place.layout](place)))
  return {
    places,
    entries: listed.flatMap(({ entries }) => entries.filter(canBeTyped)),
    notes: listed.flatMap(({ notes }) => notes),
  }
}

/** A name on the disk may have characters that no reference has. */
function canBeTyped({ reference }: Entry): boolean {
  try {
    return referenceIn(writtenReference(reference)) !== null
  } catch {
    return false
  }
}

interface Seen {
  /** Of the first file itself, by whatever way it was reached. */
  readonly id: string
  readonly file: ModelFile
}

async function look(entry: Entry): Promise<Seen | Note> {
  const [first] = entry.files as [string]
  try {
    const { dev, ino } = await stat(first, { bigint: true })
    const sizes = await Promise.all(entry.files.map(async (file) => (await stat(file)).size))
    const read = await readHead(first)
    if ('problem' in read) return { path: first, says: read.problem }
    if (read.head.type === 'imatrix')
      return { path: first, says: 'is no model: it tells how to quantise one' }
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    // Some systems of files know no numbers.
    const id = ino === 0n ? first : `${dev}:${ino}`
    return { id, file: modelFile(entry, read.head, bytes) }
  } catch (error) {
    return unreadable(first, codeOf(error))
  }
}

function modelFile(entry: Entry, head: Head, bytes: number): ModelFile {
  const [path] = entry.files as [string]
  const { store } = entry.reference
  return {
    reference: writtenReference(entry.reference),
    store,
    path,
    bytes,
    kind: kindOf(path, head),
    architecture: head.architecture,
    quantisation: head.quantisation ?? entry.quantisation ?? quantisationIn(path),
    name: head.name,
    adapters: entry.adapters,
    also: [],
  }
}

const embedders =
  /(^|[-_])bert$|^(bert|nomic-bert.*|jina-bert.*|modern-bert|neo-bert|eurobert|gemma-embedding|llama-embed|t5encoder)$/

function kindOf(file: string, { type, architecture, hasPooling }: Head): ModelFile['kind'] {
  if (type === 'adapter') return 'adapter'
  if (type === 'mmproj' || architecture === 'clip' || isProjectorName(file)) return 'projector'
  return hasPooling || embedders.test(architecture ?? '') ? 'embedding' : 'text'
}

function onceEach(seen: readonly Seen[]): ModelFile[] {
  const byId = new Map<string, ModelFile[]>()
  for (const { id, file } of seen) byId.set(id, [...(byId.get(id) ?? []), file])
  return [...byId.values()].map(([first, ...others]) => {
    const also = others.map(({ reference }) => reference).filter((one) => one !== first!.reference)
    return { ...first!, also: [...new Set(also)] }
  })
}
