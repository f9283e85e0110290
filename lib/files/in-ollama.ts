// Models as Ollama keeps them: a manifest (JSON) for each name and tag, whose layers are files called after their hash.
// Decides which layer is the model. A manifest that can't be read is a note; one without a GGUF file (models in the
// cloud, other formats) is no model here.
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { isRecord } from '../base/seen.js'
import type { Entry, Listed } from './entry.js'
import { codeOf, type Note, unreadable, walkFolder } from './folder-walk.js'
import { programReference } from './reference.js'
import type { Place } from './stores.js'

export async function listOllama({ folder, depthMax }: Place): Promise<Listed> {
  const manifests = path.join(folder, 'manifests')
  const { files, notes } = await walkFolder(manifests, depthMax)
  const read = await Promise.all(
    files.map(async (file): Promise<Entry | Note | null> => {
      const name = nameOf(path.relative(manifests, file).split(path.sep))
      return name === null ? null : entryIn(folder, file, name)
    }),
  )
  const found = read.filter((one) => one !== null)
  return {
    entries: found.filter((one) => 'files' in one),
    notes: [...notes, ...found.filter((one) => 'says' in one), ...(await unfinished(folder))],
  }
}

/** The name as `ollama list` writes it: its own registry and library are not said. Null for what is no manifest. */
function nameOf(parts: readonly string[]): string | null {
  if (parts.length !== 4) return null
  const [host, namespace, model, tag] = parts
  if (host !== 'registry.ollama.ai') return `${host}/${namespace}/${model}:${tag}`
  return namespace === 'library' ? `${model}:${tag}` : `${namespace}/${model}:${tag}`
}

const manifestBytesMax = 1 << 20
const kindOf = 'application/vnd.ollama.image.'

interface Layer {
  readonly mediaType: string
  readonly digest: string
}

async function entryIn(folder: string, file: string, name: string): Promise<Entry | Note | null> {
  const manifest = await jsonOf(file).catch((error: unknown) => unreadable(file, codeOf(error)))
  if (manifest === null) return { path: file, says: 'is no manifest of Ollama' }
  if ('says' in manifest) return manifest as Note
  const layers = layersOf(manifest)
  const blobs = (kind: string): string[] =>
    layers
      .filter(({ mediaType }) => mediaType === `${kindOf}${kind}`)
      .map(({ digest }) => blobOf(folder, digest))
  const [model] = blobs('model')
  if (model === undefined) return null
  const isThere = await stat(model).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  )
  if (!isThere) return { path: file, says: `names ${path.basename(model)}, which is not there` }
  return {
    reference: programReference('ollama', name),
    files: [model],
    revisions: [],
    missing: [],
    quantisation: await quantisationIn(folder, manifest),
    adapters: blobs('adapter'),
  }
}

/** What Ollama says of the model in the layer of settings. */
async function quantisationIn(folder: string, manifest: object): Promise<string | null> {
  const [config] = layersOf({ layers: [(manifest as { config?: unknown }).config] })
  if (config === undefined) return null
  const settings = await jsonOf(blobOf(folder, config.digest)).catch(() => null)
  const type = (settings as { file_type?: unknown } | null)?.file_type
  return typeof type === 'string' && /^[A-Z0-9_]{2,20}$/.test(type) ? type : null
}

function layersOf(manifest: object): readonly Layer[] {
  const { layers } = manifest as { layers?: unknown }
  if (!Array.isArray(layers)) return []
  return layers.filter(
    (layer: unknown): layer is Layer =>
      isRecord(layer) &&
      typeof (layer as Partial<Layer>).mediaType === 'string' &&
      /^sha256[:-][0-9a-f]{64}$/.test(String((layer as Partial<Layer>).digest)),
  )
}

function blobOf(folder: string, digest: string): string {
  return path.join(folder, 'blobs', digest.replace(':', '-'))
}

/** Null for what is no object in JSON, or too large to be a manifest. */
async function jsonOf(file: string): Promise<object | null> {
  const { size } = await stat(file)
  if (size > manifestBytesMax) return null
  const text = await readFile(file, 'utf8')
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

/** Ollama downloads in pieces, `sha256-…-partial-3`; each blob is noted once. */
async function unfinished(folder: string): Promise<readonly Note[]> {
  const { files } = await walkFolder(path.join(folder, 'blobs'), 1)
  const wholes = files
    .map((file) => /^(.*)-partial(-\d+)?$/.exec(file)?.[1])
    .filter((file) => file !== undefined)
  return [...new Set(wholes)].map((file) => ({ path: file, says: 'is a download that was not finished' }))
}
