// Tokens of real vocabularies. Judges that tokenizing is canonical as in the middle of a text: bytes in are bytes out,
// no space is put in front, and text of control tokens stays text unless asked for.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createVocab, type ExpertModel, openModel } from '../../lib/native/native.js'
import { writeGguf } from '../../scripts/gguf-writer.mjs'
import {
  disposeVocabularies,
  realVocabulary,
  type VocabularyName,
  vocabularyPath,
} from '../support/real-vocabularies.js'
import { ids, textOf, tokensOf } from './demo.js'

afterAll(disposeVocabularies)

// Figures of the published tokenizers; for SentencePiece without the space it puts before a document.
const known: [VocabularyName, string, number[]][] = [
  ['llama-spm', 'Hello world', [10994, 3186]],
  ['llama-spm', ' Hello', [15043]],
  ['llama-spm', '\n\nx', [13, 13, 29916]],
  ['llama-bpe', 'Hello world', [9906, 1917]],
  ['llama-bpe', '\n\nx', [271, 87]],
  ['qwen2', 'Hello world', [9707, 1879]],
  ['qwen2', '  two', [220, 1378]],
]

describe.each(['llama-spm', 'llama-bpe', 'qwen2'] as const)('%s', (name) => {
  let model: ExpertModel
  beforeAll(async () => {
    model = await openModel(vocabularyPath(name), { vocabOnly: true })
  })
  afterAll(() => model.dispose())

  test('known texts', () => {
    for (const [of, text, tokens] of known) {
      if (of === name) expect(tokensOf(model.vocab, text)).toEqual(ids(...tokens))
    }
  })

  test('only SentencePiece puts a space in front of a text', () => {
    expect(model.vocab.addsSpace).toBe(name === 'llama-spm')
  })

  test('bytes in are bytes out, also for halves of characters and every single byte', () => {
    const { vocab } = model
    const texts = ['', ' ', 'a', '  x', 'Straße 日本 🎉\t\n\n\n', '</s><|im_end|>', '\u0000\u0001', '▁x▁']
    for (const text of texts) expect(textOf(vocab, tokensOf(vocab, text))).toBe(text)
    const odd = [
      Uint8Array.of(0xe6, 0x97),
      Uint8Array.of(0x61, 0xff, 0x20, 0xc3),
      Uint8Array.of(0xed, 0xa0, 0x80),
    ]
    const single = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
    for (const bytes of [...odd, ...single]) {
      const back = [...vocab.tokenize(bytes)].flatMap((token) => [...vocab.tokenBytes(token)])
      expect(back).toEqual([...bytes])
    }
  })

  test('control tokens are special, have no bytes, and come from text only where asked for', () => {
    const { vocab } = model
    const end = {
      'llama-spm': ['</s>', 2],
      'llama-bpe': ['<|eot_id|>', 128009],
      qwen2: ['<|im_end|>', 151645],
    }[name]
    const [text, token] = end as [string, number]
    expect(vocab.isSpecial(token)).toBe(true)
    expect(vocab.isEog(token)).toBe(true)
    expect(vocab.tokenBytes(token)).toHaveLength(0)
    expect(Buffer.from(vocab.specialText(token)).toString()).toBe(text)
    expect(vocab.specialText(tokensOf(vocab, 'a')[0]!)).toHaveLength(0)
    const { special: marks, eog, starts } = vocab.table()
    expect([marks[token], eog[token], starts[token + 1]! - starts[token]!]).toEqual([1, 1, 0])
    expect([...tokensOf(vocab, `a${text}b`)]).not.toContain(token)
    const special = [...vocab.tokenize(Buffer.from(`a${text}b`), { special: true })]
    expect(special).toEqual([...tokensOf(vocab, 'a'), token, ...tokensOf(vocab, 'b')])
  })
})

