// Text nobody vouches for (a model's, a file's), shown on a screen. Decides what takes the place of characters that a
// terminal would obey. Each character is looked at alone, so that text may come in pieces, cut anywhere.

/** Control characters but line feed and tab, and those that turn the order of a line around. */
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** The text with `␛` for ESC and the like, `<U+9B>` where there is no such picture. Line feeds and tabs stay. */
export function safeText(text: string): string {
  return text.replace(obeyed, picture)
}

/** JSON with such characters as escapes: to a parser it stays the same. */
export function escaped(json: string): string {
  return json.replace(obeyed, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** In one line, with spaces for such characters. */
export function oneLine(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/\t/g, ' ')
    .replace(obeyed, ' ')
    .trim()
}

function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : `<U+${code.toString(16).toUpperCase()}>`
}
