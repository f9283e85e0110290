// Rules that are sets of members: native core, recogniser and reference take exactly the sequences that the definition
// in lib/constraint/ir/member-set.ts allows, and none goes where nothing can be completed.
// Method: random sets whose elements are letters, so that a text says which members stand there.
import fc from 'fast-check'
import { lexemeWord, ruleWord } from '../../lib/constraint/ir/ir.js'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { bytesMaxOf } from '../../lib/constraint/longest.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { Recogniser } from '../../lib/constraint/recognise/recogniser.js'
import { recorded } from '../../lib/constraint/recorded.js'
import type { NativeMatcher } from '../../lib/native/addon.js'
import { createVocab } from '../../lib/native/native.js'
import { Chance } from '../support/chance.js'
import { bytesOf, isSet } from '../support/ir-of.js'
import { ReferenceGrammar } from '../support/reference-grammar.js'

const bytes = createVocab({
  tokens: [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), new Uint8Array(0)],
  special: [256],
  eog: [256],
})

const element = fc.record({
  times: fc.constantFrom('any', 'optional', 'optional', 'required'),
  meets: fc.nat(7),
  /** How it is written: a lexeme, a rule of one or the set itself inside; or it derives nothing. */
  as: fc.constantFrom('lexeme', 'lexeme', 'rule', 'nested', 'nothing'),
})
const sets = fc.record({
  elements: fc.array(element, { minLength: 1, maxLength: 5 }),
  min: fc.nat(4),
  max: fc.option(fc.nat(5)),
  needs: fc.constantFrom(0, 0, 1, 3, 7),
  /** Two more sets around it, one beside the other: states of all of them are there at once. */
  isTwice: fc.boolean(),
})
type Drawn = typeof sets extends fc.Arbitrary<infer T> ? T : never

function irOf({ elements, min, max, needs, isTwice }: Drawn) {
  const ir = new IrBuilder()
  const rule = ir.declareRule('set')
  const words = elements.map(({ as }, index) => {
    const letter = ir.literal('abcde'[index]!)
    if (as === 'lexeme') return lexemeWord(letter)
    if (as === 'nothing') return lexemeWord(ir.nothing)
    const inside =
      as === 'nested' ? [[{ lexeme: letter }], [{ lexeme: letter }, { rule }]] : [[{ lexeme: letter }]]
    return ruleWord(ir.rule('element', inside))
  })
  ir.defineMembers(rule, {
    ...{ open: ir.literal('('), separator: ir.literal(','), close: ir.literal(')'), min, max, needs },
    elements: elements.map(({ times, meets }, index) => {
      return { times: times as 'any', meets: meets & needs, symbol: words[index]! }
    }),
  })
  return ir.finish({ rule: isTwice ? ir.rule('twice', [[{ rule }, { rule }]]) : rule })
}

/** By definition; `sequence`: of members, without what is nested in them. */
function isAllowed({ elements, min, max, needs }: Drawn, sequence: readonly number[]): boolean {
  if (sequence.length === 0 || (max !== null && sequence.length > max)) return false
  const met = sequence.reduce((bits, each) => bits | elements[each]!.meets, 0)
  const isRight = elements.every(({ times, as }, each) => {
    const count = sequence.filter((other) => other === each).length
    if (as === 'nothing' && count > 0) return false
    return times === 'any' || (times === 'required' ? count === 1 : count <= 1)
  })
  return isRight && (needs & ~met) === 0 && new Set(sequence).size >= min
}

const textOf = (sequence: readonly number[]): string => `(${sequence.map((each) => 'abcde'[each]).join()})`

function started(ir: ReturnType<typeof irOf>): NativeMatcher | null {
  try {
    return bytes.compile(ir.words, ir.bytes).matcher()
  } catch (error) {
    if ((error as { code?: string }).code === 'CONSTRAINT_EMPTY') return null
    throw error
  }
}

test('all take the sequences of the definition', () => {
  const sequences = fc.array(fc.array(fc.nat(4), { maxLength: 6 }), { minLength: 12, maxLength: 12 })
  fc.assert(
    fc.property(sets, sequences, (drawn, list) => {
      const ir = irOf(drawn)
      const native = started(ir)
      const grammar = new ReferenceGrammar(ir)
      const recogniser = new Recogniser(ir)
      expect(native === null).toBe(grammar.isEmpty)
      expect(recogniser.isEmpty).toBe(grammar.isEmpty)
      const compiled = native === null ? null : bytes.compile(ir.words, ir.bytes)
      for (const drawnSequence of list) {
        const sequence = drawnSequence.filter((each) => each < drawn.elements.length)
        const one = textOf(sequence)
        const text = drawn.isTwice ? one + one : one
        const isRight = isAllowed(drawn, sequence)
        expect([text, recogniser.has(text)]).toEqual([text, isRight])
        expect([text, compiled?.has(bytesOf(text)) ?? false]).toEqual([text, isRight])
        if (isRight) expect(bytesMaxOf(recorded(ir, 'grammar'))).toBeGreaterThanOrEqual(text.length)
      }
    }),
    { numRuns: 250 },
  )
})

