// How a model is named by where it comes from: `ollama:qwen3:4b`, `lmstudio:publisher/repo/file.gguf`,
// `hf:org/repo/file.gguf`. Decides the grammar, and that what is none of it is refused with a sentence. Pure.
import { UsageError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import { isGgufName } from './file-name.js'
import type { ModelStore } from './stores.js'

export interface Reference {
  readonly store: ModelStore
  /** Of 'hf': the repository 'org/repo'. Of the others all of it. */
  readonly name: string
  /** Of 'hf': a branch, a tag, a pull request's ref or a commit. Null: 'main'. */
  readonly revision: string | null
  /** Of 'hf': a file of the repository. */
  readonly file: string | null
  /** Of 'hf': what the file's name has to hold, as 'Q4_K_M'. */
  readonly tag: string | null
}

const forms: Readonly<Record<ModelStore, string>> = {
  hf: 'hf:org/repo/file.gguf, hf:org/repo:Q4_K_M or hf:org/repo, each with @revision behind the repo if need be',
  lmstudio: 'lmstudio:publisher/repo/file.gguf, or the end of that',
  ollama: 'ollama:name:tag, as "ollama list" has it',
  llamacpp: 'llamacpp:file.gguf',
  jan: 'jan:model',
  gpt4all: 'gpt4all:file.gguf',
}

/** Null: it is the path of a file. Throws UsageError REFERENCE_INVALID. */
export function referenceIn(text: string): Reference | null {
  const colon = text.indexOf(':')
  const store = text.slice(0, Math.max(0, colon))
  if (!Object.hasOwn(forms, store)) return null
  const rest = text.slice(colon + 1)
  const found = store === 'hf' ? ofHub(rest) : ofProgram(store as ModelStore, rest)
  if (found !== null) return found
  throw new UsageError(
    'REFERENCE_INVALID',
    `The model is named ${shown(text)}; expected ${forms[store as ModelStore]}. A file with ` +
      'such a name is written with ./ before it.',
  )
}

/** What `referenceIn` reads. */
export function writtenReference({ store, name, revision, file, tag }: Reference): string {
  const at = revision === null ? '' : `@${revision}`
  return `${store}:${name}${at}${file === null ? '' : `/${file}`}${tag === null ? '' : `:${tag}`}`
}

/** A reference that is a name alone. */
export function programReference(store: ModelStore, name: string): Reference {
  return { store, name, revision: null, file: null, tag: null }
}

function ofProgram(store: ModelStore, name: string): Reference | null {
  return isRelativePath(name) ? programReference(store, name) : null
}

const hubWord = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?'
const hubReference = new RegExp(
  `^(${hubWord}/${hubWord})(?:@((?:refs/(?:pr|convert)/)?[\\w.-]+))?(?:/(.+)|:([\\w.-]+))?$`,
)

function ofHub(text: string): Reference | null {
  const [, name, revision = null, file = null, tag = null] = hubReference.exec(text) ?? []
  if (name === undefined || !isRepository(name)) return null
  if (revision !== null && !isRevision(revision)) return null
  if (file !== null && !(isGgufName(file) && isRelativePath(file))) return null
  return { store: 'hf', name, revision, file, tag }
}

/** The hub has no others; two dashes part the names of its cache's folders. */
function isRepository(name: string): boolean {
  return name.length <= 193 && !/--|\.\./.test(name)
}

function isRevision(revision: string): boolean {
  return revision.length <= 200 && !revision.split('/').some((part) => /^\.+$/.test(part))
}

/** Whether it stays in its folder, on all systems: no way up, no drive, no backslash, nothing that can't be seen. */
export function isRelativePath(name: string): boolean {
  if (name.length > 1000 || name.trim() !== name || /[\\\u0000-\u001f\u007f-\u009f]/.test(name)) return false
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
