// Which files lie below a folder. Decides the bounds: so many levels, so many names, each folder once however it is
// reached. What can't be read is a note, never an error. Always gives way to others, as everything is awaited.
import type { Dirent } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Something a person may want to know of, and need not. */
export interface Note {
  readonly path: string
  /** The end of a sentence that begins with the path. */
  readonly says: string
}

export interface Walked {
  /** Absolute, in the order of their names. */
  readonly files: readonly string[]
  readonly notes: readonly Note[]
}

/** Names in all folders of a walk together. No program keeps as many models. */
const namesMax = 20_000

/** Files and links to files; a folder that is not there has none. Names that begin with a dot are left out. */
export async function walkFolder(root: string, depthMax: number): Promise<Walked> {
  const files: string[] = []
  const notes: Note[] = []
  const seen = new Set<string>()
  const waiting = [{ folder: root, depth: 1 }]
  let names = 0
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { folder, depth } = next
    const listed = await namesIn(folder, namesMax - names)
    if ('problem' in listed) {
      if (listed.problem !== 'ENOENT' || folder !== root) notes.push(unreadable(folder, listed.problem))
      continue
    }
    names += listed.entries.length
    if (names >= namesMax) {
      notes.push({ path: root, says: `has more than ${namesMax} files; the others were not looked at` })
    }
    for (const entry of listed.entries) {
      const file = path.join(folder, entry.name)
      const kind = await kindOf(entry, file)
      if (kind === 'file') files.push(file)
      else if (kind !== 'other' && 'id' in kind) {
        if (seen.has(kind.id)) continue
        seen.add(kind.id)
        if (depth < depthMax) waiting.push({ folder: file, depth: depth + 1 })
      } else if (kind !== 'other') notes.push(unreadable(file, kind.problem))
    }
    if (names >= namesMax) break
  }
  return { files, notes }
}

export function unreadable(file: string, code: string): Note {
  const whys: Readonly<Record<string, string>> = {
    EACCES: 'you have no right to',
    EPERM: 'you have no right to',
    ENOENT: 'what it leads to is gone',
    ELOOP: 'it leads to itself',
  }
  return { path: file, says: `can't be read: ${whys[code] ?? code}` }
}

/** 'EACCES'. */
export function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? 'no reason was given')
}

async function namesIn(
  folder: string,
  countMax: number,
): Promise<{ readonly entries: readonly Dirent[] } | { readonly problem: string }> {
  const entries: Dirent[] = []
  try {
    for await (const entry of await opendir(folder)) {
      if (!entry.name.startsWith('.')) entries.push(entry)
      if (entries.length >= countMax) break
    }
  } catch (error) {
    return { problem: codeOf(error) }
  }
  return { entries: entries.sort((one, other) => (one.name < other.name ? -1 : 1)) }
}

/** 'other': a socket and its like. Folders have an id, so that each is walked once. */
async function kindOf(
  entry: Dirent,
  file: string,
): Promise<'file' | 'other' | { readonly id: string } | { readonly problem: string }> {
  if (entry.isFile()) return 'file'
  if (!entry.isDirectory() && !entry.isSymbolicLink()) return 'other'
  try {
    const { dev, ino, ...kind } = await stat(file, { bigint: true }).then((found) => ({
      dev: found.dev,
      ino: found.ino,
      isFolder: found.isDirectory(),
      isFile: found.isFile(),
    }))
    if (kind.isFolder) return { id: `${dev}:${ino}` }
    return kind.isFile ? 'file' : 'other'
  } catch (error) {
    return { problem: codeOf(error) }
  }
}
