// Goal: whatever a transcript is put together from, its tokens are those the model's own tokenizer gives for the whole.
// Method: texts cut at random places and joined again by the functions under test, on three real vocabularies; holes
// are "filled" by a drawer that always takes the canonical token.
import fc from 'fast-check'
import { choice } from '../../lib/constraint/choice.js'
import { compile } from '../../lib/constraint/compile.js'
import type { Vocab } from '../../lib/constraint/constraint.js'
import type { Constraint } from '../../lib/constraint/constraint-type.js'
import { literalStop } from '../../lib/constraint/literal-stop.js'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { integer } from '../../lib/constraint/number.js'
import { until } from '../../lib/constraint/text.js'
import { appendLiteral, openHole } from '../../lib/engine/local/tokens/boundary.js'
import {
  appended,
  appendIsCanonical,
  applied,
  bytesOf,
  forcedIsCanonical,
  keptIsBeginning,
  pieces,
  shown,
  texts,
  tokenizedFirst,
} from '../support/boundary-properties.js'
import { disposeVocabularies, realVocabulary, vocabularyNames } from '../support/real-vocabularies.js'
import { vocabularyOf } from '../support/vocabulary-of.js'

afterAll(disposeVocabularies)

describe.each(vocabularyNames)('over %s', (name) => {
  let vocab: Vocab
  beforeAll(async () => {
    vocab = await realVocabulary(name)
  })

  const nowhere = new Int32Array(0)

  test.each([
    [
      'white space, which is cut by what follows it',
      ['रुपये का है।\n', ' \n  \n   \n\r\n', '\r\n ', '\t \t end', '.', '\n', '\n   ', '\n'],
    ],
    [
      'digits, which are grouped from one end of their number, with signs that no token joins',
      ['x² ≤ y³01', '23456789012345', '6789012345678901234567', '89 1 ', '12 123 1234 123', '4', '5'],
    ],
    ['a sign before a word, which belongs to the signs before it', ['😀,', 'b', ' ("', 'c', '٣…/', 'x']],
  ])('literals are cut anew within %s', (_, list) => {
    const whole = tokenizedFirst(vocab, list.join(''))
    expect(shown(vocab, appended(vocab, nowhere, list))).toEqual(shown(vocab, whole))
  })

  test('literals appended one by one are tokenised as their whole', () => {
    fc.assert(appendIsCanonical(vocab), { numRuns: 150 })
  })

  test('a special token is a wall', () => {
    const special = Array.from({ length: vocab.size }, (_, token) => token).filter((token) =>
      vocab.isSpecial(token),
    )
    fc.assert(
      fc.property(texts, pieces, fc.constantFrom(...special), (before, list, wall) => {
        const head = Int32Array.from([...vocab.tokenize(before), wall])
        const tokens = appended(vocab, head, list)
        expect([...tokens]).toEqual([...head, ...tokenizedFirst(vocab, list.join(''))])
        expect(openHole(vocabularyOf(vocab), tokens).keep).toBeGreaterThanOrEqual(head.length)
      }),
      { numRuns: 50 },
    )
  })

  test('forced bytes become the tokens of the whole text, whatever follows them', () => {
    fc.assert(forcedIsCanonical(vocab), { numRuns: 300 })
  })

  test('what stays before a hole is the beginning of every text that goes on', () => {
    fc.assert(keptIsBeginning(vocab), { numRuns: 300 })
  })

  test('drawn tokens that are not canonical stay where the literal changes nothing', () => {
    const letters = Int32Array.from([...'Hello there'].flatMap((letter) => [...vocab.tokenize(letter)]))
    const edit = appendLiteral(vocabularyOf(vocab), letters, bytesOf('. Bye'))
    expect(edit.keep).toBe(letters.length)
    expect(shown(vocab, applied(letters, edit)).join('')).toBe('Hello there. Bye')
  })

  test('bytes that tokens stood for are spelled anew without a second space in front', () => {
    const [start, ...first] = canonical('Hello')
    const bytes = Buffer.concat(first.map((token) => vocab.tokenBytes(token)))
    const edit = appendLiteral(vocabularyOf(vocab), Int32Array.of(start!), bytes, { isSpelled: true })
    expect([...edit.added]).toEqual(first)
  })

  /** A transcript that begins with this text. */
  function canonical(text: string): Int32Array {
    const start = vocab.bos ?? vocab.eos!
    return Int32Array.of(start, ...tokenizedFirst(vocab, text))
  }

  /** Takes canonical tokens of the whole text until the hole has ended, then closes it. */
  function fill(before: string, constraint: Constraint, value: string, after: string): Int32Array {
    const vocabulary = vocabularyOf(vocab)
    const whole = canonical(before + value + after)
    const compiled = compile(constraint, vocab)
    const native = vocabulary.compile(lowerConstraint(constraint))
    const opening = openHole(vocabulary, canonical(before), { constraint: native, suffix: bytesOf(after) })
    const matcher = compiled.matcher(opening.prefix, after)
    let tokens = canonical(before).slice(0, opening.keep)
    expect(shown(vocab, tokens)).toEqual(shown(vocab, whole.subarray(0, opening.keep)))
    while (!matcher.isEnded()) {
      const next = whole[tokens.length]
      // The value ends the text so far as it stands; a model would draw its end-of-generation token here.
      if (next === undefined) break
      expect([tokens.length, shown(vocab, Int32Array.of(next)), matcher.accept(next)]).toEqual([
        tokens.length,
        shown(vocab, Int32Array.of(next)),
        true,
      ])
      tokens = Int32Array.from([...tokens, next])
    }
    expect(matcher.valueLength()).toBe(Buffer.byteLength(value))
    return applied(tokens, appendLiteral(vocabulary, tokens, bytesOf(after).subarray(matcher.suffixLength())))
  }

  const free = (after: string): Constraint => until(literalStop(after))
  const words = ['billing', 'yes', 'Ünder', '日本', '42', 'x', 'two words', '-', '😀', 'internationalisation']

  test.each(['\n', '\nAge: ', ', ', '.', ' is', ')\n'])('`Key: ⟦v⟧%j` is canonical', (after) => {
    for (const key of ['Key', 'Customer', 'Größe', 'x']) {
      for (const value of words) {
        for (const constraint of [choice([value, 'other', `${value}s`]), free(after)]) {
          const whole = `${key}: ${value}${after}`
          if (constraint.kind === 'until' && value.includes(literalStop(after))) continue
          expect(shown(vocab, fill(`${key}: `, constraint, value, after))).toEqual(
            shown(vocab, canonical(whole)),
          )
        }
      }
    }
  })

  test('`{"k": ⟦v⟧, …` and `"⟦v⟧"` are canonical', () => {
    for (const value of ['0', '7', '42', '-3', '2024', '99999', '-123456']) {
      for (const after of [', "b": 1}', '}', '\n}', ',"b":1}']) {
        const filled = fill('{"k": ', integer(), value, after)
        expect(shown(vocab, filled)).toEqual(shown(vocab, canonical(`{"k": ${value}${after}`)))
      }
    }
    for (const value of words) {
      for (const after of ['"', '"}', '", "b": 1}', '"\n', '",']) {
        const filled = fill('{"k": "', free(after), value, after)
        expect(shown(vocab, filled)).toEqual(shown(vocab, canonical(`{"k": "${value}${after}`)))
      }
    }
  })

  test('`⟦v⟧` at the beginning is canonical, its value without the space some vocabularies put in front', () => {
    for (const value of words) {
      for (const after of ['\n', '. Next', '']) {
        const filled = fill('', choice([value, `${value}s`]), value, after)
        expect(shown(vocab, filled)).toEqual(shown(vocab, canonical(value + after)))
      }
    }
  })

  test('`http:⟦…⟧` is canonical', () => {
    for (const value of ['//example.org/a?b=1', '//localhost:8080', '/x', 's']) {
      for (const after of ['\n', '">link</a>', ' for more']) {
        const filled = fill('See http:', free(after), value, after)
        expect(shown(vocab, filled)).toEqual(shown(vocab, canonical(`See http:${value}${after}`)))
      }
    }
  })
})

test('byte-fallback text and cut characters survive every joint', async () => {
  const vocab = await realVocabulary('llama-spm')
  const vocabulary = vocabularyOf(vocab)
  const bytes = bytesOf('𐀀🜁\u0007')
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const tokens = vocab.tokenize(bytes.subarray(0, cut))
    const joined = applied(tokens, appendLiteral(vocabulary, tokens, bytes.subarray(cut)))
    expect(
      Buffer.concat(Array.from(joined, (token) => vocab.tokenBytes(token))).equals(Buffer.from(bytes)),
    ).toBe(true)
  }
})
