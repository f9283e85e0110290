// The flat form's nodes and rules as the recogniser takes them. Decides what stands for a node or a rule, and trusts
// what it reads: it is of this library's own builder.
import { assert } from '../../base/assert.js'
import { type ConstraintIr, idOfWord, irOp, irVersion, isRuleWord, lexemeWord } from '../ir/ir.js'
import { type MemberSet, memberSetAt } from '../ir/member-set.js'
import { LivingResiduals } from './living.js'
import type { Residual } from './residual.js'

/**
 * What stands at one place of an alternative; 'end': it is complete. In a set of members 'more' is the rule of the next
 * member and 'tail' what follows the element; which rules these are depends on the members before.
 */
export type Slot =
  | { readonly kind: 'lexeme'; readonly residual: Residual }
  | { readonly kind: 'rule'; readonly rule: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'more' }
  | { readonly kind: 'tail'; readonly element: number }

export interface ReadSet {
  readonly set: MemberSet
  readonly open: Slot
  readonly separator: Slot
  readonly close: Slot
  /** As `set` has them. */
  readonly elements: readonly Slot[]
}

export type ReadRule = ReadSet | { readonly alternatives: readonly (readonly Slot[])[] }

/** The rules, and after them one for the whole. */
export function readRules({ words, bytes }: ConstraintIr): {
  readonly residuals: LivingResiduals
  readonly rules: readonly ReadRule[]
} {
  assert(words[0] === irVersion, 'the flat form is of the version that is read')
  const [nodeCount, ruleCount, startKind, startId] = words.subarray(1, 5) as unknown as number[]
  const residuals = new LivingResiduals(bytes)
  const { nodes, at } = nodesOf(residuals, words, nodeCount!)
  const rules = rulesOf(nodes, words, at, ruleCount!)
  const start: Slot = startKind === 0 ? lexeme(nodes[startId!]!) : { kind: 'rule', rule: startId! }
  return { residuals, rules: [...rules, { alternatives: [[start]] }] }
}

function lexeme(residual: Residual): Slot {
  return { kind: 'lexeme', residual }
}

function nodesOf(
  residuals: LivingResiduals,
  words: Int32Array,
  count: number,
): { readonly nodes: readonly Residual[]; readonly at: number } {
  const nodes: Residual[] = []
  let at = 5
  const list = (): Int32Array => {
    const length = words[at + 1]!
    at += 2 + length
    return words.subarray(at - length, at)
  }
  const children = (): Residual[] => Array.from(list(), (id) => nodes[id]!)
  while (nodes.length < count) {
    const op = words[at]!
    if (op === irOp.concat) {
      nodes.push(children().reduceRight((right, left) => residuals.concat(left, right), residuals.empty))
    } else if (op === irOp.alt) nodes.push(residuals.alt(children()))
    else if (op === irOp.and) nodes.push(residuals.and(children()))
    else if (op === irOp.class) {
      const ranges = words.subarray(at + 2, at + 2 + words[at + 1]! * 2)
      at += 2 + ranges.length
      nodes.push(residuals.points(Array.from(ranges)))
    } else if (op === irOp.bytes) {
      nodes.push(residuals.text(words[at + 1]!, words[at + 1]! + words[at + 2]!))
      at += 3
    } else if (op === irOp.not) {
      nodes.push(residuals.not(nodes[words[at + 1]!]!))
      at += 2
    } else if (op === irOp.spelled) {
      nodes.push(residuals.spelled(nodes[words[at + 1]!]!))
      at += 2
    } else if (op === irOp.stretch) {
      const source = nodes[words[at + 1]!]!
      assert(source.kind === 'text', 'stretches are of a text')
      nodes.push(residuals.stretch(source.from, source.until))
      at += 2
    } else if (op === irOp.distinct) {
      const [item, comma, min, max] = words.subarray(at + 1, at + 5) as unknown as number[]
      const most = max === -1 ? Number.POSITIVE_INFINITY : max!
      nodes.push(residuals.lists.distinct(nodes[item!]!, nodes[comma!]!, min!, most))
      at += 5
    } else if (op === irOp.repeat) {
      const [part, min, max] = words.subarray(at + 1, at + 4) as unknown as number[]
      nodes.push(residuals.repeat(nodes[part!]!, min!, max === -1 ? Number.POSITIVE_INFINITY : max!))
      at += 4
    } else {
      nodes.push(op === irOp.empty ? residuals.empty : residuals.nothing)
      at += 1
    }
  }
  return { nodes, at }
}

function rulesOf(nodes: readonly Residual[], words: Int32Array, from: number, ruleCount: number): ReadRule[] {
  let at = from
  const slotOf = (word: number): Slot => {
    const id = idOfWord(word)
    return isRuleWord(word) ? { kind: 'rule', rule: id } : lexeme(nodes[id]!)
  }
  const list = <T>(one: () => T): T[] => Array.from({ length: words[at++]! }, one)
  return Array.from({ length: ruleCount }, (): ReadRule => {
    const members = memberSetAt(words, at)
    if (members === null) return { alternatives: list(() => list(() => slotOf(words[at++]!))) }
    at = members.end
    const { set } = members
    const [open, separator, close] = [set.open, set.separator, set.close].map((id) => slotOf(lexemeWord(id)))
    const elements = set.elements.map(({ symbol }) => slotOf(symbol))
    return { set, open: open!, separator: separator!, close: close!, elements }
  })
}
