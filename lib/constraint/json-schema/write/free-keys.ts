// Keys that are not declared: which of them a shape lets in, with which values. Decides the regions the key space is
// cut into by patternProperties, propertyNames and needs; regions never overlap and never hold a declared key. A key
// may be repeated in the text, and then its last value counts: a member whose value meets a need is the last of its
// region, so that nothing can undo it.
import type { RegexId } from '../../ir/ir.js'
import type { Mark } from '../refusal.js'
import { Neighbours } from '../shape/apart.js'
import type { Expression } from '../shape/expression.js'
import { isStripped, type KeyNeed, type ObjectShape, type PropertyGroup } from '../shape/shapes.js'
import type { TextRule } from '../shape/text-rule.js'
import type { EmitContext } from './emit-context.js'
import type { Part } from './grammar.js'

export interface FreeRegion {
  /** Texts of the keys. */
  readonly key: RegexId
  readonly value: Part
  /** Bits of the needs its keys meet. */
  readonly meets: number
  /** The same keys with values that meet more needs. */
  readonly closing: readonly MetByValue[]
}

/** Values by which a member meets needs. */
export interface MetByValue {
  readonly value: Part
  /** Bits of all the needs that it meets. */
  readonly meets: number
}

/** Patterns whose combinations are all followed; beyond, keys that match two of them are left out. */
const patternsMax = 4

export class FreeKeys {
  readonly #emitter: EmitContext
  readonly #shape: ObjectShape
  readonly #depth: number
  readonly #expressions = new Map<PropertyGroup['patterns'], Map<TextRule, readonly Expression[]>>()

  constructor(emitter: EmitContext, shape: ObjectShape, depth: number) {
    this.#emitter = emitter
    this.#shape = shape
    this.#depth = depth
  }

  /** The regions, where `known` are the keys that are not free. */
  regions(known: readonly string[]): FreeRegion[] {
    const { builder } = this.#emitter
    const byExpression = new Map<Expression, RegexId[]>()
    const rules = [...new Set(this.#shape.groups.flatMap((group) => group.patterns.map(([rule]) => rule)))]
    const isClosed = isStripped(this.#shape.groups)
    const neighbours = new Neighbours(rules)
    for (const chosen of combinations(rules)) {
      if (isClosed && chosen.size === 0) continue
      const expression = this.#expression(chosen)
      if (expression.kind === 'false') continue
      const keys = byExpression.get(expression)
      const key = this.#matching(chosen, neighbours.of(chosen))
      if (keys) keys.push(key)
      else byExpression.set(expression, [key])
    }
    if (byExpression.size === 0) return []
    const common = this.#common(known)
    const regions: FreeRegion[] = []
    const isWhole = byExpression.size === 1 && rules.length <= patternsMax
    for (const [expression, keys] of byExpression) {
      const value = this.#emitter.value(expression, this.#depth + 1)
      if (value === null) continue
      const isEverything = isWhole && keys.length === 1 << rules.length
      const key = isEverything ? common : builder.and(builder.altOf(keys), common)
      for (const cut of this.#byNeeds(key)) {
        const closing = metByValue(this.#emitter, this.#shape, { expression, depth: this.#depth, ...cut })
        regions.push({ key: cut.key, value, meets: cut.meets, closing })
      }
    }
    return regions
  }

  /** What the value must satisfy where exactly the chosen patterns match the key. */
  #expression(chosen: ReadonlySet<TextRule>): Expression {
    return this.#emitter.normaliser.all(
      this.#shape.groups.flatMap((group) => {
        const byRule = this.#byRule(group.patterns)
        const matched = [...chosen].flatMap((rule) => byRule.get(rule) ?? [])
        if (matched.length > 0) return matched
        return group.additional ? [group.additional] : []
      }),
    )
  }

