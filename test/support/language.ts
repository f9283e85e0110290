// A constraint's language as a predicate on texts, by the reference. For tests of lowerings; needs no vocabulary.
import type { Constraint } from '../../lib/constraint/constraint-type.js'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { type GrammarState, ReferenceGrammar } from './reference-grammar.js'

const encoder = new TextEncoder()

export function languageOf(constraint: Constraint): (text: string) => boolean {
  const builder = new IrBuilder()
  const grammar = new ReferenceGrammar(builder.finish(constraint.lower(builder)))
  return (text) => {
    let state: GrammarState | null = grammar.start
    for (const byte of encoder.encode(text)) state = state && grammar.advance(state, byte)
    return state !== null && grammar.isMember(state)
  }
}
