// Builds a constraint's flat form: nodes that are known already are not made again, and `finish` encodes all. Decides
// the simplest node for what is asked (a choice of one is that one); what nodes mean is said in ir.ts.
import { ConstraintError } from '../../base/errors.js'
import { isReadable, shown } from '../../base/seen.js'
import {
  type CodePointRange,
  type CodePointSet,
  codePointMax,
  complement,
  setOf,
  withoutSurrogates,
} from './code-point-set.js'
import {
  type ConstraintIr,
  childRange,
  type GrammarSymbol,
  irOp,
  irVersion,
  lexemeWord,
  type RegexId,
  type RuleId,
  ruleWord,
} from './ir.js'
import { blockOf, type IrBlock, IrBlocks } from './ir-blocks.js'
import { IrNodes } from './ir-nodes.js'
import { type MemberSet, memberSetWords } from './member-set.js'
import { sortDistinct } from './sort-distinct.js'

/** `words`: what it is as encoded; null until it is defined. */
type Rule = { readonly name: string; words: readonly number[] | null }

const blocks = new IrBlocks()
/** New nodes of an expression up to which it is kept as a block. */
const blockNodesMax = 2_000

/** Builds one constraint. Methods return node ids valid in this builder only; `finish` encodes what `start` reaches. */
export class IrBuilder {
  readonly #nodes = new IrNodes()
  readonly #rules: Rule[] = []
  /** By node, texts of the literals, one character a byte; together they are the bytes the nodes point into. */
  readonly #texts: string[] = []
  #byteCount = 0
  readonly #literals = new Map<string, RegexId>()
  readonly empty: RegexId
  readonly nothing: RegexId

  constructor() {
    this.empty = this.#node([irOp.empty])
    this.nothing = this.#node([irOp.nothing])
  }

  /** Number of regex nodes so far; lowerings use it to refuse blow-up early. */
  get nodeCount(): number {
    return this.#nodes.count
  }

  /** The given text (as UTF-8) or bytes, exactly. */
  literal(text: string | Uint8Array): RegexId {
    // The key is the bytes, one character each; ASCII is that already.
    const isPlain = typeof text === 'string' && !/[^\x00-\x7f]/.test(text)
    const key = isPlain ? text : Buffer.from(text as string).toString('latin1')
    return key === '' ? this.empty : this.#literalOf(key)
  }

