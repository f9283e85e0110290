// Lowers a `pattern` to the spelled strings in which it is found somewhere. Decides what ^ and $ do at the edges of a
// pattern; an anchor in a place where it can't be resolved is refused by name, never ignored.
import type { IrBuilder, RegexId } from '../ir.js'
import type { CodePointSet } from '../regex-set.js'
import type { RegexNode } from '../regex-syntax.js'
import { tooComplex, unsupported } from './refusal.js'
import type { Spelling } from './spelling.js'
import type { TextRule } from './text-rule.js'

const choicesMax = 2_000
const nodesMax = 100_000

/** The body of a JSON string (without quotes) that the rule allows. */
export class PatternLowering {
  readonly #builder: IrBuilder
  readonly #spelling: Spelling
  readonly #done = new Map<TextRule, RegexId>()
  #choices = 0

  constructor(builder: IrBuilder, spelling: Spelling) {
    this.#builder = builder
    this.#spelling = spelling
  }

  rule(rule: TextRule): RegexId {
    let id = this.#done.get(rule)
    if (id === undefined) {
      this.#choices = 0
      const found = this.#search([rule.tree()], rule)
      id = rule.isNegated ? this.#builder.not(found) : found
      this.#done.set(rule, id)
      if (this.#builder.nodeCount > nodesMax) {
        throw tooComplex('regular expression nodes', this.#builder.nodeCount, nodesMax)
      }
    }
    return id
  }

  /** `parts` in sequence, found anywhere in the text. */
  #search(parts: readonly RegexNode[], rule: TextRule): RegexId {
    this.#choices++
    if (this.#choices > choicesMax) throw tooComplex('choices around anchors', this.#choices, choicesMax)
    const items = flatten(parts)
    let from = 0
    let until = items.length
    while (from < until && items[from]!.kind === 'start') from++
    while (until > from && items[until - 1]!.kind === 'end') until--
    const middle = items.slice(from, until)
    const spot = middle.findIndex(hasAnchor)
    if (spot >= 0) return this.#split(items, from + spot, rule)
    const any = this.#spelling.anyText
    return this.#builder.concat(
      from > 0 ? this.#builder.empty : any,
      ...middle.map((item) => this.#lower(item)),
      until < items.length ? this.#builder.empty : any,
    )
  }

  /** Distributes the choice at `spot`, so that its anchors come to the edges. */
  #split(items: readonly RegexNode[], spot: number, rule: TextRule): RegexId {
    const item = items[spot]!
    const before = items.slice(0, spot)
    const after = items.slice(spot + 1)
    if (item.kind === 'choice') {
      return this.#builder.alt(...item.parts.map((part) => this.#search([...before, part, ...after], rule)))
    }
    if (item.kind === 'repeat' && item.max === 1) {
      const once = this.#search([...before, item.part, ...after], rule)
      return item.min === 1 ? once : this.#builder.alt(once, this.#search([...before, ...after], rule))
    }
    // Nothing but empty text may stand before ^ or after $, so what must consume a character there never matches.
    if (item.kind === 'start' && before.some(consumes)) return this.#builder.nothing
    if (item.kind === 'end' && after.some(consumes)) return this.#builder.nothing
    throw unsupported({
      ...rule.place,
      reason: `the pattern ${JSON.stringify(rule.source)} has ^ or $ in a place that can't be resolved`,
    })
  }

  #lower(node: RegexNode): RegexId {
    const builder = this.#builder
    switch (node.kind) {
      case 'text':
        return this.#spelling.text(node.text)
      case 'set':
        return this.#spelling.set(withAstral(node.set))
      case 'sequence':
        return builder.concat(...node.parts.map((part) => this.#lower(part)))
      case 'choice':
        return builder.alt(...node.parts.map((part) => this.#lower(part)))
      case 'repeat':
        return builder.repeat(this.#lower(node.part), node.min, node.max)
      default:
        return builder.empty
    }
  }
}

/** Sets of UTF-16 units that hold all surrogates hold what pairs of them spell. */
function withAstral(set: CodePointSet): CodePointSet {
  const holdsAll = set.some(([from, to]) => from <= 0xd800 && to >= 0xdfff && to <= 0xffff)
  return holdsAll ? [...set, [0x10000, 0x10ffff]] : set
}

function flatten(parts: readonly RegexNode[]): RegexNode[] {
  return parts.flatMap((part) => (part.kind === 'sequence' ? flatten(part.parts) : [part]))
}

function hasAnchor(node: RegexNode): boolean {
  switch (node.kind) {
    case 'start':
    case 'end':
      return true
    case 'sequence':
    case 'choice':
      return node.parts.some(hasAnchor)
    case 'repeat':
      return hasAnchor(node.part)
    default:
      return false
  }
}

/** Whether every match of the node has at least one character. */
function consumes(node: RegexNode): boolean {
  switch (node.kind) {
    case 'text':
    case 'set':
      return true
    case 'sequence':
      return node.parts.some(consumes)
    case 'choice':
      return node.parts.every(consumes)
    case 'repeat':
      return node.min > 0 && consumes(node.part)
    default:
      return false
  }
}

/** The texts a rule's pattern matches whole, where they are few and it is anchored; else null. */
export function finiteTexts(node: RegexNode, max: number): string[] | null {
  const items = flatten([node])
  if (node.kind === 'choice') {
    const all = node.parts.map((part) => finiteTexts(part, max))
    return all.includes(null) ? null : limited([...new Set(all.flatMap((texts) => texts!))], max)
  }
  if (items[0]?.kind !== 'start' || items.at(-1)?.kind !== 'end') return null
  return expand({ kind: 'sequence', parts: items.slice(1, -1) }, max)
}

function expand(node: RegexNode, max: number): string[] | null {
  switch (node.kind) {
    case 'text':
      return [node.text]
    case 'set': {
      const size = node.set.reduce((sum, [from, to]) => sum + to - from + 1, 0)
      if (size > max || node.set.some(([from, to]) => to >= 0xd800 && from <= 0xdfff)) return null
      return node.set.flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index)),
      )
    }
    case 'choice': {
      const all = node.parts.map((part) => expand(part, max))
      return all.includes(null) ? null : limited([...new Set(all.flatMap((texts) => texts!))], max)
    }
    case 'sequence': {
      let texts: string[] | null = ['']
      for (const part of node.parts) {
        const next = expand(part, max)
        if (next === null || texts === null) return null
        texts = limited([...new Set(texts.flatMap((head) => next.map((tail) => head + tail)))], max)
      }
      return texts
    }
    case 'repeat': {
      if (node.max === null || node.max > max) return null
      const parts: RegexNode[] = Array.from({ length: node.max - node.min }, () => ({
        kind: 'choice',
        parts: [node.part, { kind: 'sequence', parts: [] }],
      }))
      for (let count = 0; count < node.min; count++) parts.push(node.part)
      return expand({ kind: 'sequence', parts }, max)
    }
    default:
      return null
  }
}

function limited(texts: string[], max: number): string[] | null {
  return texts.length > max ? null : texts
}
