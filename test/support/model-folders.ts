// Folders as other programs keep models in, made small: files with a header and nothing behind it. Decides the layouts,
// as those programs document them.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Machine } from '../../lib/files/machine.js'
import { writeGguf } from '../../scripts/gguf-writer.mjs'

export interface Facts {
  readonly architecture?: string
  readonly name?: string
  readonly fileType?: number
  readonly type?: string
  readonly pooling?: number
}

export const commit = 'a'.repeat(40)
export const olderCommit = 'b'.repeat(40)

/** A folder for one test, taken away by `remove`. */
export function madeHome(): { readonly home: string; readonly remove: () => void } {
  const home = mkdtempSync(path.join(tmpdir(), 'espalier-home-'))
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) }
}

export function machineAt(home: string, over: Partial<Machine> = {}): Machine {
  return { platform: 'linux', home, environment: {}, ...over }
}

/** Writes a file with folders around it. */
export function put(file: string, content: string | Buffer): string {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

/** A GGUF file that says this of itself. */
export function putModel(file: string, facts: Facts = {}): string {
  mkdirSync(path.dirname(file), { recursive: true })
  const { architecture = 'llama', name, fileType, type, pooling } = facts
  writeGguf(file, {
    metadata: {
      'general.architecture': { kind: 'string', value: architecture },
      ...(type === undefined ? {} : { 'general.type': { kind: 'string' as const, value: type } }),
      ...(name === undefined ? {} : { 'general.name': { kind: 'string' as const, value: name } }),
      ...(fileType === undefined ? {} : { 'general.file_type': { kind: 'u32' as const, value: fileType } }),
      ...(pooling === undefined
        ? {}
        : { [`${architecture}.pooling_type`]: { kind: 'u32' as const, value: pooling } }),
      'tokenizer.ggml.tokens': { kind: 'strings', value: ['a', 'b'] },
    },
    tensors: [],
  })
  return file
}

export function modelBytes(facts: Facts = {}): Buffer {
  const { home, remove } = madeHome()
  try {
    return readFileSync(putModel(path.join(home, 'model.gguf'), facts))
  } finally {
    remove()
  }
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A model as Ollama has it after a pull; `layers` beside the weights by kind. */
export function putOllama(
  folder: string,
  name: string,
  {
    facts = {},
    layers = {},
    fileType,
  }: { facts?: Facts; layers?: Record<string, string>; fileType?: string } = {},
): string {
  const blob = (content: string | Buffer): string => {
    put(path.join(folder, 'blobs', `sha256-${sha256(content)}`), content)
    return `sha256:${sha256(content)}`
  }
  const model = modelBytes(facts)
  const layer = (kind: string, content: string | Buffer) => ({
    mediaType: `application/vnd.ollama.image.${kind}`,
    digest: blob(content),
    size: content.length,
  })
  const config = JSON.stringify({ model_format: 'gguf', file_type: fileType })
  const manifest = {
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: blob(config) },
    layers: [
      layer('model', model),
      ...Object.entries(layers).map(([kind, content]) => layer(kind, content)),
      layer('template', '{{ .Prompt }}'),
    ],
  }
  put(path.join(folder, 'manifests', ...name.split('/')), JSON.stringify(manifest))
  return path.join(folder, 'blobs', `sha256-${sha256(model)}`)
}

/** Files of one commit of a repository in Hugging Face's cache, as links to blobs. */
export function putHub(
  cache: string,
  repository: string,
  files: Readonly<Record<string, Facts>>,
  { at = commit, refs = ['main'] }: { at?: string; refs?: readonly string[] } = {},
): string {
  const folder = path.join(cache, `models--${repository.replace('/', '--')}`)
  for (const ref of refs) put(path.join(folder, 'refs', ref), at)
  for (const [file, facts] of Object.entries(files)) {
    const bytes = modelBytes({ name: `${repository} ${file} ${at}`, ...facts })
    const blob = put(path.join(folder, 'blobs', sha256(bytes)), bytes)
    const link = path.join(folder, 'snapshots', at, ...file.split('/'))
    mkdirSync(path.dirname(link), { recursive: true })
    symlinkSync(path.relative(path.dirname(link), blob), link)
  }
  return folder
}
