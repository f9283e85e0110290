// Which parts of a grammar some text completes. Decides with a worklist, in time linear in the grammar.
import { MembersFound } from '../ir/members-left.js'
import type { LivingResiduals } from './living.js'
import type { ReadRule, Slot } from './read-rules.js'

/** A rule's part that waits for rules: an alternative, or an element of a set. */
interface Waiting {
  readonly rule: number
  readonly part: number
  missing: number
}

/** Of each rule the alternatives, or the elements of its set, that some text completes; none where it has no text. */
export function productiveOf(residuals: LivingResiduals, rules: readonly ReadRule[]): readonly Set<number>[] {
  const parts = rules.map(() => new Set<number>())
  const found: number[] = []
  const isFound = rules.map(() => false)
  /** For each rule, what waits for it, as often as it is named there. */
  const users: Waiting[][] = rules.map(() => [])
  const sets = rules.map((rule) => ('set' in rule ? new MembersFound(rule.set) : null))
  const isLive = (slot: Slot): boolean => slot.kind !== 'lexeme' || residuals.isLive(slot.residual)
  const complete = ({ rule, part }: Waiting): void => {
    const read = rules[rule]!
    parts[rule]!.add(part)
    if ('set' in read && !sets[rule]!.add(read.set.elements[part]!)) return
    if (!isFound[rule]) found.push(rule)
    isFound[rule] = true
  }
  const wait = (rule: number, part: number, slots: readonly Slot[]): void => {
    if (!slots.every(isLive)) return
    const called = slots.flatMap((slot) => (slot.kind === 'rule' ? [slot.rule] : []))
    const waiting = { rule, part, missing: called.length }
    for (const each of called) users[each]!.push(waiting)
    if (called.length === 0) complete(waiting)
  }
  for (const [rule, read] of rules.entries()) {
    if (!('set' in read)) for (const [index, slots] of read.alternatives.entries()) wait(rule, index, slots)
    else if ([read.open, read.separator, read.close].every(isLive)) {
      for (const [index, slot] of read.elements.entries()) wait(rule, index, [slot])
    }
  }
  for (let rule = found.pop(); rule !== undefined; rule = found.pop()) {
    for (const waiting of users[rule]!) {
      waiting.missing -= 1
      if (waiting.missing === 0) complete(waiting)
    }
  }
  return parts.map((some, rule) => (isFound[rule] ? some : new Set()))
}
