// Whether a value is a part of a prompt: parts are plain objects, so that anybody may write one by hand. Decides only
// the shape a walk relies on; what the members mean is checked by the builders that make them.
import { isArray, isReadable } from '../base/seen.js'
import { isConstraint, isRegular } from '../constraint/constraint-type.js'
import type { Part, Prompt } from './part.js'

/** Seen before and sound: builders' parts stand in many prompts. */
const sound = new WeakSet<object>()

export function isPart(value: unknown): value is Part {
  if (!isReadable(value)) return false
  if (sound.has(value)) return true
  // Before its members, so that one that holds itself is seen once; how deep it is, is refused elsewhere.
  sound.add(value)
  const is = hasShape(value as Readonly<Record<string, unknown>>)
  if (!is) sound.delete(value)
  return is
}

/** For what a builder makes of parts it has looked at. */
export function noteSound(part: Part | Prompt): void {
  sound.add(part)
}

export function isPrompt(value: unknown): value is Prompt {
  return isPart(value) && value.kind === 'prompt' && 'parts' in value
}

function hasShape(part: Readonly<Record<string, unknown>>): boolean {
  const { kind, name, parts } = part
  switch (kind) {
    case 'text':
      return typeof part.text === 'string'
    case 'input':
      return typeof name === 'string' && ['undefined', 'function'].includes(typeof part.format)
    case 'hole':
      return typeof name === 'string' && isLanguage(part.language) && areReadable(part.method, part.options)
    case 'message':
      return typeof part.role === 'string' && isArray(parts) && parts.every(isPart)
    case 'branches':
      return isReadable(part.branches) && Object.values(part.branches).every(isPrompt)
    case 'each':
      return typeof name === 'string' && typeof part.prompts === 'function' && isItems(part.items)
    case 'one-of':
      return (
        typeof name === 'string' && isReadable(part.prompts) && Object.values(part.prompts).every(isPrompt)
      )
    case 'repeat':
      return typeof name === 'string' && isPrompt(part.prompt) && typeof part.separator === 'string'
    case 'choose':
      return areReadable(part.method) && isPrompt(part.prompt)
    case 'ask':
      return typeof name === 'string' && isPrompt(part.prompt) && isPick(part.pick)
    case 'collect':
      return typeof name === 'string' && isPart(part.hole) && part.hole.kind === 'hole'
    case 'computed':
      return typeof part.make === 'function'
    case 'prompt':
      if (parts === undefined) return isPrompt(part.prompt)
      return isArray(parts) && parts.every(isPart) && (part.check === null || isReadable(part.check))
    default:
      return false
  }
}

function isLanguage(language: unknown): boolean {
  if (isConstraint(language)) return true
  const stops = isReadable(language) ? (language as { stops?: unknown }).stops : null
  return isArray(stops) && stops.every((stop) => typeof stop === 'string' || isRegular(stop as never))
}

function isPick(pick: unknown): boolean {
  return pick === null || typeof pick === 'function'
}

function isItems(items: unknown): boolean {
  return typeof items === 'function' || isArray(items)
}

function areReadable(...values: readonly unknown[]): boolean {
  return values.every(isReadable)
}
