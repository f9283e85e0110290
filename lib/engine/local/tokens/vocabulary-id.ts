// What tells vocabularies apart: a digest of all their tokens. Positions saved with one are read with an equal one
// only.
import { createHash } from 'node:crypto'
import type { Vocabulary } from './vocabulary.js'

const ids = new WeakMap<Vocabulary, string>()

/** Made when first asked for (tens of milliseconds for 128,000 tokens), then kept. */
export function vocabularyId(vocabulary: Vocabulary): string {
  let id = ids.get(vocabulary)
  if (id === undefined) {
    id = digestOf(vocabulary)
    ids.set(vocabulary, id)
  }
  return id
}

function digestOf(vocabulary: Vocabulary): string {
  const { size, bos, addsBos, addsSpace } = vocabulary
  const tokens: Uint8Array[] = []
  const lengths = new Uint32Array(size)
  const special = new Uint8Array(size)
  for (let token = 0; token < size; token += 1) {
    const isSpecial = vocabulary.isSpecial(token)
    const bytes = isSpecial ? vocabulary.specialText(token) : vocabulary.tokenBytes(token)
    special[token] = isSpecial ? 1 : 0
    lengths[token] = bytes.length
    tokens.push(bytes)
  }
  const facts = JSON.stringify([size, bos, addsBos, addsSpace])
  const hash = createHash('sha256')
    .update(facts)
    .update(lengths)
    .update(special)
    .update(Buffer.concat(tokens))
  return hash.digest('base64url')
}
