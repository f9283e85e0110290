// What is worth knowing of a model's vocabulary. Decides which of its tokens are named; reads the table once.
import type { NativeVocab } from '../../native/addon.js'

export interface NamedToken {
  readonly token: number
  readonly text: string
}

export interface VocabularyFacts {
  /** How it spells: 'byte-level BPE', 'SentencePiece', ...; as the file has it where that is unknown to us. */
  readonly type: string
  /** How texts are cut before they are spelled, as llama.cpp calls it; null: not told. */
  readonly splitting: string | null
  readonly size: number
  readonly bos: NamedToken | null
  readonly eos: NamedToken | null
  /** Ends a turn of a conversation. */
  readonly eot: NamedToken | null
  /** All that end an answer; the first few. */
  readonly ends: readonly NamedToken[]
  readonly endsCount: number
  readonly addsBos: boolean
  /** Whether a space that is no part of it stands in front of a text. */
  readonly addsSpace: boolean
  /** Tokens that are no text: control, unknown, marked as special. */
  readonly special: number
}

/** By what the file calls it. */
const types: Readonly<Record<string, string>> = {
  gpt2: 'byte-level BPE',
  llama: 'SentencePiece',
  gemma4: 'SentencePiece',
  bert: 'WordPiece',
  t5: 'Unigram',
  rwkv: 'RWKV',
  plamo2: 'PLaMo 2',
}
const endsShown = 8

export function vocabularyFacts(vocab: NativeVocab, metadata: ReadonlyMap<string, string>): VocabularyFacts {
  const { special, eog } = vocab.table()
  const type = metadata.get('tokenizer.ggml.model') ?? 'unknown'
  const eot = Number(metadata.get('tokenizer.ggml.eot_token_id') ?? Number.NaN)
  const ends = [...eog.keys()].filter((token) => eog[token] === 1)
  return {
    type: types[type] ?? type,
    splitting: metadata.get('tokenizer.ggml.pre') ?? null,
    size: vocab.size,
    bos: named(vocab, vocab.bos),
    eos: named(vocab, vocab.eos),
    eot: eot >= 0 && eot < vocab.size ? named(vocab, eot) : null,
    ends: ends.slice(0, endsShown).map((token) => named(vocab, token)!),
    endsCount: ends.length,
    addsBos: vocab.addsBos,
    addsSpace: vocab.addsSpace,
    special: special.reduce((sum, one) => sum + one, 0),
  }
}

function named(vocab: NativeVocab, token: number | null): NamedToken | null {
  if (token === null) return null
  const bytes = vocab.isSpecial(token) ? vocab.specialText(token) : vocab.tokenBytes(token)
  return { token, text: new TextDecoder().decode(bytes) }
}
