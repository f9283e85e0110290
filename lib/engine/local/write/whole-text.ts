// A text that stands alone as tokens, and tokens as text: the inverse of each other for every well-formed text. Decides
// that the space some vocabularies put in front of a text is none of the text, and that special tokens are written as
// the texts they are read from. With turns for others.
import type { Pace } from '../../../async/pace.js'
import { UsageError } from '../../../base/errors.js'
import type { SpecialTexts } from '../../tokens.js'
import { Appended } from '../text/appended.js'
import { firstTokens } from '../text/tokens.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import { appendText } from './append.js'

/** Tokens joined at once. */
const tokensAtOnce = 1 << 13
/** What a token costs, in characters tokenised. */
const tokenCost = 4

export async function textTokens(
  vocabulary: Vocabulary,
  text: string,
  special: SpecialTexts,
  pace: Pace,
): Promise<Int32Array> {
  const first = firstTokens(vocabulary, null)
  if (text === '') return new Int32Array(0)
  const context = { vocabulary, pace, appended: new Appended() }
  const written = { text, as: special === 'read' ? 'mark' : 'given' } as const
  const before = { ...first, overrun: 0, dropped: null }
  const spelled = await appendText(context, before, written, Number.POSITIVE_INFINITY)
  return spelled!.tokens.slice(first.tokens.length)
}

/** Throws UsageError TOKEN_UNKNOWN. */
export async function tokensText(vocabulary: Vocabulary, tokens: Int32Array, pace: Pace): Promise<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let text = ''
  // At the beginning and behind a special token.
  let isFirst = true
  for (let from = 0; from < tokens.length; from += tokensAtOnce) {
    const part = tokens.subarray(from, from + tokensAtOnce)
    const turn = pace.take(part.length * tokenCost)
    if (turn !== null) await turn
    const bytes: Uint8Array[] = []
    for (const token of part) {
      if (token < 0 || token >= vocabulary.size) throw unknown(token, vocabulary)
      const isSpecial = vocabulary.isSpecial(token)
      const own = isSpecial ? vocabulary.specialText(token) : vocabulary.tokenBytes(token)
      bytes.push(isFirst && vocabulary.addsSpace && own[0] === space ? own.subarray(1) : own)
      isFirst = isSpecial
    }
    text += decoder.decode(Buffer.concat(bytes), { stream: true })
  }
  return text + decoder.decode()
}

const space = 0x20

function unknown(token: number, { size }: Vocabulary): UsageError {
  return new UsageError(
    'TOKEN_UNKNOWN',
    `Token ${token} is not in the vocabulary, expected 0 to ${size - 1}.`,
  )
}
