// From the source of a regular expression to a tree. Decides in which order a source is judged: its length, whether it
// is JavaScript, whether another language was meant, and then what regexpp reads in it (regex-reader.ts).
import { RegExpValidator } from '@eslint-community/regexpp'
import { ConstraintError } from '../../base/errors.js'
import { foreignConstruct } from './foreign-constructs.js'
import { Nesting, Pattern } from './pattern.js'
import type { RegexNode } from './regex-node.js'
import { RegexReader } from './regex-reader.js'

type Handlers = RegExpValidator.Options

const lengthMax = 1 << 17
/**
 * What is read is ES2024. From 2025 on two groups may have one name where they exclude each other, which takes regexpp
 * exponential time to tell, and a group may change flags, which no constraint does.
 */
const ecmaVersion = 2024
/** Patterns with the flags u or v up to this length are judged by the engine. */
const engineMax = 1000

/**
 * The tree of a regular expression. Throws ConstraintError REGEX_SYNTAX for what is none, REGEX_UNSUPPORTED for what
 * is no regular language, by name and offset, CONSTRAINT_TOO_COMPLEX.
 */
export function parseRegex(source: string, flags: string): RegexNode {
  if (source.length > lengthMax) {
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression has ${source.length} characters; at most ${lengthMax} are taken.`,
    )
  }
  const pattern = new Pattern(source, flags)
  const foreign = foreignConstruct(pattern)
  const refusal = foreign && pattern.foreign(foreign.name, foreign.offset, foreign.instead)
  const cause = syntaxError(pattern)
  if (cause !== null) throw pattern.invalid(cause, refusal ? ` ${refusal.message}` : '')
  if (refusal) throw refusal
  const reader = new RegexReader(pattern)
  const failure = failureOf(() => read(pattern, reader))
  if (failure === null) return reader.tree
  throw failure instanceof SyntaxError ? pattern.invalid(failure, '') : failure
}

/**
 * The SyntaxError of what is no regular expression; null for one. The engine works out every class anew, and a class
 * of properties takes it longer than a thousand characters: whether a long pattern is one is asked of regexpp alone.
 */
function syntaxError(pattern: Pattern): unknown {
  const { text, flags, isUnicode } = pattern
  if (text.length <= engineMax || !isUnicode) return failureOf(() => new RegExp(text, flags))
  const failure = failureOf(() => read(pattern, nestingOnly()))
  // Nested too deep: said again, or something that stands before it, when the pattern is read.
  return failure instanceof ConstraintError ? null : failure
}

/** regexpp calls itself for every group and class. */
function nestingOnly(): Handlers {
  const nesting = new Nesting()
  return {
    onDisjunctionEnter: (start) => nesting.enter(start),
    onDisjunctionLeave: () => nesting.leave(),
    onCharacterClassEnter: (start) => nesting.enter(start),
    onCharacterClassLeave: () => nesting.leave(),
  }
}

function read(pattern: Pattern, handlers: Handlers): void {
  const { text, flags, hasSets } = pattern
  new RegExpValidator(Object.assign(handlers, { ecmaVersion })).validatePattern(text, 0, text.length, {
    unicode: flags.includes('u'),
    unicodeSets: hasSets,
  })
}

/** What is thrown; null: nothing. */
function failureOf(act: () => unknown): unknown {
  try {
    act()
    return null
  } catch (failure) {
    return failure
  }
}
