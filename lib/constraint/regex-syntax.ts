// Reads JavaScript's regular expression syntax (ECMA-262 with its annex B) into a tree of sets, sequences, choices
// and repeats. Decides the meaning of every construct it takes; a construct it can't express as a regular language
// is refused by name and place (REGEX_UNSUPPORTED), never skipped. Lowering to the IR happens elsewhere.
import { ConstraintError } from '../base/errors.js'
import { RegexClassReader } from './regex-class.js'
import { foreignConstruct } from './regex-foreign.js'
import { type CodePointSet, intersection, surrogates } from './regex-set.js'
import { RegexSource } from './regex-source.js'
import { syntaxError } from './regex-units.js'

export type RegexNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number | null }
  | { readonly kind: 'start' | 'end'; readonly offset: number }

const lengthMax = 1 << 17

/** Parses `source`, which must be what RegExp accepts with these flags (checked first: REGEX_SYNTAX). */
export function parseRegex(source: string, flags: string): RegexNode {
  if (source.length > lengthMax) {
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `The regular expression has ${source.length} characters; at most ${lengthMax} are taken.`,
    )
  }
  const position = new RegexSource(source, flags)
  const foreign = foreignConstruct(position)
  const refusal = foreign && position.foreign(foreign.name, foreign.offset, foreign.instead)
  const cause = syntaxError(source, flags)
  if (cause !== null) {
    const told = cause instanceof Error ? cause.message : String(cause)
    const shown = told.length <= 300 ? told : `${told.slice(0, 150)}...${told.slice(-100)}`
    const why = refusal ? ` ${refusal.message}` : ''
    throw new ConstraintError('REGEX_SYNTAX', `${shown}.${why}`, { cause })
  }
  if (refusal) throw refusal
  return new RegexParser(position).parse()
}

class RegexParser {
  readonly #source: RegexSource
  readonly #classes: RegexClassReader

  constructor(source: RegexSource) {
    this.#source = source
    this.#classes = new RegexClassReader(source)
  }

  parse(): RegexNode {
    return this.#choice()
  }

  #choice(): RegexNode {
    this.#source.enter()
    const parts = [this.#sequence()]
    while (this.#source.take('|')) parts.push(this.#sequence())
    this.#source.leave()
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts }
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = []
    while (!this.#source.isAtEnd && !this.#source.sees('|') && !this.#source.sees(')')) {
      const atom = this.#atom()
      const repeated = this.#quantified(atom)
      const last = parts.at(-1)
      if (repeated.kind === 'text' && last?.kind === 'text') {
        parts[parts.length - 1] = { kind: 'text', text: last.text + repeated.text }
      } else parts.push(repeated)
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
  }

  #atom(): RegexNode {
    const source = this.#source
    const offset = source.offset
    if (source.take('^')) return { kind: 'start', offset }
    if (source.take('$')) return { kind: 'end', offset }
    if (source.take('(')) return this.#group(offset)
    if (source.take('.')) return { kind: 'set', set: this.#classes.dot() }
    if (source.take('[')) return { kind: 'set', set: this.#wholeUnits(this.#classes.bracket(), offset) }
    if (source.sees('\\')) return this.#escape(offset)
    return this.#character(source.next(), offset)
  }

  #group(offset: number): RegexNode {
    const source = this.#source
    if (source.take('?')) {
      if (source.take('=') || source.take('!')) throw source.unsupported('a look-ahead', offset)
      if (source.take('<=') || source.take('<!')) throw source.unsupported('a look-behind', offset)
      if (source.take('<')) source.skipPast('>')
      else if (!source.take(':')) throw source.unsupported('a group that changes flags', offset)
    }
    const inner = this.#choice()
    source.take(')')
    return inner
  }

  #escape(offset: number): RegexNode {
    const source = this.#source
    if (source.take('\\b')) throw source.unsupported('the word boundary \\b', offset)
    if (source.take('\\B')) throw source.unsupported('the word boundary \\B', offset)
    if (source.hasNamedGroups && source.take('\\k')) throw source.unsupported('a back-reference', offset)
    const decimal = source.match(/\\([1-9][0-9]*)/y)
    if (decimal && (source.isUnicode || Number(decimal[1]) <= source.groupCount)) {
      throw source.unsupported('a back-reference', offset)
    }
    const set = this.#classes.classEscape()
    if (set !== null) return { kind: 'set', set }
    return this.#character(this.#classes.characterEscape(), offset)
  }

  #character(codePoint: number, offset: number): RegexNode {
    const set = this.#classes.character(codePoint)
    if (set.length > 1 || set[0]![0] !== set[0]![1]) return { kind: 'set', set }
    if (codePoint < 0xd800 || codePoint > 0xdfff)
      return { kind: 'text', text: String.fromCodePoint(codePoint) }
    if (this.#source.isUnicode) return { kind: 'set', set }
    return this.#pair(codePoint, offset)
  }

  /** Without u and v a character above U+FFFF is two units; they are only taken together. */
  #pair(first: number, offset: number): RegexNode {
    const source = this.#source
    const second = source.sees('\\') ? this.#classes.characterEscape() : source.isAtEnd ? 0 : source.next()
    const isPair = first < 0xdc00 && second >= 0xdc00 && second <= 0xdfff
    if (!isPair || source.quantifier() !== null) {
      throw source.unsupported('half of a character above U+FFFF without the flag u', offset)
    }
    return { kind: 'text', text: String.fromCharCode(first, second) }
  }

  /** A set without u and v must hold all surrogates or none, so that characters above U+FFFF stay whole. */
  #wholeUnits(set: CodePointSet, offset: number): CodePointSet {
    if (this.#source.isUnicode) return set
    const halves = intersection(set, [surrogates])
    const isAll = halves.length === 1 && halves[0]![0] === surrogates[0] && halves[0]![1] === surrogates[1]
    if (halves.length === 0 || isAll) return set
    throw this.#source.unsupported('half of a character above U+FFFF without the flag u', offset)
  }

  #quantified(atom: RegexNode): RegexNode {
    const source = this.#source
    const offset = source.offset
    const bounds = source.quantifier()
    if (bounds === null) return atom
    source.take('?')
    if (atom.kind === 'start' || atom.kind === 'end') throw source.unsupported('a repeated anchor', offset)
    return { kind: 'repeat', part: atom, min: bounds.min, max: bounds.max }
  }
}
