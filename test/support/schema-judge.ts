// Judges a JSON Schema constraint by its language: lowers it and asks the reference grammar whether texts are members.
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { type JsonSchemaOptions, jsonSchema } from '../../lib/constraint/json-schema.js'
import { ReferenceGrammar } from './reference-grammar.js'

export interface Judge {
  accepts(text: string): boolean
}

/** Lowers the schema; throws what lowering throws. */
export function judge(schema: object | boolean | string, options: JsonSchemaOptions = {}): Judge {
  const builder = new IrBuilder()
  const grammar = new ReferenceGrammar(builder.finish(jsonSchema(schema, options).lower(builder)))
  return { accepts: (text) => isMember(grammar, text) }
}

export function isMember(grammar: ReferenceGrammar, text: string): boolean {
  let state = grammar.start
  for (const byte of new TextEncoder().encode(text)) {
    const next = grammar.advance(state, byte)
    if (next === null) return false
    state = next
  }
  return grammar.isMember(state)
}

/** The code and message lowering throws, or null. */
export function refusal(schema: object | boolean | string, options: JsonSchemaOptions = {}): string | null {
  try {
    judge(schema, options)
    return null
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return `${code} ${message}`
  }
}
