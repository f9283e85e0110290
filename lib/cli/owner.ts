// What tells who owns a machine, and texts without it. Decides that a home folder is written ~ wherever it stands, and
// a user's name that is a folder's <user>.
import { realpathSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import path from 'node:path'

export interface Owner {
  /** Paths of the home folder, whichever way it is reached. */
  readonly homes: readonly string[]
  /** null: no name, or one that tells nothing. */
  readonly user: string | null
}

/** Of Mira's '.../mira/models/a.gguf' '~/models/a.gguf', and of '/data/mira/a.gguf' '/data/<user>/a.gguf'. */
export function withoutOwner(text: string, { homes, user }: Owner = thisOwner()): string {
  // The longest first: one may be the beginning of another.
  const byLength = [...homes].sort((a, b) => b.length - a.length)
  const homeless = byLength.reduce(
    (all, home) => all.replace(new RegExp(`${escaped(home)}(?![\\w.-])`, 'g'), '~'),
    text,
  )
  if (user === null) return homeless
  return homeless.replace(new RegExp(`(?<=[\\\\/])${escaped(user)}(?![\\w.-])`, 'g'), '<user>')
}

/** A path for the owner's own eyes: '~/models/a.gguf'. */
export function homePath(file: string): string {
  return withoutOwner(file, { ...thisOwner(), user: null })
}

const escaped = (text: string): string => text.replace(/[^\w]/g, '\\$&')

function thisOwner(): Owner {
  const home = homedir()
  const homes = home === '' || home === path.parse(home).root ? [] : [...new Set([home, real(home)])]
  return { homes, user: userName() }
}

function real(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

function userName(): string | null {
  try {
    const { username } = userInfo()
    return username === '' || username === 'root' ? null : username
  } catch {
    // Who has no entry in the system's list has no name there either.
    return null
  }
}