test('what a vocabulary cannot spell is refused, never left out', async () => {
  const model = await openModel(vocabularyPath('refact'), { vocabOnly: true })
  try {
    const failed = expect.objectContaining({ name: 'UsageError', code: 'TOKENIZE_FAILED' })
    expect(textOf(model.vocab, tokensOf(model.vocab, 'a \u{1f389}'))).toBe('a \u{1f389}')
    for (const text of ['\u{40000}', 'before \u{40000} after']) {
      expect(() => tokensOf(model.vocab, text)).toThrow(failed)
    }
  } finally {
    await model.dispose()
  }
})

test('the table of a vocabulary has what it was made of, and what callers get of it are copies', () => {
  const tokens = ['a', '', 'bcd', '<end>', '<pad>', 'é'].map((text) => new TextEncoder().encode(text))
  const vocab = createVocab({ tokens, special: [4], eog: [3] })
  const { bytes, starts, special, eog } = vocab.table()
  expect(Buffer.from(bytes).toString()).toBe('abcdé')
  expect([...starts]).toEqual([0, 1, 1, 4, 4, 4, 6])
  expect([...special]).toEqual([0, 0, 0, 1, 1, 0])
  expect([...eog]).toEqual([0, 0, 0, 1, 0, 0])
  vocab.tokenBytes(2).fill(0)
  expect(textOf(vocab, [2])).toBe('bcd')
  expect(vocab.table()).toBe(vocab.table())
})

test('what llama.cpp throws becomes an error with its words, whatever it was compiled with', async () => {
  // A vocabulary without bytes to fall back to: llama.cpp looks for one all the same, and throws.
  const file = readFileSync(vocabularyPath('llama-spm'))
  for (let at = file.indexOf('<0x'); at >= 0; at = file.indexOf('<0x', at + 1)) file[at + 1] = 0x31
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-tokenizer-'))
  writeFileSync(path.join(folder, 'no-bytes.gguf'), file)
  const model = await openModel(path.join(folder, 'no-bytes.gguf'), { vocabOnly: true })
  try {
    expect(textOf(model.vocab, tokensOf(model.vocab, 'Hello'))).toMatch(/Hello$/)
    for (let i = 0; i < 100; i++) {
      const message = expect.stringMatching(/^The vocabulary can't spell this text: .*(map|key)/i)
      const failed = expect.objectContaining({ name: 'UsageError', code: 'TOKENIZE_FAILED', message })
      expect(() => tokensOf(model.vocab, 'a\u{40000}')).toThrow(failed)
    }
  } finally {
    await model.dispose()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('half a surrogate pair is no text', async () => {
  const vocab = await realVocabulary('llama-bpe')
  expect(() => vocab.tokenize('a\ud800')).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }))
  expect(vocab.tokenize('\ud83c\udf89')).toEqual(vocab.tokenize(Buffer.from('\u{1f389}')))
})

test('a vocabulary that is too large for its trie is refused by name, on the loading thread as well', async () => {
  const tooLarge = { name: 'ConstraintError', code: 'VOCAB_TOO_LARGE' }
  // Only their beginnings are shared: 17 million nodes.
  const texts = Array.from({ length: 70_000 }, (_, index) =>
    index.toString(36).padStart(4, '0').padEnd(250, 'x'),
  )
  const tokens = texts.map((text) => new TextEncoder().encode(text))
  expect(() => createVocab({ tokens })).toThrow(expect.objectContaining(tooLarge))
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-large-'))
  const file = path.join(folder, 'large.gguf')
  try {
    const all = ['<unk>', '<s>', '</s>', '<0x0A>', ...texts]
    writeGguf(file, {
      metadata: {
        'general.architecture': { kind: 'string', value: 'llama' },
        'tokenizer.ggml.model': { kind: 'string', value: 'llama' },
        'tokenizer.ggml.tokens': { kind: 'strings', value: all },
        'tokenizer.ggml.scores': { kind: 'f32s', value: all.map(() => 0) },
        'tokenizer.ggml.token_type': { kind: 'i32s', value: all.map((_, id) => [2, 3, 3, 6][id] ?? 1) },
      },
      tensors: [],
    })
    await expect(openModel(file, { vocabOnly: true })).rejects.toMatchObject(tooLarge)
    // The process lives, and the next file opens.
    await (await openModel(vocabularyPath('llama-spm'), { vocabOnly: true })).dispose()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
