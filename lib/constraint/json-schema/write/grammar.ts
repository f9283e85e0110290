// Rules under construction. Decides which of them can ever derive a text and keeps only those, so that the matcher
// never walks into a dead end; never knows what the rules stand for.
import {
  type GrammarSymbol,
  idOfWord,
  isRuleWord,
  lexemeWord,
  type RegexId,
  type RuleId,
  ruleWord,
} from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'
import type { MemberElement, MemberSet } from '../../ir/member-set.js'
import { MembersFound } from '../../ir/members-left.js'
import type { Steps } from '../../steps.js'
import { tooComplex } from '../refusal.js'

/**
 * One symbol of an alternative: a lexeme, or a rule under construction, which is a draft. A number, because a schema
 * has tens of thousands: the words of the flat form, where a draft is taken for a rule of its number.
 */
export type Part = number & { readonly __part: never }

export function lexemePart(lexeme: RegexId): Part {
  return lexemeWord(lexeme) as Part
}

export function draftPart(draft: number): Part {
  return ruleWord(draft as RuleId) as Part
}

const symbolsMax = 600_000
/** Drafts that are looked at between two turns. */
const draftsOfStep = 4_096

export interface DraftElement extends MemberElement {
  readonly symbol: Part
}

/** A set of members whose symbols are parts. */
export interface DraftSet extends MemberSet {
  readonly elements: readonly DraftElement[]
}

type Definition = readonly (readonly Part[])[] | DraftSet

export class Grammar {
  readonly #names: string[] = []
  readonly #definitions: Definition[] = []
  #symbols = 0

  declare(name: string): number {
    this.#names.push(name)
    this.#definitions.push([])
    return this.#names.length - 1
  }

  define(draft: number, alternatives: readonly (readonly Part[])[]): void {
    for (const parts of alternatives) this.#count(parts.length + 1)
    this.#definitions[draft] = alternatives
  }

  defineMembers(draft: number, set: DraftSet): void {
    this.#count(3 * set.elements.length)
    this.#definitions[draft] = set
  }

  #count(symbols: number): void {
    this.#symbols += symbols
    if (this.#symbols > symbolsMax) throw tooComplex('grammar symbols', this.#symbols, symbolsMax)
  }

  /** Adds what `start` reaches and can derive a text to the builder; null where nothing can be derived. */
  *finish(start: Part, builder: IrBuilder): Steps<GrammarSymbol | null> {
    if (!isRuleWord(start)) {
      const lexeme = idOfWord(start) as RegexId
      return lexeme === builder.nothing ? null : { lexeme }
    }
    const nothing = lexemePart(builder.nothing)
    const isProductive = yield* this.#productive(nothing)
    if (isProductive[idOfWord(start)] === 0) return null
    const isAlive = (part: Part): boolean =>
      isRuleWord(part) ? isProductive[idOfWord(part)] === 1 : part !== nothing
    /** Rule of a draft, or -1. */
    const ids = new Int32Array(this.#names.length).fill(-1)
    const reached: number[] = []
    const idOf = (draft: number): RuleId => {
      if (ids[draft] === -1) {
        ids[draft] = builder.declareRule(this.#names[draft]!)
        reached.push(draft)
      }
      return ids[draft] as RuleId
    }
    const wordOf = (part: Part): number => (isRuleWord(part) ? ruleWord(idOf(idOfWord(part))) : part)
    const rule = idOf(idOfWord(start))
    for (const [index, draft] of reached.entries()) {
      if (index % draftsOfStep === 0) yield
      const definition = this.#definitions[draft]!
      if ('elements' in definition) {
        const alive = definition.elements.filter(({ symbol }) => isAlive(symbol))
        const elements = alive.map((element) => ({ ...element, symbol: wordOf(element.symbol) }))
        builder.defineMembers(idOf(draft), { ...definition, elements })
      } else {
        const words = [0]
        for (const parts of definition) {
          if (!parts.every(isAlive)) continue
          words[0]!++
          words.push(parts.length)
          for (const part of parts) words.push(wordOf(part))
        }
        builder.defineEncoded(idOf(draft), words)
      }
    }
    return { rule }
  }

  /** 1 for drafts that can derive a text. */
  *#productive(nothing: Part): Steps<Uint8Array> {
    const isProductive = new Uint8Array(this.#names.length)
    const users = this.#names.map((): number[] | null => null)
    /** Per alternative or element of a set: rules it waits for, and what it does for its own when there are none. */
    const missing: number[] = []
    const owner: (() => void)[] = []
    const queue: number[] = []
    const mark = (draft: number): void => {
      if (isProductive[draft] === 1) return
      isProductive[draft] = 1
      queue.push(draft)
    }
    const wait = (parts: readonly Part[], complete: () => void): void => {
      if (parts.includes(nothing)) return
      let count = 0
      for (const part of parts) {
        if (!isRuleWord(part)) continue
        const using = users[idOfWord(part)]
        if (using) using.push(missing.length)
        else users[idOfWord(part)] = [missing.length]
        count++
      }
      missing.push(count)
      owner.push(complete)
      if (count === 0) complete()
    }
    for (const [draft, definition] of this.#definitions.entries()) {
      if (draft % draftsOfStep === 0) yield
      if (!('elements' in definition)) {
        const complete = (): void => mark(draft)
        for (const parts of definition) wait(parts, complete)
        continue
      }
      const found = new MembersFound(definition)
      for (const element of definition.elements) {
        wait([element.symbol], () => {
          if (isProductive[draft] === 0 && found.add(element)) mark(draft)
        })
      }
    }
    for (let draft = queue.pop(), count = 0; draft !== undefined; draft = queue.pop(), count++) {
      if (count % draftsOfStep === 0) yield
      for (const id of users[draft] ?? []) {
        missing[id]!--
        if (missing[id] === 0) owner[id]!()
      }
    }
    return isProductive
  }
}
