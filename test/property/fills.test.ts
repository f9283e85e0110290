// Fills of one compiled constraint, one after the other and side by side, against each of them on a fresh constraint.
// The limits are small, so that what is learnt is dropped again and again; no fill may notice, or be refused for it.
import fc from 'fast-check'
import type { CompileLimits } from '../../lib/constraint/constraint.js'
import { choice, compile, gbnf, jsonSchema, regex, text } from '../../lib/constraint/constraint.js'
import type { Constraint } from '../../lib/constraint/constraint-type.js'
import type { NativeMatcher } from '../../lib/native/addon.js'
import { createVocab } from '../../lib/native/native.js'
import { bytesOf, isSet } from '../support/ir-of.js'

const words = ['ab', 'abc', 'ba', '", "', '":"', '{"', 'a'.repeat(20), '\\u', 'é', '[[', ']]', '12', ' is']
const vocab = createVocab({
  tokens: [
    ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    ...words.map(bytesOf),
    bytesOf('</s>'),
  ],
  special: [256 + words.length],
  eog: [256 + words.length],
})

const letters = 'abcdefghijklmnopqrstuvwxyz'
const constraints: Readonly<Record<string, Constraint>> = {
  'long strings': jsonSchema({
    type: 'object',
    properties: { a: { type: 'string', maxLength: 700 }, b: { type: 'string', maxLength: 900 } },
    required: ['a', 'b'],
    additionalProperties: false,
  }),
  'one long text': text({ charactersMax: 600 }),
  'a nested grammar': gbnf('root ::= "[" (root ("," root)*)? "]" | [a-z]{0,300} | "\\"" [^"]{0,200} "\\""'),
  'an ambiguous grammar': gbnf('root ::= item+\nitem ::= [a-c]{1,90} | "(" root ")" | [b-d]{2,90} "1"'),
  'an intersection': regex('(?:[a-z]{1,40}[0-9]?){1,40}'),
  'many words': choice(
    Array.from({ length: 400 }, (_, i) => letters.slice(i % 20) + (i * 7919).toString(26)),
  ),
}

let limitNumber = 0
/** Limits nobody has used, so that the constraint is a fresh one. */
const freshLimits = (): CompileLimits => ({ statesMax: 1000, fuelMax: 2_000_000 + ++limitNumber })

/** A token of the mask; letters mostly, so that counted repeats get far. */
function tokenOf(mask: Uint32Array, seed: number): number | null {
  const allowed: number[] = []
  for (let token = 0; token < 256 + words.length; token++) if (isSet(mask, token)) allowed.push(token)
  const usual = allowed.filter((token) => token >= 0x61 && token <= 0x7a)
  const list = seed % 8 !== 0 && usual.length > 0 ? usual : allowed
  return list.length === 0 ? null : list[seed % list.length]!
}

/** One step on both; false where the value has ended. */
function step(shared: NativeMatcher, fresh: NativeMatcher, seed: number): boolean {
  const mask = fresh.mask()
  expect(shared.mask()).toEqual(mask)
  if (seed % 5 === 0) expect(shared.forced()).toEqual(fresh.forced())
  expect([shared.canEnd(), shared.isEnded(), shared.valueLength()]).toEqual([
    fresh.canEnd(),
    fresh.isEnded(),
    fresh.valueLength(),
  ])
  const token = tokenOf(mask, seed)
  if (token === null) return false
  expect([shared.accept(token), fresh.accept(token)]).toEqual([true, true])
  return true
}

test.each(Object.entries(constraints))('%s: every fill is as on a fresh constraint', (_name, constraint) => {
  const compiled = compile(constraint, vocab, freshLimits())
  const fill = fc.record({
    seeds: fc.array(fc.nat(1 << 20), { minLength: 20, maxLength: 250 }),
    back: fc.nat(15),
    suffix: fc.constantFrom(null, '"', '\n'),
  })
  fc.assert(
    fc.property(fc.array(fill, { minLength: 2, maxLength: 3 }), (fills) => {
      const open = fills.map(({ seeds, back, suffix }) => ({
        seeds,
        back,
        shared: compiled.matcher('', suffix),
        fresh: compile(constraint, vocab, freshLimits()).matcher('', suffix),
        isOpen: true,
      }))
      const length = Math.max(...open.map(({ seeds }) => seeds.length))
      for (let at = 0; at < length; at++) {
        for (const one of open) {
          if (!one.isOpen || at >= one.seeds.length) continue
          one.isOpen = step(one.shared, one.fresh, one.seeds[at]!)
          if (at === 100) {
            const fork = one.shared.fork()
            one.shared.dispose()
            one.shared = fork
          }
          if (at % 40 !== 39 || one.back > one.shared.tokenCount()) continue
          one.shared.rollback(one.back)
          one.fresh.rollback(one.back)
        }
      }
    }),
    { numRuns: 6 },
  )
})

test('a value as long as a whole limit of states goes through, and leaves the constraint as it was', () => {
  const long = 3000
  const compiled = compile(jsonSchema({ type: 'string', maxLength: long }), vocab, {
    statesMax: 2000,
    fuelMax: 3_000_000,
  })
  for (const _ of Array(4)) {
    const matcher = compiled.matcher()
    expect(matcher.accept(0x22)).toBe(true)
    for (let count = 0; count < long; count++) {
      if (count % 50 === 0) matcher.mask()
      expect(matcher.accept(0x61 + (count % 26))).toBe(true)
    }
    expect(matcher.accept(0x61)).toBe(false)
    expect(matcher.accept(0x22)).toBe(true)
    expect(matcher.canEnd()).toBe(true)
  }
})

test('a limit ends one fill, says what was seen and where, and leaves the matcher as it was', () => {
  const words = [...'abcdefghijklmnopqrstuvwxyz'].map((letter, index) => `"${letter}${index}"`)
  const constraint = gbnf(`root ::= "a" root | "b" hard\nhard ::= ${words.join(' | ')}`)
  const compiled = compile(constraint, vocab, { statesMax: 15 })
  const matcher = compiled.matcher()
  for (const token of [0x61, 0x61]) expect(matcher.accept(token)).toBe(true)
  expect(matcher.accept(0x62)).toBe(true)
  const count = matcher.tokenCount()
  expect(() => {
    for (const byte of 'abcabcbcdbcdcdecde') {
      matcher.mask()
      matcher.accept(byte.charCodeAt(0))
    }
  }).toThrow(
    expect.objectContaining({
      name: 'ConstraintError',
      code: 'CONSTRAINT_TOO_COMPLEX',
      message: expect.stringMatching(
        /at least \d+ new states .* at most 15; .* statesMax\. .*behind \d+ bytes/,
      ),
    }),
  )
  matcher.rollback(matcher.tokenCount() - count + 1)
  expect([matcher.valueLength(), matcher.canEnd(), matcher.allows(0x62)]).toEqual([2, false, true])
  const other = compiled.matcher()
  for (const token of [0x61, 0x61, 0x62]) expect(other.accept(token)).toBe(true)
})
