// What a schema costs while a value of it is drawn: the mask of every place in one text. Decides the schema, of the
// size that people write. Nothing is decoded.
import { compile } from '../../constraint/compile.js'
import { jsonSchema } from '../../constraint/json-schema.js'
import type { NativeVocab } from '../../native/addon.js'
import { quantile, type Samples } from './samples.js'

const value = {
  customer: 'Maria Silva',
  order: 48213,
  items: [
    { name: 'kettle', count: 1, price: 39.5 },
    { name: 'set of mugs, blue', count: 6, price: 4.25 },
  ],
  urgency: 'high',
  note: 'The lid was broken when the parcel came; please send another one before Friday.',
}

/** `round` makes it one that nothing is kept of. */
function schemaOf(round: number) {
  return jsonSchema({
    type: 'object',
    additionalProperties: false,
    required: ['customer', 'order', 'items', 'urgency', 'note'],
    properties: {
      customer: { type: 'string', maxLength: 80 },
      order: { type: 'integer', minimum: 0 },
      items: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'count', 'price'],
          properties: {
            name: { type: 'string' },
            count: { type: 'integer', minimum: 1, maximum: 99 },
            price: { type: 'number', minimum: 0 },
          },
        },
      },
      urgency: { enum: ['low', 'medium', 'high'] },
      note: { type: 'string', maxLength: 400 + round },
    },
  })
}

export class Masks {
  readonly #vocab: NativeVocab
  readonly #words: Uint32Array
  #round = 0

  constructor(vocab: NativeVocab) {
    this.#vocab = vocab
    this.#words = new Uint32Array((vocab.size + 31) >> 5)
  }

  measure(samples: Samples): void {
    const start = performance.now()
    const schema = schemaOf(this.#round++)
    const compiled = compile(schema, this.#vocab)
    samples.add('masks', 'schema to constraint', (performance.now() - start) * 1000)
    const tokens = this.#vocab.tokenize(Buffer.from(schema.format(value as never)))
    const first = this.#micros(compiled, tokens)
    const again = this.#micros(compiled, tokens)
    samples.add('masks', 'mask, first time', quantile(first, 0.5))
    samples.add('masks', 'the slowest in 100', quantile(first, 0.99))
    samples.add('masks', 'mask, again', quantile(again, 0.5))
  }

  /** Of every mask on the way, in rising order. */
  #micros(compiled: ReturnType<typeof compile>, tokens: Int32Array): readonly number[] {
    const matcher = compiled.matcher()
    const micros: number[] = []
    for (const token of tokens) {
      const start = performance.now()
      matcher.mask(this.#words)
      micros.push((performance.now() - start) * 1000)
      matcher.accept(token)
    }
    matcher.dispose()
    return micros.sort((a, b) => a - b)
  }
}
