// Where a free hole without a stop of its own ends. Decides that from the literal behind it, and nothing else.
import { ConstraintError } from '../base/errors.js'
import { typeName } from '../base/seen.js'

const bytesMax = 64

/**
 * The text a free hole before `literal` must not contain: leading line breaks (the whole run of them); a leading
 * quote character (" ' or `); else the literal up to its first line break or quote, at most 64 bytes of it.
 *
 * The hole's value is then `until(literalStop(literal))`, followed by the literal. Throws ConstraintError
 * STOP_INVALID for an empty literal: nothing would end the hole.
 *
 * @example
 * ```ts
 * compile(until(literalStop('"\nNext: ')), vocab) // what a hole before that literal may hold
 * ```
 */
export function literalStop(literal: string): string {
  if (typeof literal !== 'string' || literal === '') {
    const seen = literal === '' ? 'the empty string' : typeName(literal)
    throw new ConstraintError(
      'STOP_INVALID',
      `The literal after a hole is ${seen}; it must be a non-empty string.`,
    )
  }
  const found = /^(?:[\r\n]+|["'`]|[^\r\n"'`]+)/.exec(literal)!
  return cutBytes(found[0], bytesMax)
}

/** The longest beginning that has at most so many bytes and no cut code point. */
function cutBytes(text: string, max: number): string {
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > max) break
    end += character.length
  }
  return text.slice(0, end)
}
