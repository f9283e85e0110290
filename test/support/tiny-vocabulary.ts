// The vocabulary of the tiny models: 256 bytes, merges learnt from a few lines of text, four control tokens.
// Decides ids and merges, the same on every machine. Byte-level as in GPT-2: a byte that is no printable Latin-1
// character is written as the character 256 + its rank among such bytes.

const TEXT = `
The order number is 4711 and the customer is waiting for a refund. The category is billing, delivery or defect.
Name: Ada. Age: 36. City: London. Name: Grace. Age: 45. City: Arlington. Reply: we are sorry for the delay.
{"name": "Ada", "age": 36, "tags": ["first", "second"], "open": true, "note": null, "price": 12.50}
{"name": "Grace", "age": 45, "tags": [], "open": false, "note": "call back", "price": 100.00}
for the other one there is another thing to think of; they said that the weather there was rather better than here.
the the and and that that this this with with from from have have they they will will would could should there their
`

const MERGES_MAX = 200

export const CONTROL_TOKENS = ['<|begin|>', '<|end|>', '<|im_start|>', '<|im_end|>'] as const

export interface TinyVocabulary {
  readonly tokens: readonly string[]
  /** Pairs joined by a space, best first. */
  readonly merges: readonly string[]
  /** First id of the control tokens; they are the last ids. */
  readonly controlFrom: number
}

/** Byte to the character that stands for it. */
function byteAlphabet(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)
  let rank = 0
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : 256 + rank++),
  )
}

/** Learns the most frequent pair, ties in favour of the pair seen first, until none occurs twice. */
export function tinyVocabulary(): TinyVocabulary {
  const alphabet = byteAlphabet()
  const words = (TEXT.match(/ ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+/gu) ?? []).map((word) =>
    [...Buffer.from(word, 'utf8')].map((byte) => alphabet[byte]!),
  )
  const tokens = [...alphabet]
  const merges: string[] = []
  while (merges.length < MERGES_MAX) {
    const counts = new Map<string, number>()
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
    }
    let best: string | null = null
    for (const [pair, count] of counts) if (count > (best === null ? 1 : counts.get(best)!)) best = pair
    if (best === null) break
    const joined = best.replace(' ', '')
    merges.push(best)
    // Two different pairs may spell one token, and llama.cpp ends the process where a token occurs twice.
    if (!tokens.includes(joined)) tokens.push(joined)
    for (const word of words) {
      for (let i = word.length - 1; i > 0; i--) {
        if (`${word[i - 1]} ${word[i]}` === best) word.splice(i - 1, 2, joined)
      }
    }
  }
  const controlFrom = tokens.length
  return { tokens: [...tokens, ...CONTROL_TOKENS], merges, controlFrom }
}
