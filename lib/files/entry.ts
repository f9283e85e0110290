// A model as a program keeps it, before any of its bytes is read: its name there and its files. Types, and how files
// that lie in one folder become models: the parts of a split one together.
import path from 'node:path'
import { allParts, isGgufName, isUnfinishedName, partName } from './file-name.js'
import type { Note } from './folder-walk.js'
import type { Reference } from './reference.js'

export interface Entry {
  readonly reference: Reference
  /** Absolute; of a split model all, in order. They were there a moment ago. */
  readonly files: readonly string[]
  /** What else names it: of 'hf' the commit and the refs of the file's revision. */
  readonly revisions: readonly string[]
  /** Parts of a split model that are not there, by name. */
  readonly missing: readonly string[]
  /** What the program says of it; null where it says nothing. */
  readonly quantisation: string | null
  /** LoRA files that the program applies to it. */
  readonly adapters: readonly string[]
}

export interface Listed {
  readonly entries: readonly Entry[]
  readonly notes: readonly Note[]
}

export interface FolderModel {
  readonly files: readonly string[]
  readonly missing: readonly string[]
}

/** The models of some files, and notes on what is a model only in part. */
export function modelsAmong(files: readonly string[]): {
  readonly models: readonly FolderModel[]
  readonly notes: readonly Note[]
} {
  const unfinished = files.filter((file) => isUnfinishedName(path.basename(file)))
  const whole = files.filter((file) => isGgufName(file) && !unfinished.includes(file))
  const there = new Set(whole)
  const groups = new Map<string, readonly string[]>()
  for (const file of whole) {
    const parts = allParts(file)
    groups.set(parts[0]!, parts)
  }
  const models = [...groups.values()].map((parts) => ({
    files: parts.filter((part) => there.has(part)),
    missing: parts.filter((part) => !there.has(part)).map((part) => path.basename(part)),
  }))
  return {
    models,
    notes: [
      ...unfinished.map((file) => ({ path: file, says: 'is a download that was not finished' })),
      ...models
        .filter(({ missing }) => missing.length > 0)
        .map(({ files: [first], missing }) => ({
          path: first!,
          says: `lacks ${missing.length} of its ${partName(first!)!.parts} parts`,
        })),
    ],
  }
}

export function entryOf(reference: Reference, model: FolderModel): Entry {
  return { reference, ...model, revisions: [], quantisation: null, adapters: [] }
}
