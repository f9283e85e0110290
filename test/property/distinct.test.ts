// Goal: arrays of unique items come out as a validator wants them, whatever tokens spell them, and no token leads where
// nothing can follow. Method: texts of random items spelled in many ways, judged by ajv; random walks through the masks
// over tokens that span the ends of items, each mask against `allows`, each finished text judged by ajv.
import { compile } from '../../lib/constraint/compile.js'
import { jsonSchema } from '../../lib/constraint/json-schema.js'
import type { NativeMatcher } from '../../lib/native/addon.js'
import { createVocab } from '../../lib/native/native.js'
import { validatorOf } from '../support/ajv-verdict.js'
import { isSet } from '../support/ir-of.js'
import { itemStrings } from '../support/item-strings.js'

const encoder = new TextEncoder()
const seed = 20261124
const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const size = 256 + itemStrings.length
const vocab = createVocab({
  tokens: [...bytes, ...itemStrings.map((text) => encoder.encode(text)), new Uint8Array(0)],
  special: [size],
  eog: [size],
})

/** Numbers below `below`, the same ones each time. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const items: readonly [schema: object, texts: readonly string[]][] = [
  [{ enum: ['a', 'b', 'ab'] }, ['"a"', '"b"', '"ab"']],
  [{ type: 'string', maxLength: 1, pattern: '^[ab]*$' }, ['"a"', '"b"', '""']],
  [{ type: 'boolean' }, ['true', 'false']],
  [
    { type: 'string' },
    [
      '"a"',
      '"\\u0061"',
      '"é"',
      '"\\u00e9"',
      '"\\u00E9"',
      '"/"',
      '"\\/"',
      '"\\n"',
      '"\\u000A"',
      '"😀"',
      '"\\uD83D\\ude00"',
    ],
  ],
  [
    { type: 'string', maxLength: 2, minLength: 1 },
    ['"a"', '"aé"', '"a\\u00e9"', '"\\"\\\\"', '"\\u0022\\u005c"'],
  ],
  [{ type: 'number' }, ['1', '1.0', '-1', '0', '-0', '0.0', '0.5', '12', '1.25', '123456789012345']],
  [{ type: 'integer', minimum: -1, maximum: 2 }, ['1', '-1', '0', '2', '1.0', '-0']],
  [{ anyOf: [{ type: 'null' }, { const: 'null' }, { type: 'integer' }] }, ['null', '"null"', '0', '7']],
  [
    { enum: [[1], [1, 'a'], { a: 1 }, [], 1, '[]'] },
    ['[1]', '[1,"a"]', '{"a":1}', '[]', '1', '"[]"', '[ 1]', '[1 , "a"]'],
  ],
  [{ enum: Array.from({ length: 300 }, (_, index) => `w${index}`) }, ['"w1"', '"w11"', '"w111"', '"w299"']],
]
const layouts = ['compact', 'spaced', 'flexible'] as const

test('texts are members where ajv takes them', () => {
  const random = chance(seed)
  let taken = 0
  for (let run = 0; run < 120; run += 1) {
    const [item, texts] = items[run % items.length]!
    const schema = { type: 'array', items: item, uniqueItems: true, ...limits(random) }
    const validate = validatorOf(schema)
    for (const whitespace of layouts) {
      const comma = { compact: ',', spaced: ', ', flexible: [',', ' ,\n', ' , '][random(3)]! }[whitespace]
      const constraint = compiled(schema, whitespace)
      if (constraint === null) continue
      const spelled = Array.from({ length: random(6) }, () => texts[random(texts.length)]!)
      const text = `[${spelled.join(comma)}]`
      const isTaken = takes(constraint, text)
      const isValid = validate(JSON.parse(text))
      if (isTaken) taken += 1
      if (isTaken) expect([schema, text, isValid]).toEqual([schema, text, true])
      // What is narrower is the spelling of single items, never which of them may stand together.
      const areItems = spelled.every((one) => takes(constraintOf(item, whitespace), `[${one}]`))
      if (areItems) expect([schema, text, isTaken]).toEqual([schema, text, isValid])
    }
  }
  expect(taken).toBeGreaterThan(60)
})

/** By single bytes, so that nothing but the text decides. */
function takes(constraint: ReturnType<typeof compile>, text: string): boolean {
  const matcher = constraint.matcher()
  return [...encoder.encode(text)].every((byte) => matcher.accept(byte)) && matcher.canEnd()
}

function limits(random: (below: number) => number): object {
  const min = random(4)
  return { minItems: min, ...(random(2) === 0 ? {} : { maxItems: min + random(3) }) }
}

function compiled(schema: object, whitespace: (typeof layouts)[number]) {
  try {
    return compile(jsonSchema(schema, { whitespace }), vocab)
  } catch (error) {
    expect((error as { code?: string }).code).toMatch('EMPTY')
    return null
  }
}

const single = new Map<string, ReturnType<typeof compile>>()
function constraintOf(item: object, whitespace: (typeof layouts)[number]) {
  const key = JSON.stringify([item, whitespace])
  const known = single.get(key) ?? compiled({ type: 'array', items: item, uniqueItems: true }, whitespace)!
  single.set(key, known)
  return known
}

function tokensOf(matcher: NativeMatcher): number[] {
  const mask = matcher.mask()
  const tokens = Array.from({ length: size + 1 }, (_, token) => token).filter((token) => isSet(mask, token))
  const allowed = Array.from({ length: size + 1 }, (_, token) => token).filter((token) =>
    matcher.allows(token),
  )
  expect(tokens).toEqual(allowed)
  return tokens
}

test('walks through the masks never end in a dead end, and end in what ajv takes', () => {
  const random = chance(seed + 1)
  for (let run = 0; run < 80; run += 1) {
    const schema = {
      type: 'array',
      items: items[run % items.length]![0],
      uniqueItems: true,
      ...limits(random),
    }
    // So few states that those nobody stands on are dropped again and again.
    const limited = run % 2 === 0 ? {} : { statesMax: 400 }
    let constraint: ReturnType<typeof compile>
    try {
      constraint = compile(jsonSchema(schema), vocab, limited)
    } catch (error) {
      expect((error as { code?: string }).code).toMatch(/EMPTY/)
      continue
    }
    const matcher = constraint.matcher()
    const taken: number[] = []
    for (let step = 0; step < 40 && !matcher.isEnded(); step += 1) {
      const tokens = tokensOf(matcher)
      expect(tokens.length).toBeGreaterThan(0)
      const spanning = tokens.filter((token) => token >= 256 && token < size)
      const list = spanning.length > 0 && random(3) > 0 ? spanning : tokens
      const token = list[random(list.length)]!
      const before = matcher.fork()
      expect(matcher.accept(token)).toBe(true)
      if (random(3) === 0) {
        const mask = matcher.mask()
        matcher.rollback(1)
        expect(matcher.mask()).toEqual(before.mask())
        expect(matcher.accept(token)).toBe(true)
        expect(matcher.mask()).toEqual(mask)
      }
      if (token < size) taken.push(token)
    }
    const text = Buffer.concat(taken.map((token) => vocab.tokenBytes(token))).toString()
    if (matcher.canEnd() || matcher.isEnded()) {
      expect([schema, text, validatorOf(schema)(JSON.parse(text))]).toEqual([schema, text, true])
    }
  }
})
