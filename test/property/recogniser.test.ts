// Goal: the recogniser that needs no native code reads texts as the reference and the native core do.
// Method: random constraints, members of them and texts near those. The reference is asked at every character: how far
// a member begins so, where one ends, whether one goes on; the native core which texts are members.
import fc from 'fast-check'
import type { Constraint } from '../../lib/constraint/constraint-type.js'
import { gbnf } from '../../lib/constraint/gbnf.js'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { jsonSchema } from '../../lib/constraint/json-schema.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { type Reading, Recogniser } from '../../lib/constraint/recognise/recogniser.js'
import { createVocab } from '../../lib/native/native.js'
import {
  type Case,
  distinctCases,
  grammarCases,
  regularCases,
  stretchCases,
} from '../support/constraint-arbitrary.js'
import { RandomSchemas } from '../support/random-schemas.js'
import { type GrammarState, ReferenceGrammar } from '../support/reference-grammar.js'

const encoder = new TextEncoder()
const bytes = createVocab({
  tokens: [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), new Uint8Array(0)],
  special: [256],
  eog: [256],
})

function readByReference(grammar: ReferenceGrammar, text: string): Reading {
  let state = grammar.start
  let fits = 0
  const ends = grammar.isMember(state) ? [0] : []
  for (const character of text) {
    let next: GrammarState | null = state
    for (const byte of encoder.encode(character)) next = next && grammar.advance(next, byte)
    if (next === null) break
    state = next
    fits += character.length
    if (grammar.isMember(state)) ends.push(fits)
  }
  return { fits, ends, goesOn: grammar.nextBytes(state).length > 0 }
}

/** The text itself, cut, spoilt and gone on with. */
function near(text: string, pick: number): string[] {
  const characters = Array.from(text)
  const at = characters.length === 0 ? 0 : pick % characters.length
  const other = ['a', 'é', '0', '"', ',', '😀'][pick % 6]!
  return [
    text,
    characters.slice(0, at).join(''),
    [...characters.slice(0, at), other, ...characters.slice(at + 1)].join(''),
    text + other,
    other + text,
    text + text,
  ]
}

function compare({ constraint, text }: Case, pick: number): void {
  const ir = lowerConstraint(constraint)
  const grammar = new ReferenceGrammar(ir)
  const recogniser = new Recogniser(ir)
  expect(recogniser.isEmpty).toBe(grammar.isEmpty)
  if (grammar.isEmpty) return
  const native = bytes.compile(ir.words, ir.bytes)
  for (const one of near(text, pick)) {
    expect([one, recogniser.read(one)]).toEqual([one, readByReference(grammar, one)])
    expect([one, recogniser.has(one)]).toEqual([one, native.has(encoder.encode(one))])
  }
}

test('regular constraints', () => {
  fc.assert(
    fc.property(regularCases, fc.nat(1000), (one, pick) => compare(one, pick)),
    { numRuns: 40 },
  )
})

test('grammars', () => {
  fc.assert(
    fc.property(grammarCases, fc.nat(1000), (one, pick) => compare(one, pick)),
    { numRuns: 40 },
  )
})

test('lists of distinct items', () => {
  fc.assert(
    fc.property(distinctCases, fc.nat(1000), (one, pick) => compare(one, pick)),
    { numRuns: 40 },
  )
})

test('stretches of sources, as the reference has them', () => {
  fc.assert(
    fc.property(stretchCases, fc.nat(1000), (one, pick) => compare(one, pick)),
    { numRuns: 40 },
  )
})

test('random JSON schemas', () => {
  const random = new RandomSchemas(7)
  let compared = 0
  for (let count = 0; count < 120; count += 1) {
    const schema = random.document()
    let constraint: Constraint
    try {
      constraint = jsonSchema(schema)
      lowerConstraint(constraint)
    } catch {
      continue
    }
    const text = JSON.stringify(random.near(schema))
    compare({ constraint, text }, random.below(1000))
    compared += 1
  }
  expect(compared).toBeGreaterThan(60)
})

describe('what a text costs', () => {
  const readerOf = (constraint: Constraint): Recogniser => new Recogniser(lowerConstraint(constraint))
  // A reading is refused after 20 million steps: what cost the square of its length would be.
  test.each<[string, Constraint, string]>([
    [
      'a list',
      jsonSchema({ type: 'array' }),
      JSON.stringify(Array.from({ length: 20_000 }, (_, index) => index)),
    ],
    ['lists in lists', jsonSchema(true), '['.repeat(20_000) + ']'.repeat(20_000)],
    [
      'members',
      jsonSchema(true),
      JSON.stringify(Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [i, i]))),
    ],
    ['a string', jsonSchema(true), JSON.stringify('é日a😀'.repeat(20_000))],
    ['a left recursion', gbnf('root ::= root "ab" | "c"'), `c${'ab'.repeat(20_000)}`],
    // It may end at every turn, and then all turns before it end, too.
    ['a right recursion', gbnf('root ::= "ab" root | ""'), 'ab'.repeat(20_000)],
  ])('%s', (_name, constraint, text) => {
    expect(readerOf(constraint).read(text)).toMatchObject({ fits: text.length, goesOn: expect.any(Boolean) })
    expect(readerOf(constraint).has(text)).toBe(true)
    expect(readerOf(constraint).has(`${text}]`)).toBe(false)
  })

  test('an expression may be as deep as it likes', () => {
    const builder = new IrBuilder()
    let node = builder.literal('a')
    for (let level = 0; level < 30_000; level += 1) {
      node = builder.optional(builder.concat(node, builder.literal('b')))
    }
    expect(new Recogniser(builder.finish({ lexeme: node })).read('abbx')).toEqual({
      fits: 3,
      ends: [0],
      goesOn: true,
    })
  })

  test('what takes too long is refused', () => {
    const ambiguous = readerOf(gbnf('root ::= root root | "a" | ""'))
    expect(() => ambiguous.read('a'.repeat(2000))).toThrow(
      expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }),
    )
    expect(ambiguous.has('aaaa')).toBe(true)
  })
})
