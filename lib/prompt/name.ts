// What a hole, an input or a branch may be called. Names become keys of the captured values and parts of a hole's
// path (`items[2].name`), so they never hold dots or brackets.
import { PromptError } from '../base/errors.js'
import { shown } from '../base/seen.js'

const shape = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u

/** The name itself; throws PromptError NAME_INVALID for one that can't be a key or a part of a path. */
export function checkName<N extends string>(name: N, what: string): N {
  if (typeof name === 'string' && shape.test(name)) return name
  const seen = typeof name === 'string' ? JSON.stringify(spelledName(name)) : shown(name)
  throw new PromptError(
    'NAME_INVALID',
    `The name of ${what} is ${seen}; it must be letters, digits, _, $ or -, and not start with a digit.`,
  )
}

const shownMax = 100

/** A name in a sentence, which need not have all of a long one. */
export function spelledName(name: string): string {
  return name.length <= shownMax ? name : `${name.slice(0, shownMax)}... (${name.length} characters)`
}
