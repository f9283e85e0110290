// A constraint out of its flat form, for whoever kept that and nothing else: the same texts, and a text is its value.
import { assert } from '../base/assert.js'
import { type Constraint, formatText, regular } from './constraint-type.js'
import {
  type ConstraintIr,
  childRange,
  type GrammarSymbol,
  idOfWord,
  irOp,
  isRuleWord,
  lexemeWord,
  type RegexId,
  ruleWord,
} from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { type MemberSet, memberSetAt } from './ir/member-set.js'

const parts = {
  kind: 'recorded',
  parse: (text: string) => text,
  format: formatText('recorded'),
  describe: () => 'a recorded constraint',
}

/** `ir`: of this library's own builder. `as`: whether it was a regular one, from which texts can be left out. */
export function recorded(ir: ConstraintIr, as: 'regular' | 'grammar'): Constraint<string> {
  const lower = (builder: IrBuilder): GrammarSymbol => copied(builder, ir)
  if (as === 'grammar') return Object.freeze({ ...parts, lower })
  return regular<string>({
    ...parts,
    lowerRegular: (builder) => {
      const symbol = lower(builder)
      assert('lexeme' in symbol, 'a regular constraint is one lexeme')
      return symbol.lexeme
    },
  })
}

function copied(builder: IrBuilder, { words, bytes }: ConstraintIr): GrammarSymbol {
  const [, nodeCount, ruleCount, startKind, startId] = words.subarray(0, 5) as unknown as number[]
  const ids: RegexId[] = []
  let at = 5
  while (ids.length < nodeCount!) {
    const node = words.subarray(at, at + lengthAt(words, at))
    at += node.length
    ids.push(copiedNode(builder, node, bytes, ids))
  }
  const rules = Array.from({ length: ruleCount! }, (_, index) => builder.declareRule(`rule ${index}`))
  const copiedWord = (word: number): number =>
    isRuleWord(word) ? ruleWord(rules[idOfWord(word)]!) : lexemeWord(ids[idOfWord(word)]!)
  const list = <T>(one: () => T): T[] => Array.from({ length: words[at++]! }, one)
  for (const rule of rules) {
    const members = memberSetAt(words, at)
    if (members === null) {
      const alternatives = list(() => list(() => copiedWord(words[at++]!)))
      const encoded = alternatives.flatMap((symbols) => [symbols.length, ...symbols])
      builder.defineEncoded(rule, [alternatives.length, ...encoded])
      continue
    }
    at = members.end
    builder.defineMembers(rule, copiedSet(members.set, ids, copiedWord))
  }
  return startKind === 0 ? { lexeme: ids[startId!]! } : { rule: rules[startId!]! }
}

function copiedSet(set: MemberSet, ids: readonly RegexId[], copiedWord: (word: number) => number): MemberSet {
  return {
    ...set,
    open: ids[set.open]!,
    separator: ids[set.separator]!,
    close: ids[set.close]!,
    elements: set.elements.map((element) => ({ ...element, symbol: copiedWord(element.symbol) })),
  }
}

function copiedNode(
  builder: IrBuilder,
  node: Int32Array,
  bytes: Uint8Array,
  ids: readonly RegexId[],
): RegexId {
  const [op, first, second, third, fourth] = node as unknown as number[]
  const parts = Array.from(node.subarray(...childRange(op!, node.length)), (id) => ids[id]!)
  switch (op) {
    case irOp.empty:
      return builder.empty
    case irOp.nothing:
      return builder.nothing
    case irOp.bytes:
      return builder.literal(bytes.subarray(first!, first! + second!))
    case irOp.class:
      return builder.class(
        Array.from({ length: first! }, (_, i) => [node[2 + 2 * i]!, node[3 + 2 * i]!] as const),
      )
    case irOp.concat:
      return builder.concatOf(parts)
    case irOp.alt:
      return builder.altOf(parts)
    case irOp.and:
      return builder.and(...parts)
    case irOp.not:
      return builder.not(parts[0]!)
    case irOp.stretch:
      return builder.stretchOf(parts[0]!)
    case irOp.spelled:
      return builder.spelled(parts[0]!)
    case irOp.distinct:
      return builder.distinct(parts[0]!, parts[1]!, third!, fourth === -1 ? null : fourth!)
    default:
      return builder.repeat(parts[0]!, second!, third === -1 ? null : third!)
  }
}

function lengthAt(words: Int32Array, at: number): number {
  switch (words[at]) {
    case irOp.class:
      return 2 + 2 * words[at + 1]!
    case irOp.bytes:
      return 3
    case irOp.not:
    case irOp.stretch:
    case irOp.spelled:
      return 2
    case irOp.repeat:
      return 4
    case irOp.distinct:
      return 5
    case irOp.empty:
    case irOp.nothing:
      return 1
    default:
      return 2 + words[at + 1]!
  }
}
