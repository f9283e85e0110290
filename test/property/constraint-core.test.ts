// The laws of the native constraint core through its JavaScript face, over a small vocabulary with awkward tokens and
// over a real one. test/fuzz/constraint-core.cc tries the same laws far more often, without JavaScript.
import fc from 'fast-check'
import { ConstraintError, UsageError } from '../../lib/base/errors.js'
import type { NativeMatcher, NativeVocab } from '../../lib/native/addon.js'
import { createVocab } from '../../lib/native/native.js'
import { bytesOf, encode, isSet, type Make } from '../support/ir-of.js'

const words = ['ab', 'abc', 'ba', 'cab', 'é', 'aé', 'ab', '", "', '"a', 'b"', 'aaaaaaaa', 'a'.repeat(257)]
const broken = [Uint8Array.of(0x61, 0xc3), Uint8Array.of(0xa9, 0x61)]
const small = createVocab({
  tokens: [
    ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    ...words.map(bytesOf),
    ...broken,
    bytesOf('<s>'),
    bytesOf('</s>'),
  ],
  special: [270, 271],
  eog: [271],
})
const eog = 271

const leaf: fc.Arbitrary<Make> = fc.oneof(
  fc.constantFrom('a', 'b', 'ab', 'abc', 'é', '"', ', ').map(
    (text): Make =>
      (ir) =>
        ir.literal(text),
  ),
  fc.constantFrom<Make>(
    (ir) => ir.class([[97, 99]]),
    (ir) => ir.class([[97, 0x7ff]]),
    (ir) => ir.classExcept([[34, 34]]),
    (ir) => ir.any(),
  ),
)

const expressions: fc.Arbitrary<Make> = fc.letrec<{ node: Make }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.tuple(tie('node'), tie('node')).map(
      ([x, y]): Make =>
        (ir) =>
          ir.concat(x(ir), y(ir)),
    ),
    fc.tuple(tie('node'), tie('node')).map(
      ([x, y]): Make =>
        (ir) =>
          ir.alt(x(ir), y(ir)),
    ),
    fc.tuple(tie('node'), tie('node')).map(
      ([x, y]): Make =>
        (ir) =>
          ir.and(x(ir), ir.not(y(ir))),
    ),
    fc.tuple(tie('node'), fc.nat(2), fc.option(fc.nat(3))).map(
      ([x, min, more]): Make =>
        (ir) =>
          ir.repeat(x(ir), min, more === null ? null : min + more),
    ),
  ),
})).node

// Rules 0..2, each alternative a list of lexemes (>= 3) and rules (< 3).
const grammars = fc.tuple(
  fc.array(expressions, { minLength: 2, maxLength: 3 }),
  fc.array(fc.array(fc.array(fc.nat(5), { maxLength: 3 }), { minLength: 1, maxLength: 3 }), {
    minLength: 3,
    maxLength: 3,
  }),
)

const constraints = fc.oneof(
  expressions.map((make) => encode([make], null)),
  grammars.map(([lexemes, rules]) => encode(lexemes, rules)),
)

function allowedBy(matcher: NativeMatcher, vocab: NativeVocab): number[] {
  const mask = matcher.mask()
  return Array.from({ length: vocab.size }, (_, token) => token).filter((token) => isSet(mask, token))
}

const stateOf = (matcher: NativeMatcher) => ({
  mask: matcher.mask(),
  canEnd: matcher.canEnd(),
  isEnded: matcher.isEnded(),
  forced: matcher.forced(),
  valueLength: matcher.valueLength(),
  suffixLength: matcher.suffixLength(),
  tokenCount: matcher.tokenCount(),
})

/** Null where the constraint has no member at all. */
function start(ir: ReturnType<typeof encode>, prefix: string, suffix: string | null): NativeMatcher | null {
  try {
    return small
      .compile(ir.words, ir.bytes)
      .matcher(bytesOf(prefix), suffix === null ? null : bytesOf(suffix))
  } catch (error) {
    if (error instanceof ConstraintError && error.code === 'CONSTRAINT_EMPTY') return null
    throw error
  }
}

const holes = fc.record({
  ir: constraints,
  prefix: fc.constantFrom('', '', 'a', 'ab"'),
  suffix: fc.constantFrom(null, null, '"', '", "', 'a', 'aab'),
  picks: fc.array(fc.nat(), { maxLength: 6 }),
  back: fc.nat(),
})

// Very ambiguous grammars may be refused for a token of 257 bytes; they are not counted as runs.
function lawful(check: (hole: typeof holes extends fc.Arbitrary<infer Hole> ? Hole : never) => void) {
  return fc.property(holes, (hole) => {
    let refused = false
    try {
      check(hole)
    } catch (error) {
      refused = error instanceof ConstraintError && error.code === 'CONSTRAINT_TOO_COMPLEX'
      if (!refused) throw error
    }
    fc.pre(!refused)
  })
}

