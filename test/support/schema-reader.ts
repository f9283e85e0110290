// A schema's texts as the recogniser reads them: the quick judge of tests about lowering. The slow one is
// schema-judge.ts; that both agree is tested elsewhere.

import { type JsonSchemaOptions, jsonSchema } from '../../lib/constraint/json-schema.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { Recogniser } from '../../lib/constraint/recognise/recogniser.js'

/** Whether a text is a member; none is of a schema without values. Throws what lowering throws. */
export function readerOf(
  schema: object | boolean | string,
  options: JsonSchemaOptions = {},
): (text: string) => boolean {
  try {
    const recogniser = new Recogniser(lowerConstraint(jsonSchema(schema, options)))
    return (text) => recogniser.has(text)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SCHEMA_EMPTY') return () => false
    throw error
  }
}
