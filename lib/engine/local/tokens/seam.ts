// Places of a text where every pre-tokenizer begins anew, judged by the two characters beside them. Decides that for
// all pre-tokenizers of the llama.cpp releases that are accepted; a place it is not sure of is no seam.
//
// Pre-tokenizers are chains of patterns that scan from left to right and never look behind. So a place is a seam if no
// match reaches over it, or only matches that end where they also end when the text begins there (whole lines, words
// in a row, what no pattern of the chain matches). That holds
//
//   visible character | space         patterns take a space as their first character, or go over it up to the line's
//                                     end or the last word's, whichever side of the space they started on
//   letter or digit | , . ! ? \n      signs and line breaks come in runs of signs, in which no letter or digit is
//   line break | letter               a line break comes last in its pattern, behind signs or white space
//
// for the letters listed here, which are letters to all of them. No seam: beside a sign, as one before a word may
// belong to the word, and one after a sign to the run; within digits, which are counted from one end or the other;
// within white space, which is cut by what follows it; before an apostrophe.

const letter = 'A-Za-z\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3'
const seam = new RegExp(
  `^(?:[\\p{L}\\p{N}\\p{M}\\p{P}\\p{S}] |[${letter}0-9][,.!?\\n]|[${letter}][。、，]|\\n[${letter}])$`,
  'u',
)

/** Whether the place between two characters of the text is a seam. */
export function isSeam(bytes: Uint8Array, at: number): boolean {
  if (at <= 0 || at >= bytes.length || isInside(bytes[at]!)) return false
  let from = at - 1
  while (from > 0 && at - from < 4 && isInside(bytes[from]!)) from -= 1
  let until = at + 1
  while (until < bytes.length && until - at < 4 && isInside(bytes[until]!)) until += 1
  return seam.test(Buffer.from(bytes.buffer, bytes.byteOffset + from, until - from).toString('utf8'))
}

/** Whether a byte of UTF-8 goes on with a character. */
function isInside(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}
