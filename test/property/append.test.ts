// Goal: text appended slice by slice has the tokens of the whole, stops soon behind the context's end, and gives others
// their turns. Method: real vocabularies, texts that cut badly, slices of every length; and a vocabulary that counts.
import fc from 'fast-check'
import { Pace } from '../../lib/async/pace.js'
import { isUnicodeText } from '../../lib/base/seen.js'
import type { SessionContext } from '../../lib/engine/local/session-context.js'
import { Appended } from '../../lib/engine/local/text/appended.js'
import type { Spelled } from '../../lib/engine/local/text/position.js'
import { firstTokens, origin, textIn } from '../../lib/engine/local/text/tokens.js'
import { appendLiteral } from '../../lib/engine/local/tokens/boundary.js'
import { joinTokenBytes } from '../../lib/engine/local/tokens/text.js'
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import { appendText, textSlices } from '../../lib/engine/local/write/append.js'
import { texts } from '../support/boundary-properties.js'
import { fakeVocabulary } from '../support/fake-vocabulary.js'
import { disposeVocabularies, realVocabulary, vocabularyNames } from '../support/real-vocabularies.js'
import { vocabularyOf } from '../support/vocabulary-of.js'

afterAll(disposeVocabularies)

function contextOf(vocabulary: Vocabulary, signal = new AbortController().signal): SessionContext {
  return { vocabulary, appended: new Appended(), pace: new Pace(signal) } as unknown as SessionContext
}

function emptyText(vocabulary: Vocabulary): Spelled {
  return { ...firstTokens(vocabulary, null), overrun: 0, dropped: null }
}

/** The tokens with a text behind them, tokenised at once. */
function added(vocabulary: Vocabulary, tokens: Int32Array, text: string): Int32Array {
  const edit = appendLiteral(vocabulary, tokens, new TextEncoder().encode(text))
  return Int32Array.of(...tokens.subarray(0, edit.keep), ...edit.added)
}

const literal = (text: string) => ({ text, as: 'given' }) as const
const bad = {
  spaces: ' ',
  'a letter': 'a',
  digits: '1234567890',
  'line ends': '\r\n',
  'line ends and spaces': ' \n  \r\n\t',
  'signs that no token joins': 'x²y³',
  'a script without spaces': '今日は天気がいいので',
  'characters of two units': '👩‍👩‍👧‍👦😀',
  words: 'the order is here, ',
  'a word that grows': 'internationalisation',
}

describe.each(vocabularyNames)('over %s', (name) => {
  test.each(Object.entries(bad))('%s, again and again', async (_, unit) => {
    const vocabulary = vocabularyOf(await realVocabulary(name))
    const text = unit.repeat(Math.ceil(36_000 / unit.length))
    const start = emptyText(vocabulary)
    const whole = added(vocabulary, start.tokens, text)
    const sliced = await appendText(contextOf(vocabulary), start, literal(text), 1 << 20)
    expect(sliced?.tokens.join()).toBe(whole.join())
    expect(new Set(sliced?.origins.subarray(start.tokens.length))).toEqual(new Set([origin.given]))
  })

  test('slices of any length', async () => {
    const vocabulary = vocabularyOf(await realVocabulary(name))
    const start = emptyText(vocabulary)
    fc.assert(
      fc.property(
        fc.array(texts, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (list, length) => {
          const text = list.join('')
          let { tokens } = start
          for (const slice of textSlices(text, length)) tokens = added(vocabulary, tokens, slice)
          expect(tokens.join()).toBe(added(vocabulary, start.tokens, text).join())
        },
      ),
      { numRuns: 100 },
    )
  })
})

test('slices are whole characters and the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 5 }), (text, length) => {
      const slices = [...textSlices(text, length)]
      expect(slices.join('')).toBe(text)
      expect(slices.every((slice) => isUnicodeText(slice))).toBe(isUnicodeText(text))
      expect(slices.every((slice) => slice.length <= Math.max(length, text.length / 4) + 1)).toBe(true)
    }),
  )
})

test('of a text that is too long no more is tokenised than the context reaches', async () => {
  const plain = fakeVocabulary({ addsBos: true })
  let bytes = 0
  const vocabulary = {
    ...plain,
    tokenize: (text: Uint8Array) => {
      bytes += text.length
      return plain.tokenize(text)
    },
  }
  const start = emptyText(vocabulary)
  let turns = 0
  const count = (): void => {
    turns += 1
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  expect(await appendText(contextOf(vocabulary), start, literal('x'.repeat(10_000_000)), 100_000)).toBeNull()
  clearImmediate(next)
  expect(bytes).toBeLessThan(8 * 130_000)
  // A turn for others at every 64 KB.
  expect(turns).toBeGreaterThanOrEqual(1)
  const fits = await appendText(contextOf(vocabulary), start, literal('x'.repeat(60_000)), 100_000)
  expect(textIn(joinTokenBytes(vocabulary, fits!.tokens))).toHaveLength(60_000)
})

test('an abort is seen between two slices', async () => {
  const vocabulary = fakeVocabulary({ addsBos: true })
  const control = new AbortController()
  setImmediate(() => control.abort(new Error('enough')))
  const start = emptyText(vocabulary)
  const appended = appendText(contextOf(vocabulary, control.signal), start, literal('x'.repeat(1e6)), 1e7)
  await expect(appended).rejects.toMatchObject({ code: 'ABORTED' })
})