test('the mask is what the reference goes on with, which finds out by trying', () => {
  fc.assert(
    fc.property(sets, fc.array(fc.nat(), { maxLength: 24 }), (drawn, picks) => {
      const ir = irOf(drawn)
      const native = started(ir)
      if (native === null) return
      const grammar = new ReferenceGrammar(ir)
      const recogniser = new Recogniser(ir)
      let state = grammar.start
      let text = ''
      for (const pick of picks) {
        const mask = native.mask()
        const set = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => isSet(mask, byte))
        expect([text, set]).toEqual([text, grammar.nextBytes(state)])
        expect([text, native.canEnd()]).toEqual([text, grammar.isMember(state)])
        expect(recogniser.read(text).fits).toBe(text.length)
        // What goes on leads somewhere.
        if (set.length === 0) return expect(native.canEnd()).toBe(true)
        const byte = set[pick % set.length]!
        expect(native.accept(byte)).toBe(true)
        state = grammar.advance(state, byte)!
        text += String.fromCharCode(byte)
      }
    }),
    { numRuns: 120 },
  )
})

test('what nobody stands on is dropped, and those who stand somewhere go on as if nothing had been', () => {
  const names = Array.from({ length: 120 }, (_, index) => `m${index}.`)
  const ir = new IrBuilder()
  const rule = ir.declareRule('set')
  const elements = names.map((name) => {
    return { times: 'optional' as const, meets: 0, symbol: lexemeWord(ir.literal(name)) }
  })
  const marks = { open: ir.literal('('), separator: ir.literal(','), close: ir.literal(')') }
  ir.defineMembers(rule, { ...marks, min: 0, max: null, needs: 0, elements })
  const { words, bytes: literals } = ir.finish({ rule })
  // With few states to be kept, they are dropped often.
  const compiled = bytes.compile(words, literals, { statesMax: 4_000 })
  const take = (matcher: NativeMatcher, text: string): boolean =>
    [...bytesOf(text)].every((byte) => matcher.accept(byte))
  const chance = new Chance(5)
  const shuffled = <T>(list: readonly T[]): T[] => {
    const left = [...list]
    return list.map(() => left.splice(chance.below(left.length), 1)[0]!)
  }
  const kept: { matcher: NativeMatcher; seen: readonly string[] }[] = []
  for (let walk = 0; walk < 12; walk++) {
    const matcher = compiled.matcher()
    const order = shuffled(names)
    for (const [index, name] of order.entries()) {
      expect(take(matcher, `${index === 0 ? '(' : ','}${name}`)).toBe(true)
      if (index % 29 === 11) kept.push({ matcher: matcher.fork(), seen: order.slice(0, index + 1) })
    }
    expect(matcher.allows(','.charCodeAt(0))).toBe(false)
    expect(take(matcher, ')')).toBe(true)
  }
  for (const { matcher, seen } of shuffled(kept)) {
    for (const name of names) {
      expect([seen.length, name, take(matcher.fork(), `,${name}`)]).toEqual([
        seen.length,
        name,
        !seen.includes(name),
      ])
    }
  }
})

test('one out of its flat form is the same', () => {
  fc.assert(
    fc.property(sets, (drawn) => {
      const ir = irOf(drawn)
      const again = lowerConstraint(recorded(ir, 'grammar'))
      expect(new ReferenceGrammar(again).isEmpty).toBe(new ReferenceGrammar(ir).isEmpty)
      expect(again.words.length).toBe(ir.words.length)
    }),
    { numRuns: 50 },
  )
})

test('words that are no set are refused', () => {
  const good = irOf({
    elements: [{ times: 'optional', meets: 1, as: 'lexeme' }],
    ...{ min: 1, max: 3, needs: 1, isTwice: false },
  })
  fc.assert(
    fc.property(fc.nat(good.words.length - 1), fc.integer({ min: -3, max: 300 }), (at, word) => {
      const changed = Int32Array.from(good.words)
      changed[at] = word
      for (const encoded of [changed, good.words.subarray(0, at)]) {
        try {
          bytes.compile(Int32Array.from(encoded), good.bytes).matcher().mask()
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^CONSTRAINT_/)
        }
      }
    }),
    { numRuns: 400 },
  )
})
