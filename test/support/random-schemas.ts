// Random JSON Schemas and values near them, from a seed. A validator does.

export type Schema = boolean | { [keyword: string]: unknown }

const keys = ['a', 'b', 'c', 'ab', 'd1']
const texts = [
  '',
  'a',
  'b',
  'ab',
  'abc',
  'aa',
  '1',
  'é',
  '😀',
  'a"b',
  '\\',
  '\n',
  '2024-02-29',
  '2023-02-29',
  'x@y.com',
]
const numbers = [0, 1, 2, 3, -1, -2, 1.5, 0.1, 2.5, 10, 100, -0.5, 7, 12, 0.25, 1000]
const patterns = [
  '^a',
  'b$',
  '^a+$',
  'a|b',
  '[0-9]+',
  '^.{2}$',
  '^[^a]*$',
  '^(a|b)*$',
  '',
  'é',
  '^$',
  '(^a|b$)',
  '^(?:ab|c)',
]
const references = ['#', '#/$defs/p', '#/$defs/q']
const types = ['string', 'number', 'integer', 'object', 'array', 'boolean', 'null']

export class RandomSchemas {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A schema with the definitions that its references need. */
  document(): Schema {
    const schema = this.schema()
    return typeof schema === 'boolean'
      ? schema
      : { ...schema, $defs: { p: this.schema(2), q: this.schema(1) } }
  }

