// What a string must or must not match: a `pattern`, or a `format` written as a pattern. Decides identity (equal rules
// are one object), testing of known strings, and parsing; lowering to spelled JSON happens in pattern-lowering.ts.
import { ConstraintError } from '../../../base/errors.js'
import { quoted } from '../../../base/seen.js'
import { foreignConstruct } from '../../regex/foreign-constructs.js'
import { parseRegex } from '../../regex/parse-regex.js'
import { Pattern } from '../../regex/pattern.js'
import type { RegexNode } from '../../regex/regex-node.js'
import { type Mark, unsupported } from '../refusal.js'
import { type FormatPattern, formatPattern } from './formats.js'
import { PatternTest, patternMsMax } from './pattern-test.js'

/** What is asked of a string: to match, or not to. */
type Asked = FormatPattern & { readonly isNegated: boolean }

export class TextRule {
  /** JavaScript source; searched, not matched whole, as JSON Schema has it. */
  readonly source: string
  readonly isNegated: boolean
  /** Source of the opposite: the same, or wider where the standard behind a format is. */
  readonly wide: string
  readonly place: Mark
  /** What more is asked of a finished string, which no pattern can tell; null: nothing. */
  readonly also: ((text: string) => boolean) | null
  #tester: PatternTest | null = null
  #tree: RegexNode | null = null
  readonly #flags: 'u' | ''

  constructor({ source, wide, also, isNegated }: Asked, flags: 'u' | '', place: Mark) {
    this.source = source
    this.wide = wide
    this.also = also
    this.isNegated = isNegated
    this.#flags = flags
    this.place = place
  }

  /** Throws CONSTRAINT_TOO_COMPLEX where the pattern is one that takes too long to tell. */
  test(text: string): boolean {
    this.#tester ??= new PatternTest(new RegExp(this.source, this.#flags), this.#treeIfRead())
    const isFound = this.#tester.test(text)
    if (isFound !== null) return (isFound && (this.also?.(text) ?? true)) !== this.isNegated
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The pattern ${quoted(this.source)} at ${this.place.pointer} takes longer than ${patternMsMax} ms on the ` +
        `schema's own texts, the last of ${text.length} characters; repeat less within its repeats.`,
    )
  }

  #treeIfRead(): RegexNode | null {
    try {
      return this.tree()
    } catch {
      return null
    }
  }

  /** The pattern's tree, without the negation. Throws SCHEMA_UNSUPPORTED naming the construct. */
  tree(): RegexNode {
    try {
      this.#tree ??= parseRegex(this.source, this.#flags)
    } catch (error) {
      if (!(error instanceof ConstraintError) || error.code !== 'REGEX_UNSUPPORTED') throw error
      throw unsupported({ ...this.place, reason: error.message.replace(/\.$/, '') })
    }
    return this.#tree
  }

  contradicts(other: TextRule): boolean {
    return this.source === other.source && this.also === other.also && this.isNegated !== other.isNegated
  }
}

/** Keeps equal rules one object. */
export class TextRules {
  readonly #rules = new Map<string, TextRule>()

  /** Throws SCHEMA_UNSUPPORTED where the text is no JavaScript pattern. */
  pattern(source: string, place: Mark): TextRule {
    return this.#rule({ source, wide: source, also: null, isNegated: false }, place, flagsOf)
  }

  /** What a string has that the rule refuses. Throws as `pattern` does. */
  opposite({ wide, isNegated, place }: TextRule): TextRule {
    return this.#rule({ source: wide, wide, also: null, isNegated: !isNegated }, place, flagsOf)
  }

  /** The rule of a format on strings; null where the format says nothing about them or is unknown. */
  format(name: string, place: Mark): TextRule | null {
    const found = formatPattern(name)
    return found && this.#rule({ ...found, isNegated: false }, place, () => 'u')
  }

  #rule(asked: Asked, place: Mark, flags: (source: string, place: Mark) => 'u' | ''): TextRule {
    const { source, wide, also, isNegated } = asked
    const key = JSON.stringify([isNegated, source, wide, also !== null])
    let rule = this.#rules.get(key)
    if (!rule) {
      rule = new TextRule(asked, flags(source, place), place)
      this.#rules.set(key, rule)
    }
    return rule
  }
}

/**
 * Patterns are meant with `u`; some in the wild are only valid without. What another language means by a pattern nobody
 * could judge at the end, so that is refused in lenient mode, too.
 */
function flagsOf(source: string, place: Mark): 'u' | '' {
  const flags = (['u', ''] as const).find((each) => isValid(source, each))
  const position = new Pattern(source, flags ?? '')
  const foreign = foreignConstruct(position)
  if (flags !== undefined && foreign === null) return flags
  const told = foreign && position.foreign(foreign.name, foreign.offset, foreign.instead).message
  throw unsupported({
    ...place,
    reason:
      told?.replace(/\.$/, '') ??
      `${quoted(source)} of ${source.length} characters is no JavaScript regular expression`,
  })
}

function isValid(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags)
    return true
  } catch {
    return false
  }
}