  #byRule(patterns: PropertyGroup['patterns']): ReadonlyMap<TextRule, readonly Expression[]> {
    let byRule = this.#expressions.get(patterns)
    if (byRule === undefined) {
      byRule = new Map()
      for (const [rule, expression] of patterns) byRule.set(rule, [...(byRule.get(rule) ?? []), expression])
      this.#expressions.set(patterns, byRule)
    }
    return byRule
  }

  /** Keys that match all of these and none of the others. */
  #matching(chosen: Iterable<TextRule>, others: Iterable<TextRule>): RegexId {
    const { builder, spelling } = this.#emitter
    const found = (rules: Iterable<TextRule>) => [...rules].flatMap((rule) => this.#emitter.rule(rule) ?? [])
    const parts = [...found(chosen), ...found(others).map((rule) => builder.not(rule))]
    if ([...chosen].length === 0 || parts.length === 0) parts.push(spelling.anyText)
    return builder.and(...parts)
  }

  /** What all free keys have in common: they are not known ones, and propertyNames lets them be. */
  #common(known: readonly string[]): RegexId {
    const { builder, spelling } = this.#emitter
    const parts = [spelling.anyText]
    if (known.length > 0) parts.push(builder.not(this.#emitter.texts(known)))
    for (const names of this.#shape.names) parts.push(this.#emitter.keys(names))
    return builder.and(...parts)
  }

  /** The keys by the needs they meet, at once or with a value that does. */
  #byNeeds(key: RegexId): (Meeting & { readonly key: RegexId })[] {
    const { builder, spelling } = this.#emitter
    const { needs } = this.#shape
    let regions = [{ key, meets: 0, mayMeet: 0 }]
    needs.forEach((need, index) => {
      const meeting = this.#meeting(need)
      const bit = need.value === null ? ('meets' as const) : ('mayMeet' as const)
      regions = regions.flatMap((region) => {
        const met = { ...region, key: builder.and(region.key, meeting), [bit]: region[bit] | (1 << index) }
        const isEveryKey = meeting === spelling.anyText
        return isEveryKey ? [met] : [met, { ...region, key: builder.and(region.key, builder.not(meeting)) }]
      })
    })
    return regions
  }

  #meeting(need: KeyNeed): RegexId {
    const { builder, spelling } = this.#emitter
    const parts = [spelling.anyText]
    if (need.outside) {
      const { properties } = need.outside
      if (properties.size > 0) parts.push(builder.not(this.#emitter.texts([...properties.keys()])))
      for (const [rule] of need.outside.patterns) {
        const found = this.#emitter.rule(rule)
        if (found !== null) parts.push(builder.not(found))
      }
    }
    if (need.matching) parts.push(this.#emitter.rule(need.matching) ?? spelling.anyText)
    const { violating } = need
    if (violating && this.#emitter.holdsKeys(violating))
      parts.push(builder.not(this.#emitter.keys(violating)))
    return builder.and(...parts)
  }
}

/** Bits of needs. */
export interface Meeting {
  /** Those that a key meets whatever its value. */
  readonly meets: number
  /** Those that it meets with a value that they ask for. */
  readonly mayMeet: number
}

/** Values of a member that meet needs which its key alone does not; one for each set of them. */
export function metByValue(
  emitter: EmitContext,
  { needs, pointer }: ObjectShape,
  {
    expression,
    depth,
    meets,
    mayMeet,
  }: Meeting & { readonly expression: Expression; readonly depth: number },
): MetByValue[] {
  const found: MetByValue[] = []
  for (let chosen = mayMeet; chosen > 0; chosen = (chosen - 1) & mayMeet) {
    const asked = needs.flatMap(({ value }, index) =>
      value !== null && chosen & (1 << index) ? [value] : [],
    )
    const value = emitter.value(emitter.normaliser.all([expression, ...asked]), depth + 1)
    if (value !== null) found.push({ value, meets: meets | chosen })
    else if (asked.length > 1) emitter.narrowed ??= unsupportedTogether(pointer)
  }
  return found
}

function unsupportedTogether(pointer: string): Mark {
  return {
    keyword: 'additionalProperties',
    pointer,
    reason: 'opposites of it, or of patternProperties, can only be met together by one member',
  }
}

/** Sets of patterns a key may match at once; where there are many, at most one. */
function combinations(rules: readonly TextRule[]): ReadonlySet<TextRule>[] {
  if (rules.length > patternsMax) return [new Set<TextRule>(), ...rules.map((rule) => new Set([rule]))]
  const sets: Set<TextRule>[] = []
  for (let bits = 0; bits < 1 << rules.length; bits++) {
    sets.push(new Set(rules.filter((_, index) => bits & (1 << index))))
  }
  return sets
}
