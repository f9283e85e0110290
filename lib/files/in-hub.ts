// Models in Hugging Face's cache: `models--org--repo/snapshots/COMMIT/file`, a link to a blob, and `refs/main`, which
// holds a commit. Decides which snapshot a name without a revision means: that of `main`, else the newest one.
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Entry, type Listed, modelsAmong } from './entry.js'
import { codeOf, type Note, unreadable, walkFolder } from './folder-walk.js'
import type { Place } from './stores.js'

export async function listHub({ folder, depthMax }: Place): Promise<Listed> {
  const names = await readdir(folder).catch((error: unknown) => codeOf(error))
  if (typeof names === 'string') {
    return { entries: [], notes: names === 'ENOENT' ? [] : [unreadable(folder, names)] }
  }
  const listed: Listed[] = []
  for (const name of names.sort()) {
    const [, organisation, repository] = /^models--(.+?)--(.+)$/.exec(name) ?? []
    if (repository === undefined) continue
    listed.push(await listRepository(path.join(folder, name), `${organisation}/${repository}`, depthMax))
  }
  return {
    entries: listed.flatMap(({ entries }) => entries),
    notes: listed.flatMap(({ notes }) => notes),
  }
}

async function listRepository(folder: string, name: string, depthMax: number): Promise<Listed> {
  const refs = await refsIn(path.join(folder, 'refs'))
  const snapshots = await snapshotsIn(path.join(folder, 'snapshots'), refs.get('main') ?? null)
  const entries: Entry[] = []
  const notes: Note[] = [...(await unfinished(folder, name))]
  for (const [index, commit] of snapshots.entries()) {
    const root = path.join(folder, 'snapshots', commit)
    const walked = await walkFolder(root, depthMax)
    const among = modelsAmong(walked.files)
    notes.push(...walked.notes, ...among.notes)
    const named = [...refs].filter(([, target]) => target === commit).map(([ref]) => ref)
    for (const model of among.models) {
      const file = path.relative(root, model.files[0]!).split(path.sep).join('/')
      const revision = index === 0 ? null : commit.slice(0, 10)
      entries.push({
        reference: { store: 'hf', name, revision, file, tag: null },
        ...model,
        revisions: [commit, ...named],
        quantisation: null,
        adapters: [],
      })
    }
  }
  return { entries, notes }
}

/** The commit each ref names. */
async function refsIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const { files } = await walkFolder(folder, 4)
  const read = await Promise.all(
    files.map(async (file): Promise<[string, string]> => {
      const text = await readFile(file, 'utf8').catch(() => '')
      return [path.relative(folder, file).split(path.sep).join('/'), text.trim()]
    }),
  )
  return new Map(read.filter(([, commit]) => isCommit(commit)))
}

/** That of `main` first, then from the newest to the oldest. */
async function snapshotsIn(folder: string, main: string | null): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const dated = await Promise.all(
    names.filter(isCommit).map(async (commit) => {
      const made = await stat(path.join(folder, commit)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      )
      return { commit, rank: commit === main ? Number.POSITIVE_INFINITY : made }
    }),
  )
  return dated.sort((one, other) => other.rank - one.rank).map(({ commit }) => commit)
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

async function unfinished(folder: string, name: string): Promise<readonly Note[]> {
  const blobs = await readdir(path.join(folder, 'blobs')).catch((): string[] => [])
  return blobs
    .filter((blob) => blob.endsWith('.incomplete'))
    .map((blob) => ({
      path: path.join(folder, 'blobs', blob),
      says: `is a file of ${name} that was not downloaded to its end; espalier pull goes on with it`,
    }))
}
