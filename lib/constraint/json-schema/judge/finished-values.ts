// Finished values of a schema whose grammar takes more than it allows. Decides who must take them: the shapes the
// grammar was made of, which know every key there may be, and for what was left out ajv, which knows every keyword.
import { ConstraintError } from '../../../base/errors.js'
import { saidBy } from '../../../base/seen.js'
import { tooComplex } from '../refusal.js'
import { expressionFits, type ShapeSource } from '../shape/fits.js'
import type { OpenApiFormats } from '../shape/formats.js'
import { Normaliser } from '../shape/normalise.js'
import { type Json, jsonSize, readJson } from '../value/json-value.js'
import { validator } from './lenient.js'

function jsonOf(text: string): Json {
  try {
    return readJson(text)
  } catch (cause) {
    throw new ConstraintError('VALUE_INVALID', `The value can't be judged: ${saidBy(cause)}`, { cause })
  }
}

/** Parts of a schema, those that stand in many places counted in each; beyond, ajv takes seconds to read them. */
const partsMax = 200_000

interface Judged {
  /** Keywords may have been left out that nobody else judges. */
  readonly isValidated: boolean
  readonly openApi: OpenApiFormats
}

export class FinishedValues {
  readonly #schema: Json
  readonly #isValidated: boolean
  readonly #openApi: OpenApiFormats
  #validate: ((value: unknown) => void) | null = null

  constructor(schema: Json, { isValidated, openApi }: Judged) {
    this.#schema = schema
    this.#openApi = openApi
    this.#isValidated = isValidated
  }

  /** Throws SCHEMA_INVALID where no value of the schema could be judged. */
  prepare(): void {
    if (this.#isValidated && this.#validate === null) {
      // ajv writes out every part in every place.
      const size = jsonSize(this.#schema)
      if (size > partsMax) throw tooComplex('parts to be checked at the end', size, partsMax)
      this.#validate = validator(this.#schema, this.#openApi)
    }
  }

  /** Throws VALUE_INVALID for a value that does not satisfy the schema; `text` is what the value was read from. */
  check(text: string, value: unknown): void {
    this.prepare()
    this.#validate?.(value)
    if (this.#fits(text)) return
    throw new ConstraintError(
      'VALUE_INVALID',
      'The value does not satisfy the schema, though its text has the form.',
    )
  }

  #fits(text: string): boolean {
    const normaliser = new Normaliser(this.#schema, { isLenient: true, openApi: this.#openApi })
    const source: ShapeSource = {
      shapes: (expression) => normaliser.shapes(expression),
      all: (parts) => normaliser.all(parts),
      false: normaliser.false,
      // As much as the value has members; a shape with a mark is too wide, and ajv has judged what it leaves out.
      spend: () => {},
      leaveOut: () => {},
    }
    return expressionFits(normaliser.root, jsonOf(text), source)
  }
}
