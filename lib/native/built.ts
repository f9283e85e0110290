// Where "espalier build" puts llama.cpp's libraries, and which of them may be used here. Decides the folder's name and
// that one counts only with the note its build leaves last. Never makes or removes anything.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { cacheFolder } from './cache-folder.js'
import { platformName } from './package-root.js'
import type { Build } from './platform.js'

/** What stands in a finished folder, in `espalier-build.json`. */
export interface BuildNote {
  /** Of llama.cpp: 'v0.5.0'. */
  readonly release: string
  /** The one processor it was built for, as the system names it; null for every processor of the platform. */
  readonly processor: string | null
}

export const noteName = 'espalier-build.json'

/** Null where there is no cache folder. No part of the folder of llama.cpp's headers, which is checked as a whole. */
export function buildFolder(what: Build, release: string): string | null {
  const cache = cacheFolder()
  return cache === null
    ? null
    : path.join(cache, 'built', `llama.cpp-${release}`, `${what}-${platformName()}`)
}

/** The folder, if it is finished and for this processor. */
export function builtFolder(what: Build, release: string): string | null {
  const folder = buildFolder(what, release)
  if (folder === null) return null
  try {
    const note = JSON.parse(readFileSync(path.join(folder, noteName), 'utf8')) as BuildNote
    const isForThis = note.processor === null || note.processor === processorName()
    return note.release === release && isForThis ? folder : null
  } catch {
    return null
  }
}

/** '' where the system has no name for it. */
export function processorName(): string {
  return cpus()[0]?.model.trim() ?? ''
}
