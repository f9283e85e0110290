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

export class Grammar {
  readonly #names: string[] = []
  readonly #alternatives: (readonly (readonly Part[])[])[] = []
  #symbols = 0

  declare(name: string): number {
    this.#names.push(name)
    this.#alternatives.push([])
    return this.#names.length - 1
  }

  define(draft: number, alternatives: readonly (readonly Part[])[]): void {
    for (const parts of alternatives) this.#symbols += parts.length + 1
    if (this.#symbols > symbolsMax) throw tooComplex('grammar symbols', this.#symbols, symbolsMax)
    this.#alternatives[draft] = alternatives
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
    const rule = idOf(idOfWord(start))
    for (const [index, draft] of reached.entries()) {
      if (index % draftsOfStep === 0) yield
      const words = [0]
      for (const parts of this.#alternatives[draft]!) {
        if (!parts.every(isAlive)) continue
        words[0]!++
        words.push(parts.length)
        for (const part of parts) words.push(isRuleWord(part) ? ruleWord(idOf(idOfWord(part))) : part)
      }
      builder.defineEncoded(idOf(draft), words)
    }
    return { rule }
  }

  /** 1 for drafts that can derive a text. */
  *#productive(nothing: Part): Steps<Uint8Array> {
    const isProductive = new Uint8Array(this.#names.length)
    /** By alternative: its draft, and how many of its rules are not known to derive anything. */
    const owner: number[] = []
    const missing: number[] = []
    /** Uses of a draft by alternatives, as a chain: the last one by draft, the one before by use. */
    const last = new Int32Array(this.#names.length).fill(-1)
    const before: number[] = []
    const user: number[] = []
    const queue: number[] = []
    for (const [draft, alternatives] of this.#alternatives.entries()) {
      if (draft % draftsOfStep === 0) yield
      for (const parts of alternatives) {
        if (parts.includes(nothing)) continue
        const alternative = owner.push(draft) - 1
        let count = 0
        for (const part of parts) {
          if (!isRuleWord(part)) continue
          const used = idOfWord(part)
          before.push(last[used]!)
          last[used] = user.push(alternative) - 1
          count++
        }
        missing.push(count)
        if (count === 0) queue.push(draft)
      }
    }
    for (let draft = queue.pop(), count = 0; draft !== undefined; draft = queue.pop(), count++) {
      if (count % draftsOfStep === 0) yield
      if (isProductive[draft] === 1) continue
      isProductive[draft] = 1
      for (let use = last[draft]!; use !== -1; use = before[use]!) {
        const alternative = user[use]!
        missing[alternative]!--
        if (missing[alternative] === 0) queue.push(owner[alternative]!)
      }
    }
    return isProductive
  }
}
