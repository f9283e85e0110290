// The adapters a model is loaded with. Decides what they are called and which of them apply by themselves; never reads
// a file.
import path from 'node:path'
import { UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isArray, isRecord, shown } from '../base/seen.js'
import { referenceIn } from '../files/reference.js'
import { isScale, type NamedAdapter, scaleMax } from '../run/given/adapters.js'

/** A LoRA file and how strong it is. */
export interface AdapterFile {
  /** Path of a GGUF file made for this very model, or a reference to one, as `load` takes it. */
  readonly file: string
  /** Default 1: as it was trained. */
  readonly scale?: number
}

/**
 * A list: each of them computes in every run that chooses no others, and is called as its file without .gguf. By name:
 * runs name those they want.
 */
export type AdapterOptions =
  | readonly (string | AdapterFile)[]
  | Readonly<Record<string, string | AdapterFile>>

export interface LoadedAdapter extends NamedAdapter {
  /** Absolute; or a reference, until it is looked for. */
  readonly file: string
}

const fileNames = optionNames<AdapterFile>('an adapter', { file: true, scale: true })

/** Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN, REFERENCE_INVALID. */
export function adaptersOf(given: unknown): readonly LoadedAdapter[] {
  if (given === undefined) return []
  if (isArray(given)) {
    const adapters = given.map((one) => adapterOf(one, null))
    const names = adapters.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice === undefined) return adapters
    throw invalid(`have two called ${shown(twice)}`, 'names of their own: { one: file, other: file }')
  }
  if (!isRecord(given)) throw invalid(`are ${shown(given)}`, 'a list of files, or files by name')
  return Object.entries(given).map(([name, one]) => adapterOf(one, name))
}

/** `called`: null for one of a list. */
function adapterOf(given: unknown, called: string | null): LoadedAdapter {
  const where = called === null ? 'have' : `have as ${shown(called)}`
  let [file, scale]: unknown[] = [given, 1]
  if (isRecord(given)) {
    const options = { ...given } as { file?: unknown; scale?: unknown }
    checkNames(options, fileNames)
    file = options.file
    scale = options.scale ?? 1
  }
  if (typeof file !== 'string' || file === '' || file.includes('\0'))
    throw invalid(`${where} ${shown(file)}`, 'the path of a LoRA file in GGUF, or { file, scale }')
  if (!isScale(scale))
    throw invalid(
      `have the scale ${shown(scale)} for ${shown(called ?? file)}`,
      `a number from -${scaleMax} to ${scaleMax}`,
    )
  const name = called ?? path.basename(file, '.gguf')
  return {
    name,
    file: referenceIn(file) === null ? path.resolve(file) : file,
    scale,
    isDefault: called === null,
  }
}

function invalid(seen: string, expected: string): UsageError {
  return new UsageError('ARGUMENT_INVALID', `adapters of load() ${seen}; expected ${expected}.`)
}
