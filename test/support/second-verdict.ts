// A second outside judge of JSON Schema 2020-12, for what ajv alone says: it contradicts itself on `contains`.
import { Validator } from '@cfworker/json-schema'
import type { Schema } from './random-schemas.js'

/** Also false where it fails: then the first judge's word stands. */
export function isTakenByAnother(schema: Schema, value: unknown): boolean {
  try {
    return new Validator(schema as object, '2020-12').validate(value).valid
  } catch {
    return false
  }
}
