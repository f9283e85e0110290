// What a hole, an input or a branch may be called. Names become keys of the captured values and parts of a hole's
// path (`items[2].name`), so they never hold dots or brackets.
import { PromptError } from '../base/errors.js'

const shape = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u

/** The name itself; throws PromptError NAME_INVALID for one that can't be a key or a part of a path. */
export function checkName<N extends string>(name: N, what: string): N {
  if (typeof name === 'string' && shape.test(name) && name !== '__proto__') return name
  const seen = typeof name === 'string' ? JSON.stringify(name) : typeof name
  throw new PromptError(
    'NAME_INVALID',
    `The name of ${what} is ${seen}; it must be letters, digits, _, $ or -, and not start with a digit.`,
  )
}
