// Objects as JSON text: in any order and in declared order, texts are taken whose value the schema allows, and none
// with a declared key twice. Judged by ajv on the parsed value, by brute force: all orders, members repeated.
import fc from 'fast-check'
import { type JsonSchemaOptions, jsonSchema } from '../../lib/constraint/json-schema.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { Recogniser } from '../../lib/constraint/recognise/recogniser.js'
import { createVocab } from '../../lib/native/native.js'
import { validatorOf } from '../support/ajv-verdict.js'

const bytes = createVocab({
  tokens: [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), new Uint8Array(0)],
  special: [256],
  eog: [256],
})

/** Of different classes (write/key-classes.ts), so that all of them can be told apart. */
const keys = ['a', 'b', 'c', 'ab', 'x1', 'é']
const key = fc.constantFrom(...keys)
const value = fc.constantFrom<object | boolean>({ type: 'integer' }, { type: 'integer' }, true, true, false)
const someKeys = fc.uniqueArray(key, { maxLength: 3 })

const keywordNames = ['properties', 'required', 'patternProperties', 'additionalProperties', 'propertyNames']
const otherNames = ['minProperties', 'maxProperties', 'not', 'dependentRequired', 'anyOf']

const keywords: fc.Arbitrary<object> = fc
  .tuple(
    fc.record({
      properties: fc.dictionary(key, value, { maxKeys: 5 }),
      required: someKeys,
      patternProperties: fc.dictionary(fc.constantFrom('^a', 'b$', '1', '^.$'), value, { maxKeys: 2 }),
      additionalProperties: value,
      propertyNames: fc.oneof(
        fc.constantFrom<object>({ pattern: 'a|b|c' }, { maxLength: 1 }, { pattern: '^[^c]' }),
        fc.uniqueArray(key, { minLength: 3 }).map((list) => ({ enum: list })),
      ),
      minProperties: fc.nat(4),
      maxProperties: fc.integer({ min: 1, max: 4 }),
      not: fc.oneof(
        someKeys.map((required) => ({ required: [...required, 'a'] })),
        fc.constantFrom<object>(
          { additionalProperties: false, properties: { a: true, b: true } },
          { propertyNames: { pattern: '^a' } },
          { patternProperties: { '^a': true }, additionalProperties: false },
          { minProperties: 3 },
          { maxProperties: 1 },
        ),
      ),
      dependentRequired: fc.dictionary(key, someKeys, { maxKeys: 1 }),
      anyOf: fc.array(
        fc.record({ required: someKeys, properties: fc.dictionary(key, value, { maxKeys: 2 }) }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    fc.subarray([...keywordNames, ...otherNames], { minLength: 1, maxLength: 4 }),
  )
  .map(([all, names]) => {
    const chosen = Object.entries(all).filter(([name]) => names.includes(name))
    return { type: 'object', ...Object.fromEntries(chosen) }
  })

const members = fc.uniqueArray(fc.tuple(key, fc.constantFrom('1', '1', '1', '"s"')), {
  maxLength: 4,
  selector: ([name]) => name,
})

type Member = readonly [string, string]
const textOf = (list: readonly Member[]): string =>
  `{${list.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`

function permutations<T>(list: readonly T[]): (readonly T[])[] {
  if (list.length < 2) return [list]
  return list.flatMap((first, at) => permutations(list.toSpliced(at, 1)).map((rest) => [first, ...rest]))
}

/** Null where the schema is refused; takes nothing where it has no values. */
function takes(schema: object, options: JsonSchemaOptions): ((text: string) => boolean) | null {
  try {
    const ir = lowerConstraint(jsonSchema(schema, options))
    const recogniser = new Recogniser(ir)
    const native = bytes.compile(ir.words, ir.bytes)
    return (text) => {
      const isTaken = recogniser.has(text)
      expect([text, native.has(new TextEncoder().encode(text))]).toEqual([text, isTaken])
      return isTaken
    }
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'SCHEMA_EMPTY' || code === 'CONSTRAINT_EMPTY') return () => false
    if (code === 'SCHEMA_UNSUPPORTED' || code === 'CONSTRAINT_TOO_COMPLEX') return null
    throw error
  }
}

function declaredOf(schema: object): readonly string[] {
  const { properties, required } = schema as { properties?: object; required?: string[] }
  return [...new Set([...Object.keys(properties ?? {}), ...(required ?? [])])]
}

/** Whether members stand as a schema without alternatives declares them. */
function isDeclaredOrder(declared: readonly string[], list: readonly Member[]): boolean {
  const places = list.map(([name]) => (declared.includes(name) ? declared.indexOf(name) : declared.length))
  return places.every((place, at) => at === 0 || places[at - 1]! <= place)
}

const counts = { schemas: 0, refused: 0, valid: 0, invalid: 0 }

test('every order of valid members is taken, and nothing else', () => {
  fc.assert(
    fc.property(keywords, fc.array(members, { minLength: 5, maxLength: 5 }), (schema, objects) => {
      const isValid = validatorOf(schema as never)
      const any = takes(schema, { order: 'any' })
      const declared = takes(schema, {})
      const spaced = takes(schema, { order: 'any', whitespace: 'flexible' })
      counts.schemas++
      if (any === null || declared === null || spaced === null) {
        counts.refused++
        return
      }
      const isSimple = !(
        'anyOf' in schema ||
        'not' in schema ||
        'dependentRequired' in schema ||
        'propertyNames' in schema
      )
      for (const list of objects) {
        const isRight = isValid(JSON.parse(textOf(list)))
        counts[isRight ? 'valid' : 'invalid']++
        for (const order of permutations(list)) {
          const text = textOf(order)
          expect([text, any(text)]).toEqual([text, isRight])
          if (declared(text)) expect([text, isRight]).toEqual([text, true])
          else if (isRight && isSimple)
            expect([text, isDeclaredOrder(declaredOf(schema), order)]).toEqual([text, false])
        }
        expect(spaced(textOf(list).replaceAll(':', ' : '))).toBe(isRight)
      }
    }),
    { numRuns: 60 },
  )
  expect(counts.refused).toBeLessThan(counts.schemas * 0.1)
  expect(counts.valid).toBeGreaterThan(100)
})

test('no declared member stands twice, and what is repeated never makes a wrong value right', () => {
  const repeated = fc.tuple(members, fc.nat(), fc.nat(), fc.constantFrom('1', '"s"'))
  fc.assert(
    fc.property(keywords, fc.array(repeated, { minLength: 6, maxLength: 6 }), (schema, objects) => {
      const isValid = validatorOf(schema as never)
      const both = [takes(schema, { order: 'any' }), takes(schema, {})]
      for (const [list, from, to, json] of objects) {
        if (list.length === 0) continue
        const again = list[from % list.length]![0]
        const text = textOf(list.toSpliced(to % (list.length + 1), 0, [again, json]))
        const isRight = isValid(JSON.parse(text))
        for (const each of both) {
          if (!each?.(text)) continue
          expect([text, isRight]).toEqual([text, true])
          expect(declaredOf(schema)).not.toContain(again)
        }
      }
    }),
    { numRuns: 60 },
  )
})
