// What a run was given, against what its prompt needs. Decides which names are inputs and which are known values, and
// refuses both kinds of mistake before any work.
import { PromptError } from '../base/errors.js'
import { isUnicodeText } from '../constraint/choice.js'
import type { Part, Prompt } from '../prompt/part.js'
import { formatKnown } from './known.js'
import type { Scope } from './scope.js'

export interface Given {
  readonly inputs: Readonly<Record<string, unknown>>
  readonly known: Readonly<Record<string, unknown>>
}

interface Names {
  readonly inputs: Set<string>
  readonly captured: Set<string>
  /** Functions make parts later, so that not every name is known before. */
  isOpen: boolean
}

/** Tells inputs from known values. Throws PromptError INPUT_MISSING, INPUT_UNKNOWN or INPUT_INVALID. */
export function splitGiven(prompt: Prompt, given: unknown): Given {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new PromptError(
      'INPUT_INVALID',
      `A run was given ${given === null ? 'null' : typeof given}; it takes an object of inputs by name.`,
    )
  }
  const names: Names = { inputs: new Set(), captured: new Set(), isOpen: false }
  collect(prompt.parts, names, 'top')
  const inputs: Record<string, unknown> = {}
  const known: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (names.captured.has(name)) known[name] = value
    else if (names.inputs.has(name)) inputs[name] = checkInput(name, value)
    else if (names.isOpen) {
      known[name] = value
      inputs[name] = value
    } else throw unknownName(name, names)
  }
  for (const name of names.inputs) {
    if (Object.hasOwn(inputs, name)) continue
    throw new PromptError(
      'INPUT_MISSING',
      `The prompt needs the input ${name}, and the run was not given it.`,
    )
  }
  return { inputs, known }
}

/** Formats every known value once, so that a wrong one is refused before any work. */
export function checkKnown(scope: Scope, parts: readonly Part[]): void {
  for (const part of parts) {
    if (part.kind === 'hole' && Object.hasOwn(scope.known, part.name)) {
      formatKnown(scope, part, scope.known[part.name])
    } else if (part.kind === 'message') checkKnown(scope, part.parts)
    else if (part.kind === 'prompt' || part.kind === 'choose') checkKnown(scope, part.prompt.parts)
    else if (part.kind === 'branches') checkBranches(scope, part.branches)
  }
}

/** Compiles every constraint the parts name, so that an impossible one is refused before any work. */
export function compileAll(scope: Scope, parts: readonly Part[]): void {
  for (const part of parts) {
    if (part.kind === 'hole' && 'lower' in part.language) scope.run.constraints.get(part.language)
    else if (part.kind === 'message') compileAll(scope, part.parts)
    else if (part.kind === 'prompt' || part.kind === 'choose' || part.kind === 'repeat') {
      compileAll(scope, part.prompt.parts)
    } else if (part.kind === 'branches') {
      for (const branch of Object.values(part.branches)) compileAll(scope, branch.parts)
    }
  }
}

function checkBranches(scope: Scope, branches: Readonly<Record<string, Prompt>>): void {
  for (const [name, branch] of Object.entries(branches)) {
    const known = scope.known[name]
    if (typeof known !== 'object' || known === null) continue
    const inner = { ...scope, prefix: `${scope.prefix}${name}.`, known: known as Record<string, unknown> }
    for (const key of Object.keys(known)) {
      const names: Names = { inputs: new Set(), captured: new Set(), isOpen: false }
      collect(branch.parts, names, 'top')
      if (!names.captured.has(key) && !names.isOpen) throw unknownName(`${name}.${key}`, names)
    }
    checkKnown(inner, branch.parts)
  }
}

/** `level` 'top': names captured here are known values of the run; 'inner': they belong to a namespace below. */
function collect(parts: readonly Part[], names: Names, level: 'top' | 'inner'): void {
  const capture = (name: string): void => {
    if (level === 'top') names.captured.add(name)
  }
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        break
      case 'input':
        names.inputs.add(part.name)
        break
      case 'hole':
        capture(part.name)
        break
      case 'message':
        collect(part.parts, names, level)
        break
      case 'prompt':
      case 'choose':
        collect(part.prompt.parts, names, level)
        break
      case 'branches':
        for (const [name, branch] of Object.entries(part.branches)) {
          capture(name)
          collect(branch.parts, names, 'inner')
        }
        break
      case 'each':
        capture(part.name)
        if (typeof part.items === 'function') names.isOpen = true
        else
          part.items.forEach((item, index) => void collect(part.prompts(item, index).parts, names, 'inner'))
        break
      case 'repeat':
        capture(part.name)
        collect(part.prompt.parts, names, 'inner')
        break
      case 'computed':
        names.isOpen = true
    }
  }
}

function checkInput(name: string, value: unknown): string {
  if (typeof value === 'string' && isUnicodeText(value)) return value
  const seen =
    typeof value === 'string' ? 'text with half a surrogate pair' : value === null ? 'null' : typeof value
  throw new PromptError('INPUT_INVALID', `The input ${name} is ${seen}; it must be text.`)
}

function unknownName(name: string, names: Names): PromptError {
  const expected = [...names.inputs, ...names.captured]
  const list = expected.length === 0 ? 'no names at all' : expected.join(', ')
  return new PromptError('INPUT_UNKNOWN', `The run was given ${name}; this prompt knows ${list}.`)
}
