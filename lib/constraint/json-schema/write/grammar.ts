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

const symbolsMax = 400_000

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
  finish(start: Part, builder: IrBuilder): GrammarSymbol | null {
    if (!isRuleWord(start)) {
      const lexeme = idOfWord(start) as RegexId
      return lexeme === builder.nothing ? null : { lexeme }
    }
    const nothing = lexemePart(builder.nothing)
    const isProductive = this.#productive(nothing)
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
    for (const draft of reached) {
      const alive = this.#alternatives[draft]!.filter((parts) => parts.every(isAlive))
      builder.defineEncoded(
        idOf(draft),
        alive.map((parts) => parts.map((part) => (isRuleWord(part) ? ruleWord(idOf(idOfWord(part))) : part))),
      )
    }
    return { rule }
  }

  /** 1 for drafts that can derive a text. */
  #productive(nothing: Part): Uint8Array {
    const isProductive = new Uint8Array(this.#names.length)
    const users = this.#names.map((): number[] | null => null)
    const missing: number[] = []
    const owner: number[] = []
    const queue: number[] = []
    const mark = (draft: number): void => {
      if (isProductive[draft] === 1) return
      isProductive[draft] = 1
      queue.push(draft)
    }
    this.#alternatives.forEach((alternatives, draft) => {
      for (const parts of alternatives) {
        if (parts.includes(nothing)) continue
        let count = 0
        for (const part of parts) {
          if (!isRuleWord(part)) continue
          const using = users[idOfWord(part)]
          if (using) using.push(missing.length)
          else users[idOfWord(part)] = [missing.length]
          count++
        }
        missing.push(count)
        owner.push(draft)
        if (count === 0) mark(draft)
      }
    })
    for (let draft = queue.pop(); draft !== undefined; draft = queue.pop()) {
      for (const id of users[draft] ?? []) {
        missing[id]!--
        if (missing[id] === 0) mark(owner[id]!)
      }
    }
    return isProductive
  }
}
