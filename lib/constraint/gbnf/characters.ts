// Which characters of llama.cpp's grammar notation mean what: names, blanks, line ends, escapes. Tables and tests of
// one code unit each; NaN, which is the end of the text, is none of them. Never reads on.

export const commentCode = 0x23

export function isLineEndCode(code: number): boolean {
  return code === 0x0a || code === 0x0d
}

export function isBlankCode(code: number): boolean {
  return code === 0x20 || code === 0x09
}

export function isNameCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d
  )
}

/** What stands for itself in a literal, as one unit; false at the end of the text. */
export function isPlainCode(code: number): boolean {
  return code < 0xd800 ? code !== 0x22 && code !== 0x5c : code > 0xdfff
}

/** What a letter behind a backslash stands for. */
export const escapes: Readonly<Record<string, number>> = {
  n: 10,
  r: 13,
  t: 9,
  '\\': 0x5c,
  '"': 0x22,
  '[': 0x5b,
  ']': 0x5d,
  '-': 0x2d,
}
/** Digits of a code point behind a backslash and the letter. */
export const hexSizes: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }
