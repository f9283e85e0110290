// Small constraints straight in the flat form, for tests of the native core.
import type { GrammarSymbol, RegexId } from '../../lib/constraint/ir/ir.js'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'

export type Make = (ir: IrBuilder) => RegexId

const encoder = new TextEncoder()
export const bytesOf = (text: string) => encoder.encode(text)

/** A rule's symbols are numbers: below the number of rules a rule, else a lexeme. null: the first lexeme alone. */
export function encode(lexemes: readonly Make[], rules: readonly (readonly (readonly number[])[])[] | null) {
  const ir = new IrBuilder()
  const made = lexemes.map((make) => ir.concat(make(ir), ir.empty))
  if (rules === null) return ir.finish({ lexeme: made[0]! })
  const ids = rules.map((_, index) => ir.declareRule(`r${index}`))
  const symbol = (number: number): GrammarSymbol =>
    number < ids.length ? { rule: ids[number]! } : { lexeme: made[number % made.length]! }
  rules.forEach((alternatives, index) => {
    ir.defineRule(
      ids[index]!,
      alternatives.map((symbols) => symbols.map(symbol)),
    )
  })
  return ir.finish({ rule: ids[0]! })
}

export const isSet = (mask: Uint32Array, token: number) => ((mask[token >> 5]! >>> (token & 31)) & 1) === 1
