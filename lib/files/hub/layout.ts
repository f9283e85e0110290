// Where a file of the hub lies in its cache: the content under its hash (blobs), its name as a link to that
// (snapshots), and which commit a branch was at (refs). The tools of the hub share this layout. Decides what takes the
// place of a link where the system has none for us.
import { randomUUID } from 'node:crypto'
import { copyFile, link, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { codeOf } from '../folder-walk.js'

export interface RepositoryFolder {
  readonly cache: string
  readonly folder: string
  readonly commit: string
}

/** `name`: 'org/repo'. */
export function repositoryFolder(cache: string, name: string, commit: string): RepositoryFolder {
  return { cache, folder: path.join(cache, `models--${name.replace('/', '--')}`), commit }
}

export function blobPath({ folder }: RepositoryFolder, hash: string): string {
  return path.join(folder, 'blobs', hash)
}

export function lockPath({ cache, folder }: RepositoryFolder, hash: string): string {
  return path.join(cache, '.locks', path.basename(folder), `${hash}.espalier`)
}

function snapshotPath({ folder, commit }: RepositoryFolder, name: string): string {
  return path.join(folder, 'snapshots', commit, ...name.split('/'))
}

/** Lets the name lead to the content; a name that leads to it already stays. */
export async function nameBlob(at: RepositoryFolder, name: string, hash: string): Promise<string> {
  const file = snapshotPath(at, name)
  const blob = blobPath(at, hash)
  await mkdir(path.dirname(file), { recursive: true })
  if (await isSame(file, blob)) return file
  await rm(file, { force: true })
  const made = await linkTo(blob, file)
  // Another process may have made it at this moment.
  if (!made && !(await isSame(file, blob))) await copyFile(blob, file)
  return file
}

/** Whether there is a link of either kind: Windows gives links to other files to few people. */
async function linkTo(blob: string, file: string): Promise<boolean> {
  const ways = [() => symlink(path.relative(path.dirname(file), blob), file), () => link(blob, file)]
  for (const way of ways) {
    try {
      await way()
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
    }
  }
  return false
}

async function isSame(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([one, other].map((file) => stat(file, { bigint: true })))
    return a!.dev === b!.dev && a!.ino === b!.ino && (a!.ino !== 0n || a!.size === b!.size)
  } catch {
    return false
  }
}

/** `ref`: a branch or a tag; a commit needs none. */
export async function writeRef({ folder, commit }: RepositoryFolder, ref: string): Promise<void> {
  if (ref === commit) return
  const file = path.join(folder, 'refs', ...ref.split('/'))
  if ((await readFile(file, 'utf8').catch(() => null)) === commit) return
  await mkdir(path.dirname(file), { recursive: true })
  const fresh = `${file}.${randomUUID()}.tmp`
  await writeFile(fresh, commit)
  await rename(fresh, file)
}
