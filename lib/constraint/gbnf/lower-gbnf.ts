// Lowers a grammar to rules and lexemes. Decides which rules are regular and become lexemes (they are quicker) and
// which stay rules. Never decides what follows a grammar's text.
import { ConstraintError } from '../../base/errors.js'
import type { GrammarSymbol, RegexId, RuleId } from '../ir/ir.js'
import type { IrBuilder } from '../ir/ir-builder.js'
import type { Steps } from '../steps.js'
import { type Closure, type Condition, closureOf, reachableRules } from './closure.js'
import type { GbnfNode, GbnfRules } from './gbnf-node.js'

const symbolsMax = 200_000
const nodesMax = 200_000
/** Optional repetitions of what is no regular expression: each is a rule of its own. */
const repeatMax = 10_000

/** A part as a lexeme, or as alternatives of symbols. */
type Lowered = { readonly lexeme: RegexId } | { readonly rule: RuleId }

export class GbnfLowering {
  readonly #builder: IrBuilder
  readonly #rules: GbnfRules
  #regular!: Closure
  #productive!: Closure
  readonly #lexemes = new Map<string, RegexId>()
  readonly #ids = new Map<string, RuleId>()
  readonly #queue: [string, RuleId][] = []
  #symbols = 0

  constructor(builder: IrBuilder, rules: GbnfRules) {
    this.#builder = builder
    this.#rules = rules
  }

  *root(): Steps<GrammarSymbol> {
    this.#productive = closureOf(this.#rules, productivity)
    yield
    this.#regular = closureOf(this.#rules, regularity)
    yield
    if (!this.#productive.rules.has('root')) {
      throw new ConstraintError('GRAMMAR_EMPTY', 'The rule "root" derives no text, expected at least one.')
    }
    const needed = reachableRules(this.#rules, 'root')
    // In this order each finds the lexemes it refers to, so that no chain of rules is followed.
    for (const name of this.#regular.rules) {
      yield
      if (needed.has(name)) this.#lexemes.set(name, this.#regex(this.#rules.get(name)!))
    }
    const symbol = this.#reference('root')
    for (let entry = this.#queue.pop(); entry; entry = this.#queue.pop()) {
      yield
      const [name, id] = entry
      this.#define(id, this.#alternatives(this.#rules.get(name)!))
    }
    return symbol
  }

  #reference(name: string): Lowered {
    const lexeme = this.#lexemes.get(name)
    if (lexeme !== undefined) return { lexeme }
    let id = this.#ids.get(name)
    if (id === undefined) {
      id = this.#builder.declareRule(name)
      this.#ids.set(name, id)
      this.#queue.push([name, id])
    }
    return { rule: id }
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
    if (!parts.every((part) => this.#productive.has(part))) return null
    const symbols: GrammarSymbol[] = []
    let run: RegexId[] = []
    const finishRun = (): void => {
      const lexeme = this.#builder.concatOf(run)
      if (lexeme !== this.#builder.empty) symbols.push({ lexeme })
      run = []
    }
    for (const part of parts) {
      const symbol = this.#symbol(part)
      if ('lexeme' in symbol) run.push(symbol.lexeme)
      else {
        finishRun()
        symbols.push(symbol)
      }
    }
    finishRun()
    return symbols
  }

  #symbol(node: GbnfNode): GrammarSymbol {
    if (this.#regular.has(node)) return { lexeme: this.#regex(node) }
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
    if (max - min > repeatMax) {
      throw new ConstraintError(
        'CONSTRAINT_TOO_COMPLEX',
        `The grammar repeats a recursive part ${min} to ${max} times, expected at most ${repeatMax} apart; ` +
          'leave out the upper bound.',
      )
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
        return this.#lexemes.get(node.name)!
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

/** Nodes that refer to regular rules only, so that no recursion is left in them. */
function regularity(node: GbnfNode): Condition {
  return node.kind === 'text' || node.kind === 'set' ? 'yes' : 'all'
}

/** Nodes that derive some text. */
function productivity(node: GbnfNode): Condition {
  switch (node.kind) {
    case 'set':
      return node.isNegated || node.ranges.length > 0 ? 'yes' : 'no'
    case 'repeat':
      return node.min === 0 ? 'yes' : 'all'
    case 'choice':
      return 'any'
    default:
      return 'all'
  }
}