  schema(depth = 0): Schema {
    if (this.#chance(0.05)) return this.#chance(0.75)
    const schema: { [keyword: string]: unknown } = {}
    const makers = depth < 3 ? [...scalarKeywords, ...nestingKeywords] : scalarKeywords
    for (let count = 1 + this.#below(3); count > 0; count--)
      Object.assign(schema, this.#pick(makers)(this, depth))
    return schema
  }

  value(depth = 0): unknown {
    const kind = this.#below(10)
    if (depth > 2 || kind < 2) return this.#pick(numbers)
    if (kind < 4) return this.#pick(texts)
    if (kind < 5) return this.#pick([null, true, false])
    if (kind < 7) return Array.from({ length: this.#below(4) }, () => this.value(depth + 1))
    return this.map(() => this.value(depth + 1))
  }

  /** A value that has a fair chance to satisfy the schema. */
  near(schema: Schema, depth = 0): unknown {
    if (typeof schema === 'boolean' || depth > 4 || this.#chance(0.15)) return this.value(depth)
    if ('const' in schema && this.#chance(0.8)) return schema.const
    if (Array.isArray(schema.enum) && this.#chance(0.8)) return this.#pick(schema.enum)
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
      const parts = schema[keyword]
      if (Array.isArray(parts) && this.#chance(0.4)) return this.near(this.#pick(parts) as Schema, depth)
    }
    const kind = this.#kindOf(schema)
    if (kind === 'object') return this.#nearObject(schema, depth)
    if (kind === 'array') return this.#nearArray(schema, depth)
    if (kind === 'string') return this.#pick(texts)
    if (kind === 'number' || kind === 'integer') return this.#pick(numbers)
    return this.value(depth)
  }

  /**
   * JSON of a value as nobody's library writes it: other spellings of numbers and characters, white space, members in
   * another order, a member given twice. `JSON.parse` says which value it is.
   */
  text(value: unknown): string {
    if (typeof value === 'number') return this.#numberText(value)
    if (typeof value === 'string') return this.#stringText(value)
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    const space = (): string => (this.#chance(0.1) ? ' ' : '')
    if (Array.isArray(value)) return `[${value.map((item) => space() + this.text(item) + space()).join()}]`
    const entries = Object.entries(value)
    if (this.#chance(0.2)) entries.reverse()
    const members = entries.map(
      ([key, item]) => `${space()}${this.#stringText(key)}${space()}:${this.text(item)}`,
    )
    if (entries.length > 0 && this.#chance(0.06)) {
      const again = `${this.#stringText(this.#pick(entries)[0])}:${this.text(this.value(2))}`
      members.splice(this.#below(members.length + 1), 0, again)
    }
    return `{${members.join()}}`
  }

  #numberText(value: number): string {
    const plain = JSON.stringify(value)
    if (this.#chance(0.8) || plain.includes('e')) return plain
    return this.#pick([plain.includes('.') ? `${plain}0` : `${plain}.0`, `${plain}e0`, `${plain}E+0`])
  }

  #stringText(value: string): string {
    if (this.#chance(0.85)) return JSON.stringify(value)
    const escaped = Array.from({ length: value.length }, (_, at) => value.charCodeAt(at).toString(16))
    return `"${escaped.map((code) => `\\u${code.padStart(4, '0')}`).join('')}"`
  }

  map<T>(make: () => T): { [key: string]: T } {
    return Object.fromEntries(this.keys(0.4).map((key) => [key, make()]))
  }

  keys(share: number): string[] {
    return keys.filter(() => this.#chance(share))
  }

  #kindOf(schema: { [keyword: string]: unknown }): unknown {
    if (schema.type !== undefined) return Array.isArray(schema.type) ? this.#pick(schema.type) : schema.type
    const has = (names: readonly string[]): boolean => names.some((name) => name in schema)
    if (has(['properties', 'required', 'patternProperties', 'additionalProperties', 'propertyNames']))
      return 'object'
    if (has(['items', 'prefixItems', 'contains', 'minItems', 'maxItems'])) return 'array'
    if (has(['pattern', 'minLength', 'maxLength'])) return 'string'
    return has(['minimum', 'maximum', 'multipleOf']) ? 'number' : null
  }

  #nearObject(schema: { [keyword: string]: unknown }, depth: number): unknown {
    const object: { [key: string]: unknown } = {}
    const properties = (schema.properties ?? {}) as { [key: string]: Schema }
    const required = (schema.required ?? []) as string[]
    for (const [key, part] of Object.entries(properties)) {
      if (required.includes(key) || this.#chance(0.5)) object[key] = this.near(part, depth + 1)
    }
    for (const key of required) if (!(key in object)) object[key] = this.value(depth + 1)
    const others = Object.values((schema.patternProperties ?? {}) as { [key: string]: Schema })
    if (schema.additionalProperties !== undefined) others.push(schema.additionalProperties as Schema)
    for (const key of [...keys, 'z', 'aa', '1']) {
      if (key in object || !this.#chance(0.15)) continue
      object[key] = others.length > 0 ? this.near(this.#pick(others), depth + 1) : this.value(depth + 1)
    }
    return object
  }

  #nearArray(schema: { [keyword: string]: unknown }, depth: number): unknown {
    const prefix = (schema.prefixItems ?? []) as Schema[]
    const length = ((schema.minItems as number | undefined) ?? 0) + this.#below(3)
    return Array.from({ length }, (_, index) => {
      if (prefix[index] !== undefined) return this.near(prefix[index], depth + 1)
      if (schema.contains !== undefined && this.#chance(0.5))
        return this.near(schema.contains as Schema, depth + 1)
      return schema.items === undefined ? this.value(depth + 1) : this.near(schema.items as Schema, depth + 1)
    })
  }

  below(max: number): number {
    return this.#below(max)
  }

  pick<T>(list: readonly T[]): T {
    return this.#pick(list)
  }

  chance(share: number): boolean {
    return this.#chance(share)
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }

  #below(max: number): number {
    return Math.floor(this.#next() * max)
  }

  #chance(share: number): boolean {
    return this.#next() < share
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Maker = (random: RandomSchemas, depth: number) => { [keyword: string]: unknown }

const scalarKeywords: readonly Maker[] = [
  (random) => ({ type: random.pick(types) }),
  (random) => ({ type: random.pick(types) }),
  (random) => ({ type: [...new Set([random.pick(types), random.pick(types)])] }),
  (random) => ({ minimum: random.pick(numbers) }),
  (random) => ({ maximum: random.pick(numbers) }),
  (random) => ({ [random.pick(['exclusiveMinimum', 'exclusiveMaximum'])]: random.pick(numbers) }),
  // Divisors whose quotients a double has exactly, since the validator divides doubles.
  (random) => ({ multipleOf: random.pick([1, 2, 3, 5, 10, 0.5, 0.25, 7, 4, 1.5]) }),
  (random) => ({ minLength: random.below(4) }),
  (random) => ({ maxLength: random.below(4) }),
  (random) => ({ pattern: random.pick(patterns) }),
  (random) => ({ enum: distinct([random.value(1), random.value(1), random.value(2)]) }),
  (random) => ({ const: random.value(1) }),
  (random) => ({ format: random.pick(['date', 'email', 'ipv4', 'uuid', 'date-time', 'uri']) }),
  (random) => ({ minItems: random.below(3) }),
  (random) => ({ maxItems: random.below(4) }),
  (random) => ({ required: random.keys(0.3) }),
]

const nestingKeywords: readonly Maker[] = [
  (random, depth) => ({ properties: random.map(() => random.schema(depth + 1)) }),
  (random, depth) => ({ properties: random.map(() => random.schema(depth + 1)) }),
  (random, depth) => ({ additionalProperties: random.chance(0.5) ? false : random.schema(depth + 1) }),
  (random, depth) => ({ patternProperties: { [random.pick(patterns)]: random.schema(depth + 1) } }),
  (random, depth) => ({ items: random.schema(depth + 1) }),
  (random, depth) => ({ prefixItems: [random.schema(depth + 1), random.schema(depth + 1)] }),
  (random, depth) => ({ anyOf: [random.schema(depth + 1), random.schema(depth + 1)] }),
  (random, depth) => ({ oneOf: [random.schema(depth + 1), random.schema(depth + 1)] }),
  (random, depth) => ({ allOf: [random.schema(depth + 1), random.schema(depth + 1)] }),
  (random, depth) => ({ not: random.schema(depth + 1) }),
  (random, depth) => conditional(random, depth),
  (random) => ({ dependentRequired: { [random.pick(keys)]: [random.pick(keys)] } }),
  (random, depth) => ({ dependentSchemas: { [random.pick(keys)]: random.schema(depth + 1) } }),
  (random, depth) => ({ contains: random.schema(depth + 1), minContains: random.below(3) }),
  (random) => ({ [random.pick(['minProperties', 'maxProperties'])]: random.below(4) }),
  (random, depth) => ({ propertyNames: random.schema(depth + 1) }),
  () => ({ uniqueItems: true }),
  (random) => ({ properties: random.map(() => ({ $ref: random.pick(references) })) }),
  (random) => ({ items: { $ref: random.pick(references) } }),
  (random, depth) => ({ not: { not: random.schema(depth + 1) } }),
  (random, depth) => ({ not: { additionalProperties: random.schema(depth + 1) } }),
  (random, depth) => ({ not: { patternProperties: { [random.pick(patterns)]: random.schema(depth + 1) } } }),
  (random) => ({
    items: { enum: distinct([random.value(2), random.value(2), random.value(2)]) },
    uniqueItems: true,
  }),
  (random, depth) => ({ contains: random.schema(depth + 1), maxContains: 1 + random.below(2) }),
  (random, depth) => ({ prefixItems: [random.schema(depth + 1)], unevaluatedItems: false }),
  (random, depth) => ({ unevaluatedProperties: random.chance(0.6) ? false : random.schema(depth + 1) }),
]

function conditional(random: RandomSchemas, depth: number): { [keyword: string]: unknown } {
  const branches = ['if', 'then', 'else'].map((keyword) => [keyword, random.schema(depth + 1)])
  return Object.fromEntries(branches)
}

function distinct(values: readonly unknown[]): unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}
