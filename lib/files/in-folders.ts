// Models that lie in folders as files, as LM Studio, llama.cpp, GPT4All and Jan keep them. Decides what they are
// called: by their path within the folder; in Jan's by the folder of the note (model.yml) that names the file.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Entry, entryOf, type FolderModel, type Listed, modelsAmong } from './entry.js'
import { walkFolder } from './folder-walk.js'
import { programReference } from './reference.js'
import type { ModelStore, Place } from './stores.js'

export async function listFolders({ store, folder, depthMax }: Place): Promise<Listed> {
  const { files, notes } = await walkFolder(folder, depthMax)
  const among = modelsAmong(files)
  return {
    entries: among.models.map((model) => namedAs(store, folder, model)),
    notes: [...notes, ...among.notes],
  }
}

export async function listJan({ store, folder, depthMax }: Place): Promise<Listed> {
  const { files, notes } = await walkFolder(folder, depthMax)
  const noted = await Promise.all(
    files
      .filter((file) => path.basename(file) === 'model.yml')
      .map(async (note): Promise<Entry | null> => {
        const file = await fileNamedIn(note, folder)
        if (file === null) return null
        const name = nameIn(folder, path.dirname(note))
        return name === '' ? null : entryOf(programReference(store, name), { files: [file], missing: [] })
      }),
  )
  const entries = noted.filter((entry) => entry !== null)
  const named = new Set(entries.flatMap((entry) => entry.files))
  const among = modelsAmong(files.filter((file) => !named.has(file)))
  const others = among.models.map((model) => namedAs(store, folder, model))
  return { entries: [...entries, ...others], notes: [...notes, ...among.notes] }
}

const noteBytesMax = 1 << 16

/** The note's paths are absolute, or begin at the program's data folder, two or one above that of the models. */
async function fileNamedIn(note: string, models: string): Promise<string | null> {
  const text = await readFile(note, 'utf8').catch(() => '')
  const written = /^model_path:[ \t]*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s#][^\n]*?))[ \t]*\r?$/m.exec(
    text.slice(0, noteBytesMax),
  )
  const name = written?.[1] ?? written?.[2] ?? written?.[3]
  if (name === undefined) return null
  const parent = path.dirname(models)
  const data = path.basename(parent) === 'llamacpp' ? path.dirname(parent) : parent
  return path.resolve(data, name)
}

function namedAs(store: ModelStore, folder: string, model: FolderModel): Entry {
  return entryOf(programReference(store, nameIn(folder, model.files[0]!)), model)
}

function nameIn(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/')
}
