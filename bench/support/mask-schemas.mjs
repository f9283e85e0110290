// Sixteen schemas as programs have them, no two alike: nested records, choices, patterns, formats, bounds, maps, lists.
// Decides what masks are asked of; the sizes of their texts don't matter, since a list of them is cut by its limit.

const record = (properties, more = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
})
const text = (maxLength) => ({ type: 'string', maxLength })

const address = record({
  street: text(60),
  city: text(40),
  zip: { type: 'string', pattern: '^[0-9]{5}(-[0-9]{4})?$' },
  country: { enum: ['DE', 'FR', 'GB', 'IT', 'JP', 'US'] },
})

export const schemas = [
  record({ name: text(40), age: { type: 'integer', minimum: 0, maximum: 120 }, member: { type: 'boolean' } }),
  record({ id: { type: 'string', format: 'uuid' }, created: { type: 'string', format: 'date-time' } }),
  record({ email: { type: 'string', format: 'email' }, site: { type: 'string', format: 'uri' } }),
  record({
    customer: record({ name: text(80), address }),
    items: { type: 'array', items: text(30), maxItems: 8 },
  }),
  record({ kind: { enum: ['open', 'closed', 'on hold', 'lost'] }, note: { type: 'string' } }),
  {
    oneOf: [
      record({ shape: { const: 'circle' }, radius: { type: 'number', exclusiveMinimum: 0 } }),
      record({ shape: { const: 'box' }, width: { type: 'number' }, height: { type: 'number' } }),
      record({ shape: { const: 'path' }, points: { type: 'array', items: { type: 'number' }, minItems: 2 } }),
    ],
  },
  record({
    code: { type: 'string', pattern: '^[A-Z]{3}-[0-9]{4}$' },
    price: { type: 'number', multipleOf: 0.01 },
  }),
  { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 3 },
  record({
    title: text(120),
    tags: { type: 'array', items: { enum: ['new', 'sale', 'old'] }, uniqueItems: true },
  }),
  {
    type: 'object',
    patternProperties: { '^x-[a-z]+$': text(50) },
    additionalProperties: false,
    minProperties: 2,
  },
  record({
    matrix: { type: 'array', items: { type: 'array', items: { type: 'number' }, minItems: 3, maxItems: 3 } },
  }),
  {
    anyOf: [
      text(20),
      { type: 'integer' },
      { type: 'array', items: text(10) },
      record({ value: { type: 'null' } }),
    ],
  },
  record({
    summary: { type: 'string', minLength: 40, maxLength: 400 },
    score: { type: 'number', maximum: 10 },
  }),
  { type: 'object', properties: { a: text(9), b: { type: 'boolean' }, c: address }, minProperties: 1 },
  record({
    ip: { type: 'string', format: 'ipv4' },
    host: { type: 'string', format: 'hostname' },
    port: { maximum: 65535, minimum: 1, type: 'integer' },
  }),
  record({
    question: { type: 'string', pattern: '^[^?]{10,80}\\?$' },
    answers: { type: 'array', items: text(40), minItems: 4 },
  }),
]
