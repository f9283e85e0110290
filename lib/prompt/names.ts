// The names a prompt captures and needs. Decides that none is captured twice; that a prompt put into another one is not
// looked through again.
import { PromptError } from '../base/errors.js'
import { spelledName } from './name.js'
import type { Part, Prompt } from './part.js'

interface Names {
  readonly captured: Set<string>
  readonly inputs: Set<string>
}

// A prompt that is put into another one hands its names on, so that a prompt that grows again and again does not copy
// them each time. Who needs them once more collects them.
const known = new WeakMap<Prompt, Names>()

/**
 * Notes the names of a new prompt: of its own parts, nested prompts and messages included, branches not entered, and of
 * the prompts put in. Throws PromptError HOLE_NAME_TWICE or NAME_TWICE.
 */
export function noteNames(prompt: Prompt, own: readonly Part[], inners: readonly Prompt[]): void {
  const [first, ...others] = inners
  const names =
    first === undefined ? { captured: new Set<string>(), inputs: new Set<string>() } : taken(first)
  for (const inner of others) add(names, inner.parts)
  add(names, own)
  known.set(prompt, names)
}

function taken(prompt: Prompt): Names {
  const names = known.get(prompt)
  known.delete(prompt)
  if (names !== undefined) return names
  const made = { captured: new Set<string>(), inputs: new Set<string>() }
  add(made, prompt.parts)
  return made
}

function add(names: Names, parts: readonly Part[]): void {
  for (const part of parts) {
    if (part.kind === 'input') need(names, part.name)
    else if (part.kind === 'hole' || part.kind === 'each' || part.kind === 'repeat') capture(names, part.name)
    else if (part.kind === 'thinking') capture(names, part.hole.name)
    else if (part.kind === 'tools') {
      capture(names, part.name)
      capture(names, part.answer.name)
    } else if (part.kind === 'branches') for (const name of Object.keys(part.branches)) capture(names, name)
    else if (part.kind === 'message') add(names, part.parts)
    else if (part.kind === 'prompt' || part.kind === 'choose') add(names, part.prompt.parts)
  }
}

function capture({ captured, inputs }: Names, name: string): void {
  if (captured.has(name)) {
    throw new PromptError(
      'HOLE_NAME_TWICE',
      `The name ${spelledName(name)} is captured twice; every hole needs its own name.`,
    )
  }
  if (inputs.has(name)) throw twice(name)
  captured.add(name)
}

function need({ captured, inputs }: Names, name: string): void {
  if (captured.has(name)) throw twice(name)
  inputs.add(name)
}

function twice(name: string): PromptError {
  return new PromptError(
    'NAME_TWICE',
    `The name ${spelledName(name)} is both an input and captured; give one of them another name.`,
  )
}
