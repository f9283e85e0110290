// The regular expression constraint. Decides which flags mean what for a hole; syntax and lowering live beside it.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { Recent } from '../base/recent.js'
import { typeName } from '../base/seen.js'
import { type RegularConstraint, regularText } from './constraint-type.js'
import { lowerRegex } from './regex/lower-regex.js'
import { parseRegex } from './regex/parse-regex.js'
import type { RegexNode } from './regex/regex-node.js'

/**
 * Texts that the expression matches as a whole: what `new RegExp('^(?:' + source + ')$', flags)` matches.
 * Lazy and greedy quantifiers mean the same, `^` and `$` may stand at the edges, groups capture nothing.
 *
 * A string is read with the flag `u` where it is valid so, else without. The flags i, s, u and v count; d, g, m and
 * y mean nothing for a whole value. Prefer u or v for bounded repeats of `.` or `[^...]`: without them each character
 * above U+FFFF counts twice, as in JavaScript, which makes masks slower.
 *
 * Throws ConstraintError REGEX_SYNTAX, REGEX_UNSUPPORTED (look-around, back-references, word boundaries, anchors in
 * the middle, by name and offset) or CONSTRAINT_TOO_COMPLEX.
 *
 * @example
 * ```ts
 * compile(regex(/\d{4}-\d{2}-\d{2}/), vocab)
 * ```
 */
export function regex(pattern: RegExp | string, ...extra: []): RegularConstraint<string> {
  refuseOptions('regex()', extra)
  const written = typeof pattern === 'string' ? { source: pattern, flags: null } : partsOf(pattern)
  return recent.of(`/${written.source}/${written.flags}`, () => {
    const { source, flags, node } = parsed(written)
    return regularText({
      kind: 'regex',
      lowerRegular: (builder) => lowerRegex(builder, node, flags),
      describe: () =>
        `text matching /${source.length > 200 ? `${source.slice(0, 200)}...` : source}/${flags}`,
    })
  })
}

const recent = new Recent<RegularConstraint<string>>()

/** `flags`: null where none were given. */
function parsed({ source, flags }: Written): { source: string; flags: string; node: RegexNode } {
  if (flags !== null) return { source, flags, node: parseRegex(source, flags) }
  try {
    return { source, flags: 'u', node: parseRegex(source, 'u') }
  } catch (error) {
    if (!(error instanceof ConstraintError) || error.code !== 'REGEX_SYNTAX') throw error
    return { source, flags: '', node: parseRegex(source, '') }
  }
}

interface Written {
  readonly source: string
  readonly flags: string | null
}

/** Source and flags of a RegExp, of another realm's too. */
function partsOf(pattern: unknown): { source: string; flags: string } {
  try {
    if (pattern instanceof RegExp || Object.prototype.toString.call(pattern) === '[object RegExp]') {
      const { source, flags } = pattern as RegExp
      if (typeof source === 'string' && typeof flags === 'string')
        return { source, flags: flags.replace(/[dgmy]/g, '') }
    }
  } catch {
    // A proxy of one: the getters of a RegExp refuse what is none.
  }
  throw new ConstraintError(
    'REGEX_SYNTAX',
    `A regular expression must be a RegExp or a string, not ${typeName(pattern)}.`,
  )
}
