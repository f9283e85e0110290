// A constraint as the recogniser walks it, read out of its flat form. Decides that alternatives no text can complete
// are left out, so that whatever goes on leads somewhere, and makes the rules of sets of members as they are come to.
import type { ConstraintIr } from '../ir/ir.js'
import type { LivingResiduals } from './living.js'
import { after, isComplete, keyOf, type MemberState, nextOf, startOf } from './member-states.js'
import { productiveOf } from './productive.js'
import { type ReadSet, readRules, type Slot } from './read-rules.js'

const end: Slot = { kind: 'end' }

/** Where the alternatives of a set's rules begin. */
interface SetLayout {
  readonly more: number
  readonly close: number
  readonly elements: readonly number[]
  /** Rules by what has stood there. */
  readonly tails: Map<string, number>
}

/** A set's rule after some members; the rule after it is that of the next member. */
interface Tail {
  readonly layout: SetLayout
  readonly state: MemberState
}

export class Grammar {
  readonly residuals: LivingResiduals
  /** The rule of the whole. */
  readonly top: number
  readonly #slots: Slot[] = []
  /** For each rule, the slots its alternatives begin at; undefined until a set's rule is asked for. */
  readonly #begins: (readonly number[] | undefined)[] = []
  /** Of the rules behind `top`, every other one. */
  readonly #tails: Tail[] = []
  #stateSize = 0

  constructor(ir: ConstraintIr) {
    const { residuals, rules } = readRules(ir)
    this.residuals = residuals
    this.top = rules.length - 1
    const productive = productiveOf(residuals, rules)
    for (const [rule, read] of rules.entries()) {
      const parts = productive[rule]!
      if ('set' in read) this.#begins[rule] = parts.size === 0 ? [] : [this.#begin(read, parts)]
      else
        this.#begins[rule] = read.alternatives
          .filter((_, index) => parts.has(index))
          .map((slots) => this.#lay(...slots))
    }
  }

  /** About how much has been learnt, as numbers kept. */
  get size(): number {
    return this.residuals.size + this.#stateSize
  }

  slotAt(slot: number): Slot {
    return this.#slots[slot]!
  }

  /** The slots a rule's alternatives begin at. */
  beginsOf(rule: number): readonly number[] {
    this.#begins[rule] ??= this.#beginsOfState(rule)
    return this.#begins[rule]
  }

  /** The rule that stands at a slot of an alternative of `within`; null: none does. */
  ruleAt(slot: Slot, within: number): number | null {
    if (slot.kind === 'rule') return slot.rule
    if (slot.kind === 'more') return within + 1
    if (slot.kind !== 'tail') return null
    const { layout, state } = this.#tailOf(within)
    return this.#ruleOf(layout, after(state, slot.element))
  }

  #beginsOfState(rule: number): number[] {
    const { layout, state } = this.#tailOf(rule)
    const next = nextOf(state)
    this.#stateSize += next.length + 1
    if (this.#isMore(rule)) return next.map((element) => layout.elements[element]!)
    return [...(next.length > 0 ? [layout.more] : []), ...(isComplete(state) ? [layout.close] : [])]
  }

  #isMore(rule: number): boolean {
    return (rule - this.top) % 2 === 0
  }

  #tailOf(rule: number): Tail {
    return this.#tails[(rule - this.top - 1) >> 1]!
  }

  #ruleOf(layout: SetLayout, state: MemberState): number {
    const key = keyOf(state)
    let rule = layout.tails.get(key)
    if (rule === undefined) {
      rule = this.top - 1 + 2 * this.#tails.push({ layout, state })
      layout.tails.set(key, rule)
    }
    return rule
  }

  /** Where a set begins, of which only some elements derive a text. */
  #begin({ set, open, separator, close, elements }: ReadSet, parts: ReadonlySet<number>): number {
    const kept = set.elements.map((_, index) => index).filter((index) => parts.has(index))
    const layout: SetLayout = {
      more: this.#lay(separator, { kind: 'more' }),
      close: this.#lay(close),
      elements: kept.map((index, element) => this.#lay(elements[index]!, { kind: 'tail', element })),
      tails: new Map(),
    }
    const start = startOf({ ...set, elements: kept.map((index) => set.elements[index]!) })
    return this.#lay(open, { kind: 'rule', rule: this.#ruleOf(layout, start) + 1 })
  }

  #lay(...slots: readonly Slot[]): number {
    const from = this.#slots.length
    for (const slot of slots) this.#slots.push(slot)
    this.#slots.push(end)
    return from
  }
}