  /** `key`: the bytes, one character each. */
  #literalOf(key: string): RegexId {
    let id = this.#literals.get(key)
    if (id === undefined) {
      // Told apart by its place alone, so that no equal node need be looked for.
      id = this.#nodes.append([irOp.bytes, this.#byteCount, key.length]) as RegexId
      this.#texts[id] = key
      this.#byteCount += key.length
      this.#literals.set(key, id)
    }
    return id
  }

  /** One code point out of the ranges (inclusive, any order, may overlap); surrogates are left out. */
  class(ranges: readonly CodePointRange[]): RegexId {
    return this.#class(setOf(ranges))
  }

  /** One code point that is in none of the ranges. */
  classExcept(ranges: readonly CodePointRange[]): RegexId {
    return this.#class(complement(setOf(ranges), codePointMax))
  }

  #class(set: CodePointSet): RegexId {
    const whole = withoutSurrogates(set)
    if (whole.length === 0) return this.nothing
    const words: number[] = [irOp.class, whole.length]
    for (const [from, to] of whole) words.push(from, to)
    return this.#node(words)
  }

  concat(...parts: readonly RegexId[]): RegexId {
    return this.concatOf(parts)
  }

  /** As `concat`, for any number of parts. */
  concatOf(parts: readonly RegexId[]): RegexId {
    const words: number[] = [irOp.concat, 0]
    for (let index = 0; index < parts.length; index++) {
      const id = parts[index]!
      if (id === this.nothing) return id
      if (id !== this.empty) words.push(id)
    }
    words[1] = words.length - 2
    if (words.length === 2) return this.empty
    return words.length === 3 ? (words[2] as RegexId) : this.#node(words)
  }

  alt(...parts: readonly RegexId[]): RegexId {
    return this.altOf(parts)
  }

  /** As `alt`, for any number of parts. */
  altOf(parts: readonly RegexId[]): RegexId {
    if (parts.length === 1) return parts[0]!
    const words: number[] = [irOp.alt, 0]
    for (let index = 0; index < parts.length; index++) {
      if (parts[index] !== this.nothing) words.push(parts[index]!)
    }
    sortDistinct(words, 2)
    words[1] = words.length - 2
    if (words.length === 2) return this.nothing
    return words.length === 3 ? (words[2] as RegexId) : this.#node(words)
  }

  and(...parts: readonly RegexId[]): RegexId {
    if (parts.length === 1) return parts[0]!
    if (parts.length === 0) return this.any()
    if (parts.includes(this.nothing)) return this.nothing
    const words: number[] = [irOp.and, 0, ...parts]
    sortDistinct(words, 2)
    words[1] = words.length - 2
    return words.length === 3 ? (words[2] as RegexId) : this.#node(words)
  }

  /** Every valid UTF-8 string that is not in `part`. */
  not(part: RegexId): RegexId {
    return this.#node([irOp.not, part])
  }

  /** `part` repeated min to max times; `max` null means without limit. */
  repeat(part: RegexId, min: number, max: number | null): RegexId {
    if (max !== null && max < min) return this.nothing
    if (max === 0) return this.empty
    if (part === this.empty) return this.empty
    if (part === this.nothing) return min === 0 ? this.empty : this.nothing
    if (min === 1 && max === 1) return part
    return this.#node([irOp.repeat, part, min, max ?? -1])
  }

  /** Any stretch of the text but the empty one. */
  stretch(text: string): RegexId {
    return text === '' ? this.nothing : this.stretchOf(this.literal(text))
  }

  stretchOf(literal: RegexId): RegexId {
    return this.#node([irOp.stretch, literal])
  }

  /** The texts of `part` as they are spelled inside of a JSON string: raw, or by any escape. */
  spelled(part: RegexId): RegexId {
    return part === this.empty || part === this.nothing ? part : this.#node([irOp.spelled, part])
  }

  /** `min` (at least 1) to `max` (null: any number) of `item`, which are different, with `comma` between; see ir.ts. */
  distinct(item: RegexId, comma: RegexId, min: number, max: number | null): RegexId {
    if (item === this.nothing || (max !== null && max < min)) return this.nothing
    return max === 1 ? item : this.#node([irOp.distinct, item, comma, min, max ?? -1])
  }

  optional(part: RegexId): RegexId {
    return this.repeat(part, 0, 1)
  }

  /** Any valid UTF-8 text, also the empty one. */
  any(): RegexId {
    return this.repeat(this.class([[0, codePointMax]]), 0, null)
  }

  /** What `make` gives, remembered for other builders; `key` must name all that `make` depends on. */
  block(key: string, make: () => RegexId): RegexId {
    const known = blocks.get(key)
    if (known !== undefined) return this.#place(known)
    const before = this.nodeCount
    const id = make()
    if (this.nodeCount - before <= blockNodesMax) blocks.keep(key, blockOf(id, this.#nodes, this.#texts))
    return id
  }

  /** Declares a rule, so that it can be used before it is defined (recursion). */
  declareRule(name: string): RuleId {
    this.#rules.push({ name, words: null })
    return (this.#rules.length - 1) as RuleId
  }

  /** Gives a declared rule its alternatives, each a list of symbols; an empty list derives the empty string. */
  defineRule(rule: RuleId, alternatives: readonly (readonly GrammarSymbol[])[]): void {
    const words = [alternatives.length]
    for (const symbols of alternatives) {
      words.push(symbols.length)
      for (const symbol of symbols) {
        words.push('lexeme' in symbol ? lexemeWord(symbol.lexeme) : ruleWord(symbol.rule))
      }
    }
    this.defineEncoded(rule, words)
  }

  /** As `defineRule`, of alternatives as `finish` encodes them; the list is kept. */
  defineEncoded(rule: RuleId, words: readonly number[]): void {
    this.#rules[rule]!.words = words
  }

  /** Makes a declared rule a set of members. */
  defineMembers(rule: RuleId, set: MemberSet): void {
    this.#rules[rule]!.words = memberSetWords(set)
  }

  /** A rule with its alternatives at once. */
  rule(name: string, alternatives: readonly (readonly GrammarSymbol[])[]): RuleId {
    const id = this.declareRule(name)
    this.defineRule(id, alternatives)
    return id
  }

  /**
   * Encodes the constraint. Words:
   *   version, node count, rule count, start kind (0 lexeme, 1 rule), start id,
   *   nodes one after the other,
   *   per rule what member-set.ts says, or:
   *     alternative count, per alternative: symbol count, symbols (lexeme id = id * 2, rule id = id * 2 + 1).
   */
  finish(start: GrammarSymbol): ConstraintIr {
    this.#checkSymbol(start)
    const header = [
      irVersion,
      this.#nodes.count,
      this.#rules.length,
      'lexeme' in start ? 0 : 1,
      'lexeme' in start ? start.lexeme : start.rule,
    ]
    const length = this.#rules.reduce((sum, { words }) => sum + (words?.length ?? 0), 0)
    const nodes = this.#nodes.words
    const encoded = new Int32Array(header.length + nodes.length + length)
    encoded.set(header)
    encoded.set(nodes, header.length)
    let at = header.length + nodes.length
    for (const { name, words } of this.#rules) {
      if (words === null) {
        throw new ConstraintError('RULE_UNDEFINED', `The grammar uses rule ${name}, which is never defined.`)
      }
      for (let index = 0; index < words.length; index++) encoded[at++] = words[index]!
    }
    return {
      words: encoded,
      bytes: new Uint8Array(Buffer.from(this.#texts.join(''), 'latin1')),
    }
  }

  /** A constraint may be anybody's. */
  #checkSymbol(start: unknown): void {
    const { lexeme, rule } = isReadable(start) ? (start as { lexeme?: unknown; rule?: unknown }) : {}
    const [id, count] = lexeme === undefined ? [rule, this.#rules.length] : [lexeme, this.#nodes.count]
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < count) return
    throw new ConstraintError(
      'SYMBOL_INVALID',
      `A constraint was lowered to ${shown(start)}; lower() must return { lexeme } or { rule } of the builder it got.`,
    )
  }

  #place({ words, starts, texts }: IrBlock): RegexId {
    const ids: RegexId[] = []
    const node: number[] = []
    for (let index = 0; index < starts.length; index++) {
      const begin = starts[index]!
      node.length = (starts[index + 1] ?? words.length) - begin
      for (let at = 0; at < node.length; at++) node[at] = words[begin + at]!
      const op = node[0]!
      if (op === irOp.bytes) {
        ids.push(this.#literalOf(texts[node[1]!]!))
        continue
      }
      const [from, until] = childRange(op, node.length)
      for (let at = from; at < until; at++) node[at] = ids[node[at]!]!
      // Ids order differently here: alternatives and intersections are told apart by their sorted parts.
      if (op === irOp.alt || op === irOp.and) sortDistinct(node, from)
      ids.push(this.#node(node))
    }
    return ids.at(-1)!
  }

  #node(words: readonly number[]): RegexId {
    return this.#nodes.known(words) as RegexId
  }
}
