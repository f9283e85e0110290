// Where classes and properties stand in a pattern, found without reading what is in them, and whether the engine takes
// a pattern. Decides that it is asked piece by piece where the pattern is long: it works out every class anew, and a
// class of properties takes it longer than a thousand characters.
import { ConstraintError } from '../base/errors.js'

/** Patterns up to this length are asked for as a whole. */
const wholeMax = 1000
/** Properties in different classes that the engine is asked about, for one pattern. */
const asksMax = 1000

/**
 * The engine's SyntaxError, whose message tells what is wrong; null where the pattern is sound. Throws ConstraintError
 * CONSTRAINT_TOO_COMPLEX where the engine would take too long to tell.
 */
export function syntaxError(source: string, flags: string): unknown {
  const hasSets = flags.includes('v')
  if (source.length <= wholeMax || !(hasSets || flags.includes('u'))) return refusalOf(source, flags)
  const { frame, units } = piecesOf(source, hasSets)
  const refusal = refusalOf(frame, flags)
  // The engine quotes what it refuses.
  if (refusal instanceof SyntaxError) return new SyntaxError(refusal.message.replace(frame, () => source))
  let asks = 0
  for (const unit of units) {
    asks += unit.match(/\\p\{/gi)?.length ?? 0
    if (asks > asksMax) {
      throw new ConstraintError(
        'CONSTRAINT_TOO_COMPLEX',
        `The regular expression has more than ${asksMax} properties in different classes; expected fewer.`,
      )
    }
    const inside = refusalOf(unit, flags)
    if (inside !== null) return inside
  }
  return null
}

function refusalOf(source: string, flags: string): unknown {
  try {
    new RegExp(source, flags)
    return null
  } catch (error) {
    return error
  }
}

/** The different classes and properties, and the pattern with a dot for each, which may stand wherever they may. */
function piecesOf(source: string, hasSets: boolean): { frame: string; units: ReadonlySet<string> } {
  const frame: string[] = []
  const units = new Set<string>()
  for (let at = 0; at < source.length; ) {
    const end = unitEnd(source, at, hasSets)
    if (end > at) {
      units.add(source.slice(at, end))
      frame.push('.')
      at = end
    } else {
      const length = source[at] === '\\' ? 2 : 1
      frame.push(source.slice(at, at + length))
      at += length
    }
  }
  return { frame: frame.join(''), units }
}

/** Index behind the class or property that begins there; the same index where none does. */
function unitEnd(source: string, at: number, hasSets: boolean): number {
  if (source[at] === '[') return classEnd(source, at + 1, hasSets)
  if (source[at] !== '\\') return at
  property.lastIndex = at
  return property.test(source) ? property.lastIndex : at
}

const property = /\\[pP]\{[^{}]*\}/y

/** Index behind the bracket that closes a class; `from`: behind the one that opens it. The text's end without one. */
export function classEnd(text: string, from: number, hasSets: boolean): number {
  let depth = 1
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === '[' && hasSets) depth += 1
    else if (character === ']') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return text.length
}
