// What a hole bans, for its matcher: the texts, the text before the hole as far as one of them may have begun there,
// and the ends that may hold them. Decides that no text reaches over a special token.
import type { Ban } from '../../../native/addon.js'
import type { HoleRequest } from '../../fill.js'
import { joinTokenBytes } from '../tokens/text.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import type { HoleEnds } from './ends.js'

const encoder = new TextEncoder()
const space = 0x20
/** As much of what follows a hole as matchers use. */
const endBytesMax = 64

/** The texts a hole bans: its own list, or the run's. */
function bannedTexts({ sampling: { run, hole } }: Pick<HoleRequest, 'sampling'>): readonly string[] {
  return hole.ban ?? run.ban ?? []
}

/** null: nothing is banned. `before`: all tokens before the hole. */
export function banOf(
  vocabulary: Vocabulary,
  before: Int32Array,
  request: HoleRequest,
  { ends, suffix }: HoleEnds,
): Ban | null {
  const texts = bannedTexts(request).map((text) => encoder.encode(text))
  if (texts.length === 0) return null
  const longest = texts.reduce((max, { length }) => Math.max(max, length), 0)
  const behind = suffix === null ? [] : [suffix.slice(0, endBytesMax)]
  return {
    texts,
    ends: [...ends.filter((end) => end !== '').map((end) => encoder.encode(end)), ...behind],
    before: textBefore(vocabulary, before, longest),
  }
}

/** The last bytes of the text, or some more. */
function textBefore(vocabulary: Vocabulary, tokens: Int32Array, count: number): Uint8Array {
  let from = tokens.length
  // A token holds a byte at least, a special one none.
  while (from > 0 && tokens.length - from < count && !vocabulary.isSpecial(tokens[from - 1]!)) from -= 1
  const bytes = joinTokenBytes(vocabulary, tokens.subarray(from))
  const begins = from === 0 || vocabulary.isSpecial(tokens[from - 1]!)
  // The space in front of a text is none of it.
  return begins && vocabulary.addsSpace && bytes[0] === space ? bytes.subarray(1) : bytes
}
