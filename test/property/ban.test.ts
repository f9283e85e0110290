// Banned texts beside constraints. Judges masks, single tokens and forced bytes of the addon by a naive twin, on random
// texts over few letters and on real vocabularies, at joints, with prefixes, suffixes and ends.
import fc from 'fast-check'
import { choice } from '../../lib/constraint/choice.js'
import type { Constraint } from '../../lib/constraint/constraint-type.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { regex } from '../../lib/constraint/regex.js'
import { text, until } from '../../lib/constraint/text.js'
import type { Ban, NativeMatcher, NativeVocab } from '../../lib/native/addon.js'
import { createVocab } from '../../lib/native/native.js'
import { bannedMatcher } from '../support/banned-text.js'
import { disposeVocabularies, realVocabulary } from '../support/real-vocabularies.js'

afterAll(disposeVocabularies)

const bytes = (one: string): Uint8Array => Buffer.from(one)
const letters = ['a', 'b', 'c', 'aa', 'ab', 'ba', 'abc', 'bca', 'cab', 'aab', 'abab', 'ccc', 'cb', 'é', 'bé']
const eog = letters.length
const small = createVocab({
  tokens: [...letters.map(bytes), bytes('<end>')],
  special: [eog],
  eog: [eog],
})

function bits(mask: Uint32Array, size: number): number[] {
  return Array.from({ length: size }, (_, token) => token).filter(
    (token) => (mask[token >> 5]! >>> (token & 31)) & 1,
  )
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 })
const constraints: fc.Arbitrary<(suffix: string, ends: readonly string[]) => Constraint> = fc.constantFrom(
  (suffix: string, ends: readonly string[]) =>
    ends.length > 0 ? until([...ends]) : suffix === '' ? text() : until(suffix),
  () => regex(/(a|b|cab)*/),
  () => choice(['abc', 'abcab', 'b', 'cc']),
)

const cases = fc.record({
  constraint: constraints,
  texts: fc.array(word, { minLength: 1, maxLength: 4 }),
  literal: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 }),
  cut: fc.nat({ max: 3 }),
  suffix: fc.oneof(fc.constant(''), word),
  steps: fc.array(fc.nat({ max: 1000 }), { maxLength: 8 }),
})

/** Walks both as far as there are steps; the same at each. */
function walkBoth(
  vocab: NativeVocab,
  native: NativeMatcher,
  judge: NativeMatcher,
  steps: readonly number[],
): void {
  for (const step of [...steps, 0]) {
    const allowed = bits(judge.mask(), vocab.size)
    expect(bits(native.mask(), vocab.size)).toEqual(allowed)
    expect(native.canEnd()).toBe(judge.canEnd())
    expect(Buffer.from(native.forced())).toEqual(Buffer.from(judge.forced()))
    for (let token = 0; token < vocab.size; token += 1)
      expect(native.allows(token)).toBe(allowed.includes(token))
    const next = allowed[step % Math.max(1, allowed.length)]
    if (next === undefined) return
    const fork = native.fork()
    expect(fork.accept(next)).toBe(true)
    fork.rollback(1)
    expect(bits(fork.mask(), vocab.size)).toEqual(allowed)
    fork.dispose()
    expect([native.accept(next), judge.accept(next)]).toEqual([true, true])
  }
}

test('as the twin says, whatever is banned', () => {
  fc.assert(
    fc.property(cases, ({ constraint: make, texts, literal, cut, suffix, steps }) => {
      const { words, bytes: packed } = lowerConstraint(make(suffix, []))
      const constraint = small.compile(words, packed)
      const prefix = bytes(literal.slice(Math.max(0, literal.length - cut)))
      const after = suffix === '' ? null : bytes(suffix)
      const ban: Ban = {
        texts: texts.map(bytes),
        ends: after === null ? [] : [after],
        before: bytes(literal),
      }
      const native = constraint.matcher(prefix, after, ban)
      const judge = bannedMatcher(constraint.matcher(prefix, after), ban, prefix.length, small)
      // Mid-value text that only looks like the suffix is another thing to the addon, which knows the constraint.
      const isText = make(suffix, []).kind === 'text' || make(suffix, []).kind === 'until'
      if (after === null || isText) walkBoth(small, native, judge, steps)
    }),
    { numRuns: 300 },
  )
})

test('a text is not finished, begun, or held by a token', async () => {
  const vocab = await realVocabulary('qwen2')
  const { words, bytes: packed } = lowerConstraint(text())
  const constraint = vocab.compile(words, packed)
  const ban: Ban = { texts: [bytes('As an AI'), bytes(' model')], ends: [], before: bytes('Well. As an') }
  const native = constraint.matcher(new Uint8Array(0), null, ban)
  const judge = bannedMatcher(constraint.matcher(), ban, 0, vocab)
  const name = (token: number): string => Buffer.from(vocab.tokenBytes(token)).toString()
  for (const step of [' A', 'n', ' As', ' an', ' A', 'T', ' mode', 'r']) {
    const [mine, expected] = [native.mask(), judge.mask()]
    expect(mine).toEqual(expected)
    const [token] = vocab.tokenize(bytes(step))
    expect(name(token!)).toBe(step)
    expect([native.accept(token!), judge.accept(token!)]).toEqual([true, true])
  }
})

test('a literal may hold what is banned, and ends the value all the same', () => {
  const { words, bytes: packed } = lowerConstraint(until('cab'))
  const constraint = small.compile(words, packed)
  const ban: Ban = { texts: [bytes('ca')], ends: [bytes('cab')], before: bytes('') }
  const native = constraint.matcher(new Uint8Array(0), bytes('cab'), ban)
  const accepts = (one: string): boolean => native.accept(letters.indexOf(one))
  expect([accepts('c'), accepts('a')]).toEqual([true, true])
  // Now only the literal may come, and the model can't end before it has.
  expect(bits(native.mask(), small.size)).toEqual([letters.indexOf('b')])
  expect(native.canEnd()).toBe(false)
  expect(accepts('b')).toBe(true)
  expect(native.isEnded()).toBe(true)
  expect([native.valueLength(), native.suffixLength()]).toEqual([0, 3])
})

test('mistakes are refused', () => {
  const { words, bytes: packed } = lowerConstraint(text())
  const constraint = small.compile(words, packed)
  const make = (ban: unknown) => () => constraint.matcher(undefined, null, ban as Ban)
  const sound = { texts: [bytes('a')], ends: [], before: bytes('') }
  for (const ban of [
    5,
    {},
    { ...sound, texts: ['a'] },
    { ...sound, texts: [bytes('')] },
    { ...sound, before: 'x' },
  ]) {
    expect(make(ban)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }))
  }
  expect(make(sound)).not.toThrow()
})
