// The grammar constraint: llama.cpp's GBNF notation, lowered to rules and lexemes. Decides which rules are regular
// and become lexemes (they are quicker) and which stay rules. Never decides what follows a grammar's text.
import { ConstraintError } from '../base/errors.js'
import { type Constraint, typeName } from './constraint-type.js'
import { type GbnfNode, type GbnfRules, parseGbnf } from './gbnf-syntax.js'
import type { GrammarSymbol, IrBuilder, RegexId, RuleId } from './ir.js'

/**
 * Texts of a grammar in llama.cpp's GBNF notation; the value is the text. The rule `root` is the whole.
 * Left recursion and rules that derive nothing but themselves are taken, as far as they derive anything.
 *
 * Throws ConstraintError GRAMMAR_SYNTAX (with line and column), GRAMMAR_UNSUPPORTED for references to tokens,
 * CONSTRAINT_TOO_COMPLEX. Lowering throws GRAMMAR_EMPTY where `root` derives no text.
 */
export function gbnf(text: string): Constraint<string> {
  if (typeof text !== 'string') {
    throw new ConstraintError('GRAMMAR_SYNTAX', `The grammar is ${typeName(text)}, expected a text in GBNF.`)
  }
  const rules = parseGbnf(text)
  return Object.freeze({
    kind: 'grammar',
    lower: (builder: IrBuilder) => new GbnfLowering(builder, rules).root(),
    parse: (value: string) => value,
    format(value: string): string {
      if (typeof value === 'string') return value
      throw new ConstraintError(
        'VALUE_INVALID',
        `A grammar's value must be a string, not ${typeName(value)}.`,
      )
    },
    describe: () => `text of a grammar with ${rules.size} rules`,
  })
}

const symbolsMax = 200_000
const nodesMax = 200_000

/** A part as a lexeme, or as alternatives of symbols. */
type Lowered = { readonly lexeme: RegexId } | { readonly rule: RuleId }

class GbnfLowering {
  readonly #builder: IrBuilder
  readonly #rules: GbnfRules
  readonly #regular: ReadonlySet<string>
  readonly #productive: ReadonlySet<string>
  readonly #lexemes = new Map<string, RegexId>()
  readonly #ids = new Map<string, RuleId>()
  readonly #queue: [string, RuleId][] = []
  #symbols = 0

  constructor(builder: IrBuilder, rules: GbnfRules) {
    this.#builder = builder
    this.#rules = rules
    this.#productive = productiveRules(rules)
    this.#regular = regularRules(rules)
  }

  root(): GrammarSymbol {
    if (!this.#productive.has('root')) {
      throw new ConstraintError('GRAMMAR_EMPTY', 'The rule "root" derives no text, expected at least one.')
    }
    const symbol = this.#reference('root')
    for (let entry = this.#queue.pop(); entry; entry = this.#queue.pop()) {
      const [name, id] = entry
      this.#define(id, this.#alternatives(this.#rules.get(name)!))
    }
    return symbol
  }

  #reference(name: string): Lowered {
    if (this.#regular.has(name)) return { lexeme: this.#lexeme(name) }
    let id = this.#ids.get(name)
    if (id === undefined) {
      id = this.#builder.declareRule(name)
      this.#ids.set(name, id)
      this.#queue.push([name, id])
    }
    return { rule: id }
  }

