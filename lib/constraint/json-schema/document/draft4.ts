// What draft 4 says a schema is: schemas of that time refer to it, as OpenAPI 2.0 does; ajv knows later drafts only.

const count = { type: 'integer', minimum: 0 }
const schema = { $ref: '#' }
const schemas = { type: 'array', minItems: 1, items: schema }
const texts = { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' } }
const schemaMap = { type: 'object', additionalProperties: schema, default: {} }
const allowed = { anyOf: [{ type: 'boolean' }, schema], default: {} }
const typeName = { enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] }
const bounds = { exclusiveMaximum: ['maximum'], exclusiveMinimum: ['minimum'] }

export const draft4Id = 'http://json-schema.org/draft-04/schema'

export const draft4Schema: object = {
  type: 'object',
  definitions: {
    schemaArray: schemas,
    positiveInteger: count,
    positiveIntegerDefault0: { ...count, default: 0 },
    simpleTypes: typeName,
    stringArray: texts,
  },
  properties: {
    id: { type: 'string' },
    $schema: { type: 'string' },
    title: { type: 'string' },
    description: { type: 'string' },
    default: {},
    multipleOf: { type: 'number', exclusiveMinimum: 0 },
    maximum: { type: 'number' },
    exclusiveMaximum: { type: 'boolean' },
    minimum: { type: 'number' },
    exclusiveMinimum: { type: 'boolean' },
    maxLength: count,
    minLength: count,
    pattern: { type: 'string', format: 'regex' },
    additionalItems: allowed,
    items: { anyOf: [schema, schemas], default: {} },
    maxItems: count,
    minItems: count,
    uniqueItems: { type: 'boolean' },
    maxProperties: count,
    minProperties: count,
    required: texts,
    additionalProperties: allowed,
    definitions: schemaMap,
    properties: schemaMap,
    patternProperties: schemaMap,
    dependencies: { type: 'object', additionalProperties: { anyOf: [schema, texts] } },
    enum: { type: 'array', minItems: 1, uniqueItems: true },
    type: { anyOf: [typeName, { type: 'array', minItems: 1, uniqueItems: true, items: typeName }] },
    format: { type: 'string' },
    allOf: schemas,
    anyOf: schemas,
    oneOf: schemas,
    not: schema,
  },
  // In the words of either time.
  dependencies: bounds,
  dependentRequired: bounds,
}
