// The names a prompt captures and needs. Decides that none is captured twice, but for lists; that a prompt put into
// another one is not looked through again.
import { PromptError } from '../base/errors.js'
import { spelledName } from './name.js'
import type { OneOf, Part, Prompt } from './part.js'

/** A list may be captured again, as a list. */
type CapturedAs = 'value' | 'list'

interface Names {
  readonly captured: Map<string, CapturedAs>
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
  const names = first === undefined ? noNames() : taken(first)
  for (const inner of others) add(names, inner.parts)
  add(names, own)
  known.set(prompt, names)
}

/** What a prompt captures in its own namespace. */
export function capturedBy(prompt: Prompt): ReadonlyMap<string, CapturedAs> {
  const names = known.get(prompt)
  if (names !== undefined) return names.captured
  const made = noNames()
  add(made, prompt.parts)
  return made.captured
}

function noNames(): Names {
  return { captured: new Map(), inputs: new Set() }
}

function taken(prompt: Prompt): Names {
  const names = known.get(prompt)
  known.delete(prompt)
  if (names !== undefined) return names
  const made = noNames()
  add(made, prompt.parts)
  return made
}

function add(names: Names, parts: readonly Part[]): void {
  for (const part of parts) {
    switch (part.kind) {
      case 'input':
        need(names, part.name)
        break
      case 'hole':
      case 'each':
      case 'repeat':
      case 'ask':
        capture(names, part.name, 'value')
        break
      case 'collect':
        capture(names, part.name, 'list')
        break
      case 'branches':
        for (const name of Object.keys(part.branches)) capture(names, name, 'value')
        break
      case 'one-of':
        addOneOf(names, part)
        break
      case 'message':
        add(names, part.parts)
        break
      case 'prompt':
      case 'choose':
        add(names, part.prompt.parts)
    }
  }
}

/** Only one of the prompts is walked, so that each may capture what another one does. */
function addOneOf(names: Names, { name, prompts }: OneOf): void {
  const captured = new Map<string, CapturedAs>([[name, 'value']])
  for (const prompt of Object.values(prompts)) {
    const inner: Names = { captured: new Map([[name, 'value']]), inputs: new Set(names.inputs) }
    add(inner, prompt.parts)
    for (const [each, as] of inner.captured) {
      captured.set(each, as === 'list' && captured.get(each) !== 'value' ? 'list' : 'value')
    }
    for (const each of inner.inputs) names.inputs.add(each)
  }
  for (const [each, as] of captured) capture(names, each, as)
}

function capture({ captured, inputs }: Names, name: string, as: CapturedAs): void {
  const before = captured.get(name)
  if (before !== undefined && (before === 'value' || as === 'value')) {
    throw new PromptError(
      'HOLE_NAME_TWICE',
      `The name ${spelledName(name)} is captured twice; every hole needs its own name, or make a list of them by ` +
        `collect(${JSON.stringify(spelledName(name))}, hole).`,
    )
  }
  if (inputs.has(name)) throw twice(name)
  captured.set(name, as)
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
