// Lowers a `pattern` to the texts in which it is found somewhere. Decides what ^ and $ do at the edges of a
// pattern; an anchor in a place where it can't be resolved is refused by name, never ignored.
import { isUnicodeText, quoted } from '../../../base/seen.js'
import type { CodePointSet } from '../../ir/code-point-set.js'
import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import type { RegexNode } from '../../regex/regex-node.js'
import { tooComplex, unsupported } from '../refusal.js'
import type { TextRule } from '../shape/text-rule.js'

const nodesMax = 100_000
/** Repetitions of a part with anchors that are written out. */
const anchoredRepeatMax = 4

/** Texts a node matches, by what it asks of its surroundings: nothing before it, nothing after it. */
interface Matches {
  readonly text: RegexId
  /** Whether the empty text is one of them. */
  readonly isNullable: boolean
}
/** Index: 1 = nothing may stand before, 2 = nothing may stand after, 3 = both. */
type Anchored = readonly [Matches, Matches, Matches, Matches]

/** The texts that a rule allows. */
export class PatternLowering {
  readonly #builder: IrBuilder
  readonly #done = new Map<TextRule, RegexId>()
  readonly #none: Matches
  readonly #empty: Matches

  constructor(builder: IrBuilder) {
    this.#builder = builder
    this.#none = { text: builder.nothing, isNullable: false }
    this.#empty = { text: builder.empty, isNullable: true }
  }

  rule(rule: TextRule): RegexId {
    let id = this.#done.get(rule)
    if (id === undefined) {
      const found = this.#builder.block(`text ${rule.source}`, () => this.#search(rule))
      id = rule.isNegated ? this.#builder.not(found) : found
      this.#done.set(rule, id)
      if (this.#builder.nodeCount > nodesMax) {
        throw tooComplex('regular expression nodes', this.#builder.nodeCount, nodesMax)
      }
    }
    return id
  }

  /** Texts in which the pattern is found somewhere. */
  #search(rule: TextRule): RegexId {
    const { empty } = this.#builder
    const any = this.#builder.any()
    return this.#builder.alt(
      ...this.#anchored(rule.tree(), rule).map(({ text }, asks) =>
        this.#builder.concat(asks & 1 ? empty : any, text, asks & 2 ? empty : any),
      ),
    )
  }

  #anchored(node: RegexNode, rule: TextRule): Anchored {
    const { kind } = node
    if (kind === 'start') return [this.#none, this.#empty, this.#none, this.#none]
    if (kind === 'end') return [this.#none, this.#none, this.#empty, this.#none]
    if (!hasAnchor(node)) {
      const isNullable = !consumes(node)
      return [{ text: this.#lower(node), isNullable }, this.#none, this.#none, this.#none]
    }
    if (kind === 'choice')
      return node.parts.map((part) => this.#anchored(part, rule)).reduce((a, b) => this.#either(a, b))
    if (kind === 'sequence') return this.#sequence(node.parts, rule)
    if (kind === 'repeat') return this.#repeat(node, rule)
    return [this.#none, this.#none, this.#none, this.#none]
  }

  #sequence(parts: readonly RegexNode[], rule: TextRule): Anchored {
    let whole: Anchored = [this.#empty, this.#none, this.#none, this.#none]
    for (const part of parts) whole = this.#after(whole, this.#anchored(part, rule))
    return whole
  }

  #repeat(node: RegexNode & { kind: 'repeat' }, rule: TextRule): Anchored {
    const once = this.#anchored(node.part, rule)
    const nothing: Anchored = [this.#empty, this.#none, this.#none, this.#none]
    if (node.min > anchoredRepeatMax || (node.max !== null && node.max > anchoredRepeatMax)) {
      throw unsupported({
        ...rule.place,
        reason: `the pattern ${quoted(rule.source)} repeats ^ or $ too often`,
      })
    }
    let whole = nothing
    for (let count = 0; count < node.min; count++) whole = this.#after(whole, once)
    if (node.max === null) return this.#after(whole, this.#star(once))
    for (let count = node.min; count < node.max; count++)
      whole = this.#after(whole, this.#either(nothing, once))
    return whole
  }

  /** Any number of times: what asks for nothing before it comes first, what asks for nothing after it last. */
  #star(once: Anchored): Anchored {
    const plain: Matches = { text: this.#builder.repeat(once[0].text, 0, null), isNullable: true }
    const some: Anchored = [plain, this.#none, this.#none, this.#none]
    const first = this.#either(some, [this.#none, once[1], this.#none, once[3]])
    const last = this.#either(some, [this.#none, this.#none, once[2], once[3]])
    return this.#after(this.#after(first, some), last)
  }

  #either(a: Anchored, b: Anchored): Anchored {
    return anchors((asks) => ({
      text: this.#builder.alt(a[asks]!.text, b[asks]!.text),
      isNullable: a[asks]!.isNullable || b[asks]!.isNullable,
    }))
  }

  /** `a` and then `b`: what asks for nothing after it is followed by the empty text only, and so on. */
  #after(a: Anchored, b: Anchored): Anchored {
    return anchors((asks) => {
      const options: RegexId[] = []
      let isNullable = false
      for (let left = 0; left < 4; left++) {
        for (let right = 0; right < 4; right++) {
          if ((left | right) !== asks) continue
          const head = right & 1 ? this.#emptied(a[left]!) : a[left]!
          const tail = left & 2 ? this.#emptied(b[right]!) : b[right]!
          options.push(this.#builder.concat(head.text, tail.text))
          isNullable ||= head.isNullable && tail.isNullable
        }
      }
      return { text: this.#builder.alt(...options), isNullable }
    })
  }

  #emptied(matches: Matches): Matches {
    return matches.isNullable ? this.#empty : this.#none
  }

  #lower(node: RegexNode): RegexId {
    const builder = this.#builder
    switch (node.kind) {
      case 'text':
        // Half a surrogate pair is in no text.
        return isUnicodeText(node.text) ? builder.literal(node.text) : builder.nothing
      case 'set':
        return builder.class(withAstral(node.set))
      case 'sequence':
        return builder.concatOf(node.parts.map((part) => this.#lower(part)))
      case 'choice':
        return builder.altOf(node.parts.map((part) => this.#lower(part)))
      case 'repeat':
        return builder.repeat(this.#lower(node.part), node.min, node.max)
      default:
        return builder.empty
    }
  }
}

function anchors(make: (asks: 0 | 1 | 2 | 3) => Matches): Anchored {
  return [make(0), make(1), make(2), make(3)]
}

/** Sets of UTF-16 units that hold all surrogates hold what pairs of them spell. */
function withAstral(set: CodePointSet): CodePointSet {
  const holdsAll = set.some(([from, to]) => from <= 0xd800 && to >= 0xdfff && to <= 0xffff)
  return holdsAll ? [...set, [0x10000, 0x10ffff]] : set
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