describe('a matcher over a small vocabulary', () => {
  test('the mask is exactly the set of tokens it allows, and accepts', () => {
    fc.assert(
      lawful(({ ir, prefix, suffix, picks }) => {
        const matcher = start(ir, prefix, suffix)
        if (matcher === null) return
        for (const pick of picks) {
          const mask = matcher.mask()
          for (let token = 0; token < small.size; token++) {
            expect([token, matcher.allows(token)]).toEqual([token, isSet(mask, token)])
            expect([token, matcher.fork().accept(token)]).toEqual([token, isSet(mask, token)])
          }
          expect(matcher.allows(eog)).toBe(matcher.canEnd())
          const allowed = allowedBy(matcher, small)
          if (allowed.length === 0) expect(matcher.isEnded()).toBe(true)
          if (allowed.length === 0 || !matcher.accept(allowed[pick % allowed.length]!)) return
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  test('rolling back is as if the tokens had never been, and forks go their own ways', () => {
    fc.assert(
      lawful(({ ir, prefix, suffix, picks, back }) => {
        const matcher = start(ir, prefix, suffix)
        if (matcher === null) return
        const states = [stateOf(matcher)]
        for (const pick of picks) {
          const allowed = allowedBy(matcher, small)
          if (allowed.length === 0) break
          const other = matcher.fork()
          other.accept(allowed[(pick >> 3) % allowed.length]!)
          expect(stateOf(matcher)).toEqual(states.at(-1))
          expect(matcher.accept(allowed[pick % allowed.length]!)).toBe(true)
          states.push(stateOf(matcher))
          other.dispose()
        }
        const kept = back % states.length
        const fork = matcher.fork()
        fork.rollback(states.length - 1 - kept)
        expect(stateOf(fork)).toEqual(states[kept])
        expect(stateOf(matcher)).toEqual(states.at(-1))
      }),
      { numRuns: 180 },
    )
  })

  test('forced bytes are the beginning of whatever is accepted next', () => {
    fc.assert(
      lawful(({ ir, prefix, suffix, picks }) => {
        const matcher = start(ir, prefix, suffix)
        if (matcher === null) return
        for (const pick of picks) {
          const forced = Buffer.from(matcher.forced())
          const allowed = allowedBy(matcher, small).filter((token) => token !== eog)
          for (const token of allowed) {
            const bytes = Buffer.from(small.tokenBytes(token))
            const common = Math.min(bytes.length, forced.length)
            expect(bytes.subarray(0, common)).toEqual(forced.subarray(0, common))
          }
          if (allowed.length === 0) return
          matcher.accept(allowed[pick % allowed.length]!)
        }
      }),
      { numRuns: 180 },
    )
  })
})

describe('where a value ends', () => {
  const letters = encode([(ir) => ir.repeat(ir.class([[97, 122]]), 0, null)], null)
  const take = (matcher: NativeMatcher, text: string) => {
    for (const byte of bytesOf(text)) expect(matcher.accept(byte)).toBe(true)
    return [matcher.isEnded(), matcher.canEnd(), matcher.valueLength(), matcher.suffixLength()]
  }

  test.each([
    ['nothing follows', null, 'abc', [false, true, 3, 0]],
    ['a suffix the value can not hold', ', "b"', 'ab,', [true, false, 2, 1]],
    ['more of such a suffix', ', "b"', 'ab, ', [true, false, 2, 2]],
    ['all of a suffix the value could hold', 'xy', 'axy', [true, false, 1, 2]],
    ['a part of one', 'xy', 'axz', [false, true, 3, 0]],
    ['a second start of one', 'xxy', 'axxxy', [true, false, 2, 3]],
  ])('%s', (_name, suffix, text, state) => {
    const matcher = start(letters, '', suffix)!
    expect(take(matcher, text)).toEqual(state)
  })

  test('only the first 64 bytes of a suffix count', () => {
    const matcher = start(letters, '', `.${'x'.repeat(99)}`)!
    expect(take(matcher, `ab.${'x'.repeat(63)}`)).toEqual([true, false, 2, 64])
    expect(allowedBy(matcher, small)).toEqual([])
  })

  test('a token may be the end of the value and the start of the suffix, and not run past it', () => {
    const text = encode([(ir) => ir.repeat(ir.classExcept([[34, 34]]), 0, null)], null)
    const ending = (suffix: string) => start(text, '', suffix)!
    expect(ending('", "x').allows(256 + words.indexOf('", "'))).toBe(true)
    expect(ending('", "').allows(256 + words.indexOf('", "'))).toBe(true)
    expect(ending('", ').allows(256 + words.indexOf('", "'))).toBe(false)
  })

  test('a prefix comes first and is not part of the value', () => {
    const matcher = start(letters, 'ab', null)!
    expect(matcher.canEnd()).toBe(false)
    expect(Buffer.from(matcher.forced()).toString()).toBe('ab')
    expect(allowedBy(matcher, small)).toEqual([97, 256, 257, 262])
    expect(take(matcher, 'abz')).toEqual([false, true, 1, 0])
  })

  test('after an end token nothing is allowed', () => {
    const matcher = start(letters, '', null)!
    take(matcher, 'ab')
    expect(matcher.accept(eog)).toBe(true)
    expect(stateOf(matcher)).toMatchObject({ isEnded: true, canEnd: false, valueLength: 2, tokenCount: 3 })
    expect(allowedBy(matcher, small)).toEqual([])
    matcher.rollback(1)
    expect(matcher.canEnd()).toBe(true)
  })
})

describe('refusals', () => {
  const compile = (make: Make, limits?: { statesMax?: number; fuelMax?: number }) => () => {
    const { words: encoded, bytes } = encode([make], null)
    return small.compile(encoded, bytes, limits).matcher().mask()
  }

  test('an empty language', () => {
    expect(compile((ir) => ir.and(ir.literal('a'), ir.literal('b')))).toThrow(
      expect.objectContaining({ code: 'CONSTRAINT_EMPTY' }),
    )
    expect(() => start(encode([(ir) => ir.literal('a')], [[[0, 3]]]), '', null)).not.toThrow()
    expect(start(encode([(ir) => ir.literal('a')], [[[0, 3]]]), '', null)).toBeNull()
  })

  test.each<[string, Make]>([
    ['100,000 optional parts', (ir) => ir.concat(...Array(100_000).fill(ir.optional(ir.class([[97, 98]]))))],
    [
      '100,000 words',
      (ir) => ir.alt(...Array.from({ length: 100_000 }, (_, index) => ir.literal(`w${index * 7919}`))),
    ],
    ['a megabyte of text', (ir) => ir.literal('abcdefgh'.repeat(131_072))],
    [
      '100,000 levels of nesting',
      (ir) => {
        let node = ir.literal('a')
        for (let level = 0; level < 100_000; level++) node = ir.optional(ir.concat(node, ir.literal('b')))
        return node
      },
    ],
    [
      '100,000 complements in each other',
      (ir) => {
        let node = ir.literal('a')
        for (let level = 0; level < 100_000; level++) node = ir.not(ir.concat(node, ir.literal('b')))
        return node
      },
    ],
    [
      'forty conditions at once',
      (ir) =>
        ir.and(
          ...Array.from({ length: 40 }, (_, index) =>
            ir.concat(
              ir.any(),
              ir.literal(String.fromCharCode(97 + (index % 26), 98 + index / 26)),
              ir.any(),
            ),
          ),
        ),
    ],
    [
      'repeats of repeats',
      (ir) => {
        let node = ir.class([[97, 98]])
        for (let level = 0; level < 12; level++) node = ir.repeat(ir.concat(node, ir.any()), 0, 1000)
        return node
      },
    ],
  ])('%s: a result, or a refusal with its reason', (_name, make) => {
    try {
      expect(compile(make)()).toHaveLength(9)
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONSTRAINT_TOO_COMPLEX' })
    }
  })

  test('limits are obeyed, and the same constraint compiles without them', () => {
    const make: Make = (ir) => ir.repeat(ir.alt(ir.literal('ab'), ir.class([[97, 100]])), 3, 40)
    expect(compile(make, { statesMax: 3 })).toThrow(
      expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }),
    )
    expect(compile(make, { fuelMax: 5 })).toThrow(expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }))
    expect(compile(make)).not.toThrow()
  })

  test('words that are no constraint', () => {
    const good = encode([(ir) => ir.concat(ir.literal('ab'), ir.class([[97, 99]]))], null)
    fc.assert(
      fc.property(
        fc.nat(good.words.length - 1),
        fc.integer(),
        fc.nat(good.words.length),
        (at, word, length) => {
          const changed = Int32Array.from(good.words)
          changed[at] = word
          for (const encoded of [changed, changed.subarray(0, length), good.words.subarray(0, length)]) {
            try {
              small.compile(Int32Array.from(encoded), good.bytes).matcher().mask()
            } catch (error) {
              expect(error).toBeInstanceOf(ConstraintError)
            }
          }
        },
      ),
      { numRuns: 180 },
    )
  })

  test('wrong arguments', () => {
    const matcher = start(encode([(ir) => ir.any()], null), '', null)!
    for (const token of [-1, 1.5, small.size, Number.NaN, '1', null, undefined, {}]) {
      expect(() => matcher.accept(token as number)).toThrow(UsageError)
      expect(() => matcher.allows(token as number)).toThrow(UsageError)
    }
    for (const count of [-1, 1, 0.5, Number.POSITIVE_INFINITY, '0', null]) {
      expect(() => matcher.rollback(count as number)).toThrow(UsageError)
    }
    matcher.dispose()
    matcher[Symbol.dispose]()
    expect(() => matcher.mask()).toThrow(expect.objectContaining({ code: 'DISPOSED' }))
  })
})
