// Random-weight embedding models and rerankers, written once to the cache folder: encoders in the manner of BERT with a
// WordPiece vocabulary, decoders that read from left to right. Decides shapes, seeds and vocabulary. Which texts are
// near each other means nothing; that every way to read a text tells the same does.
import {
  begin,
  bool,
  FEED_FORWARD,
  f32,
  HEADS,
  type Recipe,
  recipePath,
  Tensors,
  text,
  transformerKeys,
  u32,
  WIDTH,
} from './tiny-models.js'

export type TinyEmbedder = 'bert' | 'bert-rank' | 'bert-classes' | 'llama-last' | 'qwen3-rank'

/** Of the files. */
const SHA256: Readonly<Record<TinyEmbedder, string>> = {
  bert: '4fc68d1c029f19d4ece267e3fa132eca6b473b38d15b2cade8aab1b770a656e5',
  'bert-rank': '4692182fe5896801ef35c2a21a10e5496b8af8288b08c995fc001a02a73e1380',
  'bert-classes': 'abbad501d42534f1d42d10360cd5af8ac9cc6ec4d2721957374c62e495a2cf89',
  'llama-last': 'c073953675176569f109336e98da6899851cd057aca207bde6d7ac64f742bcbe',
  'qwen3-rank': '163a59cfca22abd025dad73440952173e51def51827fde65914eebb773b20766',
}

/** Tokens of the table of positions of the encoders. */
export const BERT_CONTEXT = 128

const POOLING = { mean: 1, cls: 2, last: 3, rank: 4 }

export function tinyEmbedderPath(name: TinyEmbedder): string {
  return recipePath(name, recipe(name), SHA256[name])
}

function recipe(name: TinyEmbedder): Recipe {
  switch (name) {
    case 'bert':
      return bert(0)
    case 'bert-rank':
      return bert(1)
    case 'bert-classes':
      return bert(3)
    case 'llama-last':
      return llamaLast()
    case 'qwen3-rank':
      return qwen3Rank()
  }
}

/** Letters at the beginning of a word and inside of one, and a few whole words. */
function wordPieces(): string[] {
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789.,:!?']
  const words = ['the', 'parcel', 'never', 'came', 'refund', 'order', 'is', 'an']
  return [
    ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
    ...letters.map((letter) => `\u2581${letter}`),
    ...letters,
    ...words.map((word) => `\u2581${word}`),
  ]
}

/** `classes`: outputs of its head; 0: it has none, and the mean is what it was made for. */
function bert(classes: number): Recipe {
  const layers = 2
  const tokens = wordPieces()
  const tensors = new Tensors(66, 'F32')
  const bias = (name: string, width = WIDTH) => tensors.noise(name, [width], 0.1)
  const norm = (name: string) => {
    tensors.norm(`${name}.weight`)
    bias(`${name}.bias`)
  }
  tensors.matrix('token_embd.weight', [WIDTH, tokens.length], 1)
  tensors.matrix('token_types.weight', [WIDTH, 2], 0.5)
  tensors.matrix('position_embd.weight', [WIDTH, BERT_CONTEXT], 0.5)
  norm('token_embd_norm')
  for (let layer = 0; layer < layers; layer++) {
    const blk = `blk.${layer}`
    for (const part of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) {
      tensors.matrix(`${blk}.${part}.weight`, [WIDTH, WIDTH])
      bias(`${blk}.${part}.bias`)
    }
    norm(`${blk}.attn_output_norm`)
    tensors.matrix(`${blk}.ffn_up.weight`, [WIDTH, FEED_FORWARD])
    bias(`${blk}.ffn_up.bias`, FEED_FORWARD)
    tensors.matrix(`${blk}.ffn_down.weight`, [FEED_FORWARD, WIDTH])
    bias(`${blk}.ffn_down.bias`)
    norm(`${blk}.layer_output_norm`)
  }
  if (classes > 0) {
    tensors.matrix('cls.weight', [WIDTH, WIDTH])
    bias('cls.bias')
    tensors.matrix('cls.output.weight', [WIDTH, classes], 0.4)
    bias('cls.output.bias', classes)
  }
  return {
    metadata: {
      'general.architecture': text('bert'),
      'general.name': text('espalier tiny bert'),
      'bert.context_length': u32(BERT_CONTEXT),
      'bert.embedding_length': u32(WIDTH),
      'bert.block_count': u32(layers),
      'bert.feed_forward_length': u32(FEED_FORWARD),
      'bert.attention.head_count': u32(HEADS),
      'bert.attention.layer_norm_epsilon': f32(1e-12),
      'bert.attention.causal': bool(false),
      'bert.pooling_type': u32(classes > 0 ? POOLING.rank : POOLING.mean),
      ...(classes > 1
        ? { 'bert.classifier.output_labels': { kind: 'strings', value: ['good', 'bad', 'neither'] } }
        : {}),
      'tokenizer.ggml.model': text('bert'),
      'tokenizer.ggml.pre': text('default'),
      'tokenizer.ggml.tokens': { kind: 'strings', value: tokens },
      'tokenizer.ggml.token_type': { kind: 'i32s', value: tokens.map((_, id) => (id < 5 ? 3 : 1)) },
      'tokenizer.ggml.token_type_count': u32(2),
      'tokenizer.ggml.padding_token_id': u32(0),
      'tokenizer.ggml.unknown_token_id': u32(1),
      'tokenizer.ggml.bos_token_id': u32(2),
      'tokenizer.ggml.seperator_token_id': u32(3),
      'tokenizer.ggml.mask_token_id': u32(4),
    },
    tensors: tensors.list,
  }
}

/** Adds no beginning to a text, so that an empty one has no tokens. */
function llamaLast(): Recipe {
  const layers = 2
  const { metadata, tensors } = begin('llama', { layers, seed: 77, addsBos: false })
  for (let layer = 0; layer < layers; layer++) {
    tensors.norm(`blk.${layer}.attn_norm.weight`)
    tensors.attention(layer)
    tensors.feedForward(layer)
  }
  return {
    metadata: { ...metadata, ...transformerKeys('llama', 2), 'llama.pooling_type': u32(POOLING.last) },
    tensors: tensors.list,
  }
}

/** Says yes or no behind its own template. */
function qwen3Rank(): Recipe {
  const layers = 2
  const { metadata, tensors } = begin('qwen3', { layers, seed: 88, addsBos: false })
  for (let layer = 0; layer < layers; layer++) {
    tensors.norm(`blk.${layer}.attn_norm.weight`)
    tensors.attention(layer)
    tensors.queryAndKeyNorms(layer)
    tensors.feedForward(layer)
  }
  tensors.matrix('cls.output.weight', [WIDTH, 2], 0.4)
  return {
    metadata: {
      ...metadata,
      ...transformerKeys('qwen3', 2),
      'qwen3.pooling_type': u32(POOLING.rank),
      'qwen3.classifier.output_labels': { kind: 'strings', value: ['yes', 'no'] },
      'tokenizer.chat_template.rerank': text(
        '<|im_start|>Is {document} the answer to {query}?<|im_end|>\n<|im_start|>assistant\n',
      ),
    },
    tensors: tensors.list,
  }
}
