// Strings in JSON. Decides that known ones are written in one way, and that all others may be spelled in every way JSON
// has; which texts they hold is decided by whoever asks. Expressions over texts know nothing of escapes.
import type { RegexId } from '../../ir/ir.js'
import type { IrBuilder } from '../../ir/ir-builder.js'

/** Strings in one builder. */
export class Spelling {
  readonly #builder: IrBuilder
  readonly #quote: RegexId
  /** One character of a text. */
  readonly character: RegexId
  readonly anyText: RegexId

  constructor(builder: IrBuilder) {
    this.#builder = builder
    this.#quote = builder.literal('"')
    this.character = builder.classExcept([])
    this.anyText = builder.any()
  }

  /** The usual spelling of a text, quotes included: what a known string is written as. */
  quoted(text: string): RegexId {
    return this.#builder.literal(JSON.stringify(text))
  }

  /** Strings with these texts. */
  inQuotes(texts: RegexId): RegexId {
    return this.#builder.concat(this.#quote, this.#builder.spelled(texts), this.#quote)
  }
}
