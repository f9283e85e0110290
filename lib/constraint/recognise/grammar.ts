// A constraint as the recogniser walks it, read out of its flat form. Decides that alternatives no text can complete
// are left out, so that whatever goes on leads somewhere. The form is one of this library's own builder and is trusted.
import { assert } from '../../base/assert.js'
import { type ConstraintIr, idOfWord, irOp, irVersion, isRuleWord } from '../ir/ir.js'
import type { Residual } from './residual.js'
import { Residuals } from './residuals.js'

/** What stands at one place of an alternative; 'end': it is complete. */
export type Slot =
  | { readonly kind: 'lexeme'; readonly residual: Residual }
  | { readonly kind: 'rule'; readonly rule: number }
  | { readonly kind: 'end' }

export interface Grammar {
  readonly residuals: Residuals
  /** All alternatives one after the other, each with its end. */
  readonly slots: readonly Slot[]
  /** For each rule, the slots its alternatives begin at. */
  readonly rules: readonly (readonly number[])[]
  /** The rule of the whole. */
  readonly top: number
}

const end: Slot = { kind: 'end' }

export function grammarOf({ words, bytes }: ConstraintIr): Grammar {
  assert(words[0] === irVersion, 'the flat form is of the version that is read')
  const [nodeCount, ruleCount, startKind, startId] = words.subarray(1, 5) as unknown as number[]
  const residuals = new Residuals(bytes)
  const { nodes, at } = nodesOf(residuals, words, nodeCount!)
  const lists = alternativesOf(nodes, words, at, ruleCount!)
  lists.push([[startKind === 0 ? lexeme(nodes[startId!]!) : { kind: 'rule', rule: startId! }]])
  const productive = productiveOf(residuals, lists)
  const slots: Slot[] = []
  const rules = lists.map((alternatives, rule) =>
    alternatives
      .filter((_, index) => productive.has(alternativeKey(rule, index)))
      .map((alternative) => {
        const from = slots.length
        for (const slot of alternative) slots.push(slot)
        slots.push(end)
        return from
      }),
  )
  return { residuals, slots, rules, top: rules.length - 1 }
}

function lexeme(residual: Residual): Slot {
  return { kind: 'lexeme', residual }
}

function nodesOf(
  residuals: Residuals,
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

function alternativesOf(
  nodes: readonly Residual[],
  words: Int32Array,
  from: number,
  ruleCount: number,
): Slot[][][] {
  let at = from
  const slot = (): Slot => {
    const word = words[at++]!
    const id = idOfWord(word)
    return isRuleWord(word) ? { kind: 'rule', rule: id } : lexeme(nodes[id]!)
  }
  const list = <T>(one: () => T): T[] => Array.from({ length: words[at++]! }, one)
  return Array.from({ length: ruleCount }, () => list(() => list(slot)))
}

function alternativeKey(rule: number, index: number): string {
  return `${rule},${index}`
}

/** Keys of the alternatives some text completes. */
function productiveOf(residuals: Residuals, lists: readonly Slot[][][]): Set<string> {
  const keys = new Set<string>()
  const found: number[] = []
  const isFound = lists.map(() => false)
  /** For each rule, the alternatives that wait for it, as often as they name it. */
  const waiting: { rule: number; key: string; missing: { count: number } }[][] = lists.map(() => [])
  const complete = (rule: number, key: string): void => {
    keys.add(key)
    if (!isFound[rule]) found.push(rule)
    isFound[rule] = true
  }
  for (const [rule, alternatives] of lists.entries()) {
    for (const [index, slots] of alternatives.entries()) {
      if (slots.some((slot) => slot.kind === 'lexeme' && !residuals.isLive(slot.residual))) continue
      const key = alternativeKey(rule, index)
      const missing = { count: 0 }
      for (const slot of slots) {
        if (slot.kind !== 'rule') continue
        missing.count += 1
        waiting[slot.rule]!.push({ rule, key, missing })
      }
      if (missing.count === 0) complete(rule, key)
    }
  }
  for (let rule = found.pop(); rule !== undefined; rule = found.pop()) {
    for (const one of waiting[rule]!) {
      one.missing.count -= 1
      if (one.missing.count === 0) complete(one.rule, one.key)
    }
  }
  return keys
}
