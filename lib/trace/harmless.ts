// Text of a model or a caller as a terminal may show it: nothing in it moves the cursor, sets colours or turns the
// direction of writing. Decides what stands for a character that would.

export const commanding = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu

/** Line ends and tabs stay. `\x1b` and its like become pictures of themselves, what has none its number. */
export function harmless(text: string): string {
  return text.replace(commanding, (character) => {
    const code = character.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '\u2421' : `<${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })
}

/** In one line, in quotes; a long one without its middle. */
export function quotedShort(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return harmless(JSON.stringify(text))
  const end = Math.floor(charactersMax / 3)
  const [first, last] = [text.slice(0, charactersMax - end), text.slice(text.length - end)]
  return harmless(`${JSON.stringify(first)} ... ${JSON.stringify(last)}`)
}

/** As `quotedShort`, in so many columns with all of it; 16 at least. */
export function quotedWithin(text: string, columns: number): string {
  const width = Math.max(16, columns)
  let [max, told] = [width, '']
  do {
    told = quotedShort(text, max)
    max -= Math.max(1, told.length - width)
  } while (told.length > width && max > 2)
  return told
}

/** As `quotedShort`, without the quotes. */
export function inOneLine(text: string, charactersMax: number): string {
  const plain = (part: string): string =>
    harmless(JSON.stringify(part).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\'))
  return text.length <= charactersMax ? plain(text) : `${plain(text.slice(0, charactersMax))}...`
}
