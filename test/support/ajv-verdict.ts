// ajv as the outside judge of JSON Schema 2020-12, with formats. Decides only how it is set up.
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Schema } from './random-schemas.js'

/** Whether ajv takes a value; null where its own code fails. */
export function validatorOf(schema: Schema): (value: unknown) => boolean | null {
  const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false })
  addFormats.default(ajv as never)
  const validate = ajv.compile(schema)
  return (value) => {
    try {
      return validate(value)
    } catch {
      return null
    }
  }
}
