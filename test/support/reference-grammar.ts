// Constraints in their encoded form, run byte by byte: derivatives for lexemes, Earley's algorithm for rules. Judges
// the native core. States are immutable; nothing here knows about tokens.
import { type ConstraintIr, irOp, irVersion } from '../../lib/constraint/ir/ir.js'
import {
  afterOneMore,
  decodeSet,
  isProductiveSet,
  isWhole,
  type ReferenceSet,
  type Stood,
  shortest,
} from './reference-members.js'
import { ReferenceRegex, type Residual } from './reference-regex.js'

type GrammarSymbol = { lexeme: Residual } | { rule: number }

/** A set of members after some of them. */
interface SetState {
  readonly set: ReferenceSet
  readonly stood: Stood
}

interface Item {
  readonly rule: number
  readonly alternative: number
  readonly dot: number
  readonly origin: number
  /** What is left of the lexeme at the dot; null where a rule or nothing stands there. */
  readonly residual: Residual | null
}

type Chart = ReadonlyMap<string, Item>

/** Everything that the bytes of a value so far can mean: one chart a byte, and one for the start. */
export interface GrammarState {
  readonly chart: Chart
  /** Bytes so far. */
  readonly length: number
  /** The state of a byte less. */
  readonly before: GrammarState | null
}

/** Few, since what lies behind each is long. */
const foundMax = 8

export class ReferenceGrammar {
  readonly #regex = new ReferenceRegex()
  readonly #rules: GrammarSymbol[][][]
  readonly #sets = new Map<number, ReferenceSet>()
  /** Rules that get their alternatives when they are first asked for, and the numbers of all there are. */
  readonly #states = new Map<number, SetState>()
  readonly #stateRules = new Map<string, number>()
  #nodes: readonly Residual[] = []
  /** Of literals, by node. */
  readonly #texts = new Map<number, Uint8Array>()
  readonly #top: number
  /** What was found of the last few states, by byte: a mask and what is forced ask the same of one state many times. */
  readonly #found = new Map<GrammarState, (GrammarState | null)[]>()
  readonly start: GrammarState

