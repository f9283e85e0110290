// All tokens of a made vocabulary at once, as a native one has them.
import type { NativeVocab, VocabTable } from '../../lib/native/addon.js'

type Made = Pick<NativeVocab, 'size' | 'tokenBytes' | 'isSpecial' | 'isEog'>

const tables = new WeakMap<Made, VocabTable>()

/** One for each vocabulary. */
export function tableOf(vocabulary: Made): VocabTable {
  const table = tables.get(vocabulary) ?? madeTable(vocabulary)
  tables.set(vocabulary, table)
  return table
}

function madeTable(vocabulary: Made): VocabTable {
  const { size } = vocabulary
  const ids = Array.from({ length: size }, (_, token) => token)
  const parts = ids.map((token) => vocabulary.tokenBytes(token))
  const starts = new Uint32Array(size + 1)
  for (const [token, part] of parts.entries()) starts[token + 1] = starts[token]! + part.length
  return {
    bytes: Buffer.concat(parts),
    starts,
    special: Uint8Array.from(ids, (token) => Number(vocabulary.isSpecial(token))),
    eog: Uint8Array.from(ids, (token) => Number(vocabulary.isEog(token))),
  }
}
