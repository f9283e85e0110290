// Rules under construction. Decides which of them can ever derive a text and keeps only those, so that the matcher
// never walks into a dead end; never knows what the rules stand for.
import type { GrammarSymbol, IrBuilder, RegexId, RuleId } from '../ir.js'
import { tooComplex } from './refusal.js'

export type Part = { readonly lexeme: RegexId } | { readonly draft: number }

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
    if ('lexeme' in start) return start.lexeme === builder.nothing ? null : start
    const isProductive = this.#productive(builder.nothing)
    if (!isProductive[start.draft]) return null
    const isAlive = (part: Part): boolean =>
      'lexeme' in part ? part.lexeme !== builder.nothing : isProductive[part.draft]!
    const ids = new Map<number, RuleId>()
    const queue = [start.draft]
    const idOf = (draft: number): RuleId => {
      let id = ids.get(draft)
      if (id === undefined) {
        id = builder.declareRule(this.#names[draft]!)
        ids.set(draft, id)
        queue.push(draft)
      }
      return id
    }
    const first = idOf(start.draft)
    queue.shift()
    for (let draft = queue.shift(); draft !== undefined; draft = queue.shift()) {
      const alive = this.#alternatives[draft]!.filter((parts) => parts.every(isAlive))
      builder.defineRule(
        idOf(draft),
        alive.map((parts) => parts.map((part) => ('lexeme' in part ? part : { rule: idOf(part.draft) }))),
      )
    }
    return { rule: first }
  }

  #productive(nothing: RegexId): boolean[] {
    const isProductive = this.#names.map(() => false)
    const users = this.#names.map((): number[] => [])
    const missing: number[] = []
    const owner: number[] = []
    const queue: number[] = []
    const mark = (draft: number): void => {
      if (isProductive[draft]) return
      isProductive[draft] = true
      queue.push(draft)
    }
    this.#alternatives.forEach((alternatives, draft) => {
      for (const parts of alternatives) {
        if (parts.some((part) => 'lexeme' in part && part.lexeme === nothing)) continue
        const id = missing.length
        let count = 0
        for (const part of parts) {
          if (!('draft' in part)) continue
          users[part.draft]!.push(id)
          count++
        }
        missing.push(count)
        owner.push(draft)
        if (count === 0) mark(draft)
      }
    })
    while (queue.length > 0) {
      for (const id of users[queue.pop()!]!) {
        missing[id]!--
        if (missing[id] === 0) mark(owner[id]!)
      }
    }
    return isProductive
  }
}