  #lexeme(name: string): RegexId {
    let id = this.#lexemes.get(name)
    if (id === undefined) {
      id = this.#regex(this.#rules.get(name)!)
      this.#lexemes.set(name, id)
    }
    return id
  }

  #define(id: RuleId, alternatives: readonly (readonly GrammarSymbol[])[]): void {
    for (const symbols of alternatives) this.#symbols += symbols.length + 1
    if (this.#symbols > symbolsMax || this.#builder.nodeCount > nodesMax) {
      throw new ConstraintError(
        'CONSTRAINT_TOO_COMPLEX',
        `The grammar needs ${this.#symbols} symbols and ${this.#builder.nodeCount} nodes, ` +
          `expected at most ${symbolsMax} of each.`,
      )
    }
    this.#builder.defineRule(id, alternatives)
  }

  #rule(name: string, alternatives: readonly (readonly GrammarSymbol[])[]): GrammarSymbol {
    const id = this.#builder.declareRule(name)
    this.#define(id, alternatives)
    return { rule: id }
  }

  /** What a node derives, as alternatives of a rule; alternatives that derive nothing are left out. */
  #alternatives(node: GbnfNode): GrammarSymbol[][] {
    if (node.kind === 'choice') return node.parts.flatMap((part) => this.#alternatives(part))
    const symbols = this.#symbolsOf(node)
    return symbols === null ? [] : [symbols]
  }

  /** A node as symbols in sequence, neighbouring lexemes joined; null where it derives nothing. */
  #symbolsOf(node: GbnfNode): GrammarSymbol[] | null {
    const parts = node.kind === 'sequence' ? flatten(node.parts) : [node]
    const symbols: GrammarSymbol[] = []
    for (const part of parts) {
      if (!isProductive(part, this.#productive)) return null
      const symbol = this.#symbol(part)
      const last = symbols.at(-1)
      if ('lexeme' in symbol && last && 'lexeme' in last) {
        symbols[symbols.length - 1] = { lexeme: this.#builder.concat(last.lexeme, symbol.lexeme) }
      } else if (!('lexeme' in symbol) || symbol.lexeme !== this.#builder.empty) symbols.push(symbol)
    }
    return symbols
  }

  #symbol(node: GbnfNode): GrammarSymbol {
    if (isRegular(node, this.#regular)) return { lexeme: this.#regex(node) }
    if (node.kind === 'reference') return this.#reference(node.name)
    if (node.kind === 'repeat') return this.#repeat(node.part, node.min, node.max)
    return this.#rule('group', this.#alternatives(node))
  }

  #repeat(part: GbnfNode, min: number, max: number | null): GrammarSymbol {
    const once = this.#rule('part', this.#alternatives(part))
    const exact = this.#power(once, min)
    if (max === null) {
      const id = this.#builder.declareRule('repeat')
      this.#define(id, [exact, [{ rule: id }, once]])
      return { rule: id }
    }
    let tail: GrammarSymbol[] = []
    for (let count = min; count < max; count++) tail = [this.#rule('repeat', [[], [once, ...tail]])]
    return this.#rule('repeat', [[...exact, ...tail]])
  }

  /** The symbol exactly `count` times, by halves. */
  #power(once: GrammarSymbol, count: number): GrammarSymbol[] {
    if (count < 2) return count === 1 ? [once] : []
    const half = this.#rule('half', [this.#power(once, count >> 1)])
    return [half, half, ...(count % 2 === 1 ? [once] : [])]
  }

  #regex(node: GbnfNode): RegexId {
    const builder = this.#builder
    switch (node.kind) {
      case 'text':
        return builder.literal(node.text)
      case 'set':
        return node.isNegated ? builder.classExcept(node.ranges) : builder.class(node.ranges)
      case 'reference':
        return this.#lexeme(node.name)
      case 'sequence':
        return builder.concatOf(node.parts.map((part) => this.#regex(part)))
      case 'choice':
        return builder.altOf(node.parts.map((part) => this.#regex(part)))
      case 'repeat':
        return builder.repeat(this.#regex(node.part), node.min, node.max)
    }
  }
}

function flatten(parts: readonly GbnfNode[]): GbnfNode[] {
  return parts.flatMap((part) => (part.kind === 'sequence' ? flatten(part.parts) : [part]))
}

function isRegular(node: GbnfNode, regular: ReadonlySet<string>): boolean {
  switch (node.kind) {
    case 'reference':
      return regular.has(node.name)
    case 'repeat':
      return isRegular(node.part, regular)
    case 'sequence':
    case 'choice':
      return node.parts.every((part) => isRegular(part, regular))
    default:
      return true
  }
}

function isProductive(node: GbnfNode, productive: ReadonlySet<string>): boolean {
  switch (node.kind) {
    case 'set':
      return node.isNegated || node.ranges.length > 0
    case 'reference':
      return productive.has(node.name)
    case 'repeat':
      return node.min === 0 || isProductive(node.part, productive)
    case 'sequence':
      return node.parts.every((part) => isProductive(part, productive))
    case 'choice':
      return node.parts.some((part) => isProductive(part, productive))
    default:
      return true
  }
}

/** Rules that derive some text. */
function productiveRules(rules: GbnfRules): ReadonlySet<string> {
  return fixpoint(rules, isProductive)
}

/** Rules that refer to regular rules only, so that no recursion is left in them. */
function regularRules(rules: GbnfRules): ReadonlySet<string> {
  return fixpoint(rules, isRegular)
}

function fixpoint(
  rules: GbnfRules,
  holds: (node: GbnfNode, names: ReadonlySet<string>) => boolean,
): ReadonlySet<string> {
  const names = new Set<string>()
  for (let size = -1; size !== names.size; ) {
    size = names.size
    for (const [name, node] of rules) if (!names.has(name) && holds(node, names)) names.add(name)
  }
  return names
}
