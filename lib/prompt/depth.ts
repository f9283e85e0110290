// How deep prompts may be nested in one another, so that no walk over them runs out of stack. A prompt put into another
// one as it is adds no level until very many are put into each other: its parts join those of the outer one.
import { PromptError } from '../base/errors.js'
import type { Part, Prompt } from './part.js'

/** Messages, branches, items, turns, choices and checked prompts within one another. */
export const depthMax = 100
/** Prompts that are simply put into one another. */
const levelsMax = 10_000
/** Functions that make functions that make functions. */
export const functionsMax = 1_000

const depths = new WeakMap<object, number>()
const levels = new WeakMap<Prompt, number>()

/**
 * Notes how deep a new prompt is; `inners` are prompts whose parts became its own, beside the `own` ones. Throws
 * NESTING_TOO_DEEP.
 */
export function noteDepth(prompt: Prompt, own: readonly Part[], inners: readonly Prompt[]): void {
  let depth = deepest(own, depthMax) + (prompt.check === null ? 0 : 1)
  for (const inner of inners) depth = Math.max(depth, depthOf(inner, depthMax))
  if (depth > depthMax) throw tooDeep('Prompts are nested', depth, depthMax)
  depths.set(prompt, depth)
  let level = 0
  for (const inner of inners) level = Math.max(level, levels.get(inner) ?? 0)
  if (level >= levelsMax) throw tooDeep('Prompts are put into one another', level + 1, levelsMax)
  levels.set(prompt, level + 1)
}

/** As `noteDepth`, for a part whose prompts are made by a function. */
export function noteItems(part: Part, prompts: readonly Prompt[]): void {
  let depth = 0
  for (const prompt of prompts) depth = Math.max(depth, depthOf(prompt, depthMax))
  depths.set(part, depth + 1)
}

export function tooDeep(what: string, seen: number, max: number): PromptError {
  return new PromptError('NESTING_TOO_DEEP', `${what} ${seen} deep; at most ${max} levels are allowed.`)
}

function deepest(parts: readonly Part[], left: number): number {
  let depth = 0
  for (const part of parts) depth = Math.max(depth, depthOf(part, left))
  return depth
}

/** `left`: levels that may still come, so that a part made by hand may even hold itself. */
function depthOf(part: Part | Prompt, left: number): number {
  const known = depths.get(part)
  if (known !== undefined) return known
  if (left < 0) throw tooDeep('Prompts are nested', depthMax + 1, depthMax)
  switch (part.kind) {
    case 'message':
      return 1 + deepest(part.parts, left - 1)
    case 'prompt':
      return 'parts' in part ? deepest(part.parts, left - 1) : depthOf(part.prompt, left - 1)
    case 'choose':
    case 'ask':
    case 'repeat':
      return 1 + depthOf(part.prompt, left - 1)
    case 'branches':
    case 'one-of': {
      const prompts = part.kind === 'branches' ? part.branches : part.prompts
      let depth = 0
      for (const prompt of Object.values(prompts)) depth = Math.max(depth, depthOf(prompt, left - 1))
      return 1 + depth
    }
    default:
      return 0
  }
}
