// From a reference to the file on this machine. Decides what a shortened name means: the one model it fits, and where
// it fits several, none. Never fetches anything; what to type to have it fetched is in the error.
import path from 'node:path'
import { ModelError, UsageError } from '../base/errors.js'
import type { Entry } from './entry.js'
import { hasTag, isProjectorName } from './file-name.js'
import { listEntries } from './find.js'
import { type Machine, shownPath, thisMachine } from './machine.js'
import { nearNames } from './near.js'
import { type Reference, referenceIn, writtenReference } from './reference.js'
import { type Place, storeTitle } from './stores.js'

/**
 * The path of a model that was named by path or reference. Rejects with UsageError REFERENCE_INVALID,
 * REFERENCE_AMBIGUOUS, ModelError MODEL_NOT_FOUND, MODEL_INCOMPLETE.
 */
export async function modelPath(named: string, machine: Machine = thisMachine()): Promise<string> {
  const reference = referenceIn(named)
  return reference === null ? path.resolve(named) : locate(reference, machine)
}

async function locate(reference: Reference, machine: Machine): Promise<string> {
  const { entries, places } = await listEntries(machine, reference.store)
  const fitting = distinct(fits(entries, reference))
  const [found, second] = fitting
  if (found === undefined) throw notFound(reference, entries, places, machine)
  if (second !== undefined) throw ambiguous(reference, fitting)
  if (found.missing.length === 0) return found.files[0]!
  throw new ModelError(
    'MODEL_INCOMPLETE',
    `Of ${writtenReference(found.reference)} ${found.missing.length} of ${found.files.length + found.missing.length} ` +
      `files are not on this machine: ${some(found.missing)}.${howToFetch(reference)}`,
  )
}

/** Those that the first rule that fits any fits: the very name, the name in other case, a part of the name. */
function fits(entries: readonly Entry[], reference: Reference): readonly Entry[] {
  const rules = reference.store === 'hf' ? hubRules(reference) : programRules(reference)
  for (const rule of rules) {
    const found = entries.filter(rule)
    if (found.length > 0) return found
  }
  return []
}

type Rule = (entry: Entry) => boolean

function programRules({ store, name }: Reference): readonly Rule[] {
  // Ollama's own rule: without a tag it is the latest.
  const exact = store === 'ollama' && !/:[^/]*$/.test(name) ? `${name}:latest` : name
  const lower = exact.toLowerCase()
  const asked = segments(name)
  return [
    (entry) => entry.reference.name === exact,
    (entry) => entry.reference.name.toLowerCase() === lower,
    (entry) => holds(segments(entry.reference.name), asked) && isAskedFor(entry, name),
  ]
}

function hubRules({ name, revision, file, tag }: Reference): readonly Rule[] {
  const repository = name.toLowerCase()
  const isThere: Rule = ({ reference, revisions }) =>
    reference.name.toLowerCase() === repository && isRevision(revisions, revision)
  const current: Rule = (entry) => isThere(entry) && (revision !== null || entry.reference.revision === null)
  const isExact: Rule = (entry) => current(entry) && entry.reference.file === file
  const isFile: Rule = ({ reference }) => reference.file!.toLowerCase() === file!.toLowerCase()
  const isTagged: Rule = ({ reference }) => tag === null || hasTag(reference.file!, tag)
  const wanted: Rule = (entry) =>
    file === null ? isTagged(entry) && isAskedFor(entry, tag ?? '') : isFile(entry)
  // A file of an earlier commit is better than none.
  return [isExact, (entry) => current(entry) && wanted(entry), (entry) => isThere(entry) && wanted(entry)]
}

/** A commit may be cut short, as Git's. */
function isRevision(revisions: readonly string[], revision: string | null): boolean {
  if (revision === null || revisions.includes(revision)) return true
  return /^[0-9a-f]{7,40}$/.test(revision) && revisions[0]!.startsWith(revision)
}

/** A projector lies beside its model and is meant only by its own name. */
function isAskedFor({ reference }: Entry, asked: string): boolean {
  return !isProjectorName(reference.file ?? reference.name) || isProjectorName(asked)
}

/** 'org/Repo/file.gguf': org, repo, file. */
function segments(name: string): readonly string[] {
  return name
    .toLowerCase()
    .replace(/\.gguf$/, '')
    .split(/[/:]/)
}

/** Whether the one list is within the other. */
function holds(all: readonly string[], asked: readonly string[]): boolean {
  return all.some((_, from) => asked.every((segment, index) => all[from + index] === segment))
}

/** The same name in two folders is the first one's. */
function distinct(entries: readonly Entry[]): readonly Entry[] {
  const byName = new Map<string, Entry>()
  for (const entry of entries) {
    const name = writtenReference(entry.reference)
    const other = byName.get(name)
    if (other === undefined || other.missing.length > entry.missing.length) byName.set(name, entry)
  }
  return [...byName.values()]
}

export function ambiguous(reference: Reference, fitting: readonly Pick<Entry, 'reference'>[]): UsageError {
  const names = fitting.map((entry) => writtenReference(entry.reference))
  return new UsageError(
    'REFERENCE_AMBIGUOUS',
    `${writtenReference(reference)} fits ${names.length} models; expected the name of one: ${some(names)}.`,
  )
}

function notFound(
  reference: Reference,
  entries: readonly Entry[],
  places: readonly Place[],
  machine: Machine,
): ModelError {
  const folders = places.map(({ folder }) => shownPath(machine, folder))
  const looked =
    folders.length === 0 ? 'there is no home folder to look in' : `looked in ${folders.join(', ')}`
  const named = (one: Reference): string => writtenReference(one).slice(one.store.length + 1)
  const near = nearNames(named(reference), [...new Set(entries.map((entry) => named(entry.reference)))], 3)
  const others =
    near.length === 0 ? '' : ` Near it: ${near.map((name) => `${reference.store}:${name}`).join(', ')}.`
  return new ModelError(
    'MODEL_NOT_FOUND',
    `${storeTitle(reference.store)} has no model ${writtenReference(reference)} on this machine: ${looked}.${others}` +
      howToFetch(reference),
  )
}

/** Only the hub's are fetched by this package. */
function howToFetch(reference: Reference): string {
  if (reference.store === 'hf') return ` To fetch it: npx espalier pull ${writtenReference(reference)}`
  return reference.store === 'ollama' ? ` To fetch it: ollama pull ${reference.name}` : ''
}

const namesMax = 10

export function some(names: readonly string[]): string {
  const more = names.length - namesMax
  return `${names.slice(0, namesMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
