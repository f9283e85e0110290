// What decides where other programs keep their models: the operating system, the home folder, the environment. All
// rules of this room take it as an argument, so that each platform's are tested on any; nothing else here asks the
// process.
import { homedir } from 'node:os'
import path from 'node:path'

export interface Machine {
  readonly platform: NodeJS.Platform
  /** Absolute; '' for who has none. */
  readonly home: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function thisMachine(): Machine {
  const home = homedir()
  return {
    platform: process.platform,
    home: path.isAbsolute(home) && home !== path.parse(home).root ? home : '',
    environment: process.env,
  }
}

/** The variable's value; null where it is not set or empty, which means the same to all of these programs. */
export function variable({ environment }: Machine, name: string): string | null {
  return environment[name] || null
}

/** A folder a person or a program wrote, absolute: `~` is the home folder. Null where it is neither. */
export function folderOf({ home }: Machine, written: string): string | null {
  const text = written.trim()
  const isHome = text === '~' || /^~[\\/]/.test(text)
  const folder = isHome && home !== '' ? path.join(home, text.slice(1)) : text
  return path.isAbsolute(folder) ? path.normalize(folder) : null
}

/** The path as a sentence names it: `~` for the home folder. */
export function shownPath({ home }: Machine, file: string): string {
  const inside = home === '' ? '..' : path.relative(home, file)
  if (inside === '') return '~'
  if (inside.startsWith('..') || path.isAbsolute(inside)) return file
  return `~${path.sep}${inside}`
}
