// What JSON texts mean, by JSON.parse: what an escape is, and which items of a list are the same value. Judges the
// native core beside reference-regex.ts.

/** Code points that an escape may come to mean, ranges of them. */
export function pointsOf(begun: string): [number, number][] {
  const [first, last] = unitsOf(begun.slice(2, 6))
  if (begun.length > 6) {
    const [from, to] = unitsOf(begun.slice(8))
    const base = 0x10000 + (first - 0xd800) * 0x400 - 0xdc00
    return [[base + Math.max(from, 0xdc00), base + Math.min(to, 0xdfff)]]
  }
  const pairs: [number, number] = [Math.max(first, 0xd800), Math.min(last, 0xdbff)]
  const beyond = (high: number): number => 0x10000 + (high - 0xd800) * 0x400
  return pairs[0] > pairs[1]
    ? [[first, last]]
    : [
        [first, last],
        [beyond(pairs[0]), beyond(pairs[1]) + 0x3ff],
      ]
}

function unitsOf(digits: string): [number, number] {
  return [Number.parseInt(digits.padEnd(4, '0'), 16), Number.parseInt(digits.padEnd(4, 'f'), 16)]
}

const meanings = new Map<string, string | null>()

/** The one character that JSON takes the text for; null where it is none yet, or never. */
export function meaning(text: string): string | null {
  let known = meanings.get(text)
  if (known === undefined) {
    known = read(text)
    if (meanings.size < 100_000) meanings.set(text, known)
  }
  return known
}

function read(text: string): string | null {
  // None ends so that has more than a letter; an error costs more than all the rest.
  if (text.length > 2 && !/[0-9a-fA-F]$/.test(text)) return null
  try {
    const value = JSON.parse(`"${text}"`) as string
    return value !== '' && isWellFormed(value) ? value : null
  } catch {
    return null
  }
}

function isWellFormed(value: string): boolean {
  return Buffer.from(value).toString() === value
}

const escapes = /^\\(u([0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(\\(u([dD]([c-fC-F][0-9a-fA-F]?)?)?)?)?))?$/

export function canBeEscape(text: string): boolean {
  return escapes.test(text)
}

/** What an item (UTF-8, one character a byte) is, as ir.ts says. */
export function meaningOf(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'string' && text.startsWith('"') && text.endsWith('"') && isUnicode(value))
      return `s${value}`
    const isPlain = typeof value === 'number' && /^[-\d.]+$/.test(text) && !/\.\d+0$/.test(text)
    if (isPlain) return `n${text.replace(/\.0$/, '').replace(/^-0$/, '0')}`
  } catch {
    // No JSON.
  }
  if (!/^[[{]/.test(text)) return `b${text}`
  // Every other part is a string.
  const parts = text.split(/("(?:[^"\\]|\\.)*")/s)
  return `b${parts.map((part, index) => (index % 2 === 0 ? part.replace(/[ \t\n\r]/g, '') : part)).join('')}`
}

function isUnicode(text: string): boolean {
  return Buffer.from(text).toString() === text
}