  constructor(ir: ConstraintIr) {
    this.#rules = this.#decode(ir)
    this.#top = this.#rules.length - 1
    this.#dropUnproductive()
    const chart = new Map<string, Item>()
    this.#predict(chart, this.#top, 0)
    this.start = { chart: this.#close(chart, null), length: 0, before: null }
  }

  /** The state after one more byte; null where no member begins so. */
  advance(state: GrammarState, byte: number): GrammarState | null {
    let found = this.#found.get(state)
    if (found === undefined) {
      for (const oldest of this.#found.keys()) if (this.#found.size >= foundMax) this.#found.delete(oldest)
      found = []
      this.#found.set(state, found)
    }
    const known = found[byte]
    if (known !== undefined) return known
    const next = this.#after(state, byte)
    found[byte] = next
    return next
  }

  #after(state: GrammarState, byte: number): GrammarState | null {
    const chart = new Map<string, Item>()
    for (const item of state.chart.values()) {
      if (item.residual === null) continue
      const residual = this.#regex.derivative(item.residual, byte)
      if (this.#regex.isLive(residual)) add(chart, { ...item, residual })
    }
    if (chart.size === 0) return null
    return { chart: this.#close(chart, state), length: state.length + 1, before: state }
  }

  isMember(state: GrammarState): boolean {
    for (const item of state.chart.values()) {
      if (item.rule === this.#top && item.dot === 1 && item.origin === 0) return true
    }
    return false
  }

  /** Bytes that some member continues with. */
  nextBytes(state: GrammarState): number[] {
    const next: number[] = []
    for (let byte = 0; byte < 256; byte += 1) if (this.advance(state, byte) !== null) next.push(byte)
    return next
  }

  get isEmpty(): boolean {
    return !this.isMember(this.start) && this.nextBytes(this.start).length === 0
  }

  #close(chart: Map<string, Item>, before: GrammarState | null): Chart {
    const here = before === null ? 0 : before.length + 1
    for (let size = -1; size !== chart.size; ) {
      size = chart.size
      for (const item of chart.values()) {
        const symbol = this.#alternatives(item.rule)[item.alternative]![item.dot]
        if (symbol === undefined) {
          // No rule names the top one.
          if (item.rule === this.#top) continue
          const waiting = item.origin === here ? chart : chartAt(before!, item.origin)
          for (const other of waiting.values()) {
            const expected = this.#alternatives(other.rule)[other.alternative]![other.dot]
            if (expected !== undefined && 'rule' in expected && expected.rule === item.rule)
              this.#step(chart, other)
          }
        } else if ('rule' in symbol) this.#predict(chart, symbol.rule, here)
        else if (item.residual!.isNullable) this.#step(chart, item)
      }
    }
    return chart
  }

  #step(chart: Map<string, Item>, item: Item): void {
    this.#enter(chart, item.rule, item.alternative, item.dot + 1, item.origin)
  }

  #predict(chart: Map<string, Item>, rule: number, origin: number): void {
    for (const alternative of this.#alternatives(rule).keys()) {
      this.#enter(chart, rule, alternative, 0, origin)
    }
  }

  #enter(chart: Map<string, Item>, rule: number, alternative: number, dot: number, origin: number): void {
    const symbol = this.#alternatives(rule)[alternative]![dot]
    const residual = symbol !== undefined && 'lexeme' in symbol ? symbol.lexeme : null
    add(chart, { rule, alternative, dot, origin, residual })
  }

  #alternatives(rule: number): GrammarSymbol[][] {
    const state = this.#states.get(rule)
    if (state === undefined) return this.#rules[rule]!
    this.#states.delete(rule)
    const { set, stood } = state
    const { open, separator, close } = set
    const alternatives = this.#rules[rule]!
    for (const next of afterOneMore(set, stood)) {
      const before = stood.length === 0 ? open : separator
      const symbol = this.#symbolOf(set.elements[next.element]!.symbol)
      const after = this.#stateRule(set, shortest(set, next.stood))
      alternatives.push([{ lexeme: this.#nodes[before]! }, symbol, { rule: after }])
    }
    if (isWhole(set, stood)) alternatives.push([{ lexeme: this.#nodes[close]! }])
    return alternatives
  }

  #stateRule(set: ReferenceSet, stood: Stood): number {
    const key = `${[...this.#sets.values()].indexOf(set)}: ${stood.join()}`
    const known = this.#stateRules.get(key)
    if (known !== undefined) return known
    const rule = this.#rules.push([]) - 1
    this.#states.set(rule, { set, stood })
    this.#stateRules.set(key, rule)
    return rule
  }

  /** Alternatives that derive no string at all would keep states alive that lead nowhere. */
  #dropUnproductive(): void {
    const productive = new Set<number>()
    const derives = (symbol: GrammarSymbol): boolean =>
      'rule' in symbol ? productive.has(symbol.rule) : this.#regex.isLive(symbol.lexeme)
    const derivesWord = (word: number): boolean => derives(this.#symbolOf(word))
    const isLiveSet = (set: ReferenceSet): boolean =>
      [set.open, set.separator, set.close].every((node) => this.#regex.isLive(this.#nodes[node]!)) &&
      isProductiveSet(set, derivesWord)
    for (let size = -1; size !== productive.size; ) {
      size = productive.size
      for (const [rule, alternatives] of this.#rules.entries()) {
        const set = this.#sets.get(rule)
        const isLive = set ? isLiveSet(set) : alternatives.some((symbols) => symbols.every(derives))
        if (!productive.has(rule) && isLive) productive.add(rule)
      }
    }
    for (const [rule, alternatives] of this.#rules.entries()) {
      this.#rules[rule] = alternatives.filter((symbols) => symbols.every(derives))
    }
    for (const [rule, set] of this.#sets) {
      const alive = { ...set, elements: set.elements.filter(({ symbol }) => derivesWord(symbol)) }
      this.#sets.set(rule, alive)
      if (productive.has(rule)) this.#states.set(rule, { set: alive, stood: [] })
    }
  }

  #decode({ words, bytes }: ConstraintIr): GrammarSymbol[][][] {
    let at = 0
    const next = (): number => words[at++]!
    if (next() !== irVersion) throw new Error('The reference reads another version of the IR.')
    const [nodeCount, ruleCount, startKind, startId] = [next(), next(), next(), next()]
    const nodes: Residual[] = []
    const children = (): Residual[] => Array.from({ length: next() }, () => nodes[next()]!)
    for (let node = 0; node < nodeCount; node += 1) nodes.push(this.#decodeNode(next, children, nodes, bytes))
    this.#nodes = nodes
    const rules = Array.from({ length: ruleCount }, (_, rule): GrammarSymbol[][] => {
      const count = next()
      if (count === -1) {
        this.#sets.set(rule, decodeSet(next))
        return []
      }
      return Array.from({ length: count }, () => Array.from({ length: next() }, () => this.#symbolOf(next())))
    })
    const start: GrammarSymbol = startKind === 0 ? { lexeme: nodes[startId]! } : { rule: startId }
    return [...rules, [[start]]]
  }

  #symbolOf(word: number): GrammarSymbol {
    return word % 2 === 0 ? { lexeme: this.#nodes[word / 2]! } : { rule: (word - 1) / 2 }
  }

  #decodeNode(
    next: () => number,
    children: () => Residual[],
    nodes: readonly Residual[],
    bytes: Uint8Array,
  ): Residual {
    const regex = this.#regex
    switch (next()) {
      case irOp.empty:
        return regex.empty
      case irOp.nothing:
        return regex.nothing
      case irOp.bytes: {
        const offset = next()
        const text = bytes.subarray(offset, offset + next())
        this.#texts.set(nodes.length, text)
        return regex.bytes(text)
      }
      case irOp.spelled:
        return regex.spelled(nodes[next()]!)
      case irOp.stretch:
        return regex.stretch(this.#texts.get(next())!)
      case irOp.class:
        return regex.class(Array.from({ length: next() }, () => [next(), next()] as const))
      case irOp.concat:
        return children().reduceRight((right, left) => regex.concat(left, right), regex.empty)
      case irOp.alt:
        return regex.alt(...children())
      case irOp.and:
        return regex.and(...children())
      case irOp.not:
        return regex.not(nodes[next()]!)
      case irOp.distinct: {
        const [item, comma] = [nodes[next()]!, nodes[next()]!]
        const [min, max] = [next(), next()]
        return regex.distinct(item, comma, min, max === -1 ? null : max)
      }
      case irOp.repeat: {
        const part = nodes[next()]!
        const min = next()
        const max = next()
        return regex.repeat(part, min, max === -1 ? null : max)
      }
      default:
        throw new Error('The reference does not know this opcode.')
    }
  }
}

function chartAt(state: GrammarState, length: number): Chart {
  let at = state
  while (at.length > length) at = at.before!
  return at.chart
}

function add(chart: Map<string, Item>, item: Item): void {
  const key = `${item.rule},${item.alternative},${item.dot},${item.origin},${item.residual?.id ?? ''}`
  if (!chart.has(key)) chart.set(key, item)
}
