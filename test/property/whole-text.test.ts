// Texts and their tokens, apart from any run, on real vocabularies. Judges that reading tokens gives the text again,
// that the tokens are those the whole text has at once, and that long texts leave others their turns.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { Pace } from '../../lib/async/pace.js'
import { loadVocab, type Vocab } from '../../lib/constraint/constraint.js'
import { textTokens, tokensText } from '../../lib/engine/local/write/whole-text.js'
import { prepareLlamaHeaders } from '../../scripts/llama-headers.mjs'
import { vocabularyOf } from '../support/vocabulary-of.js'

const folder = path.join(prepareLlamaHeaders(), 'models')
const files = readdirSync(folder).filter((name) => name.endsWith('.gguf'))
const pace = () => new Pace(new AbortController().signal)
const encoder = new TextEncoder()

test('there are vocabularies of several kinds', () => expect(files.length).toBeGreaterThanOrEqual(6))

describe.each(files)('%s', (file) => {
  let vocab: Vocab
  beforeAll(async () => {
    vocab = await loadVocab(path.join(folder, file))
  })
  afterAll(() => vocab.dispose())

  const back = async (text: string, special: 'text' | 'read' = 'text') => {
    const vocabulary = vocabularyOf(vocab)
    return tokensText(vocabulary, await textTokens(vocabulary, text, special, pace()), pace())
  }

  test('tokens give the text again', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom(
        ' ',
        '  ',
        '\n',
        '\t',
        '\r\n',
        ' a',
        '<s>',
        '</s>',
        '<|im_end|>',
        '\uFEFF',
        '\u2581',
        "'s",
        '12',
      ),
    )
    const texts = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        // Refact has no token for some bytes.
        const refused = (error: Error) => (error.message.includes("can't spell") ? text : error.message)
        const isWhole = !file.includes('refact')
        expect(await (isWhole ? back(text) : back(text).catch(refused))).toBe(text)
      }),
      { numRuns: 120 },
    )
  })

  test('a long text has the tokens it has at once', async () => {
    const vocabulary = vocabularyOf(vocab)
    const text = Array.from({ length: 12_000 }, (_, index) => `Line ${index}, is it one?\n  Yes. `).join('')
    const tokens = await textTokens(vocabulary, text, 'text', pace())
    const space = vocabulary.addsSpace ? ' ' : ''
    expect(tokens).toEqual(vocabulary.tokenize(encoder.encode(space + text)))
    expect(await tokensText(vocabulary, tokens, pace())).toBe(text)
  })

  test('special tokens are read where that is asked for', async () => {
    const vocabulary = vocabularyOf(vocab)
    const special = Array.from({ length: vocabulary.size }, (_, token) => token).find(
      (token) => vocabulary.isSpecial(token) && vocabulary.specialText(token).length > 2,
    )!
    const name = new TextDecoder().decode(vocabulary.specialText(special))
    const text = `one${name}two`
    const read = await textTokens(vocabulary, text, 'read', pace())
    expect([...read]).toContain(special)
    expect([...(await textTokens(vocabulary, text, 'text', pace()))]).not.toContain(special)
    expect(await back(text, 'read')).toBe(text)
  })
})

test('megabytes leave others their turns', async () => {
  const vocab = await loadVocab(path.join(folder, 'ggml-vocab-qwen2.gguf'))
  const text = 'The quick brown fox jumps over the lazy dog.\n'.repeat(50_000)
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const tokens = await textTokens(vocabularyOf(vocab), text, 'text', pace())
  isOver = true
  expect(tokens.length).toBeGreaterThan(400_000)
  expect(turns).toBeGreaterThan(10)
  const gaveUp = new AbortController()
  const reading = textTokens(vocabularyOf(vocab), text, 'text', new Pace(gaveUp.signal))
  gaveUp.abort()
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  vocab.dispose()
})
