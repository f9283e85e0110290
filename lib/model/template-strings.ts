// What Python does with strings and dates in chat templates, on plain values. Decides the results of str methods that
// the template engine lacks or does otherwise, and of strftime. Knows no template.

// What str.strip() takes off and splits at: not the white space of JavaScript.
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const spacesBefore = new RegExp(`^[${space}]+`)
const notSpace = new RegExp(`[^${space}]`)

/** str.strip, lstrip, rstrip: white space, or any of the characters given. */
export function stripped(text: string, chars: string | null, side: 'both' | 'left' | 'right'): string {
  const set = chars === null ? null : new Set(chars)
  const goes = (character: string): boolean => (set === null ? !notSpace.test(character) : set.has(character))
  let from = 0
  let until = text.length
  if (set === null && side !== 'right') from = spacesBefore.exec(text)?.[0].length ?? 0
  else if (side !== 'right') while (from < until && goes(characterAt(text, from))) from += width(text, from)
  if (side !== 'left')
    while (until > from && goes(characterBefore(text, until))) until -= widthBefore(text, until)
  return text.slice(from, until)
}

const characterAt = (text: string, at: number): string => text.slice(at, at + width(text, at))
const characterBefore = (text: string, at: number): string => text.slice(at - widthBefore(text, at), at)
const width = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? 2 : 1)
const widthBefore = (text: string, at: number): number =>
  at > 1 && text.codePointAt(at - 2)! > 0xffff ? 2 : 1

/** The arguments of str.format, spelled. */
export interface FormatArguments {
  readonly positional: readonly string[]
  readonly named: ReadonlyMap<string, string>
}

/** str.format with fields that only name an argument. Throws an Error for others. */
export function formatted(text: string, { positional, named }: FormatArguments): string {
  let next = 0
  return text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (field: string, name: string | undefined) => {
    if (field === '{{' || field === '}}') return field[0]!
    if (name === undefined) throw new Error(`format() got a single ${field}`)
    const key = name === '' ? String(next++) : name
    const value = /^\d+$/.test(key) ? positional[Number(key)] : named.get(key)
    if (value === undefined) throw new Error(`format() has nothing for the field {${name}}`)
    return value
  })
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July']
months.push('August', 'September', 'October', 'November', 'December')
const dayLength = 24 * 60 * 60 * 1000

/** strftime in the C locale, as local time; what stands behind a % and means nothing stays. */
export function strftime(time: Date, format: string): string {
  return format.replace(/%([-_]?)([a-zA-Z%])/g, (whole, pad: string, letter: string) => {
    const part = timePart(time, letter)
    if (part === null) return whole
    if (typeof part === 'string') return part
    const [number, digits] = part
    if (pad === '-') return String(number)
    return String(number).padStart(digits, pad === '_' ? ' ' : '0')
  })
}

type TimePart = string | readonly [value: number, digits: number]

function timePart(time: Date, letter: string): TimePart | null {
  const day = time.getDay()
  const month = months[time.getMonth()]!
  const hours = time.getHours()
  const newYear = new Date(time.getFullYear(), 0, 1)
  const midnight = new Date(time.getFullYear(), time.getMonth(), time.getDate())
  const dayOfYear = Math.round((midnight.getTime() - newYear.getTime()) / dayLength)
  const both = (format: string): string => strftime(time, format)
  const parts: Readonly<Record<string, () => TimePart>> = {
    a: () => days[day]!.slice(0, 3),
    A: () => days[day]!,
    b: () => month.slice(0, 3),
    h: () => month.slice(0, 3),
    B: () => month,
    c: () => both('%a %b %_d %H:%M:%S %Y'),
    d: () => [time.getDate(), 2],
    D: () => both('%m/%d/%y'),
    e: () => String(time.getDate()).padStart(2, ' '),
    f: () => [time.getMilliseconds() * 1000, 6],
    F: () => both('%Y-%m-%d'),
    H: () => [hours, 2],
    I: () => [hours % 12 || 12, 2],
    j: () => [dayOfYear + 1, 3],
    m: () => [time.getMonth() + 1, 2],
    M: () => [time.getMinutes(), 2],
    n: () => '\n',
    p: () => (hours < 12 ? 'AM' : 'PM'),
    R: () => both('%H:%M'),
    S: () => [time.getSeconds(), 2],
    t: () => '\t',
    T: () => both('%H:%M:%S'),
    u: () => [day || 7, 1],
    U: () => [Math.floor((dayOfYear + 7 - day) / 7), 2],
    w: () => [day, 1],
    W: () => [Math.floor((dayOfYear + 7 - ((day + 6) % 7)) / 7), 2],
    x: () => both('%m/%d/%y'),
    X: () => both('%H:%M:%S'),
    y: () => [time.getFullYear() % 100, 2],
    Y: () => String(time.getFullYear()),
    // A time without a zone.
    z: () => '',
    Z: () => '',
    '%': () => '%',
  }
  return parts[letter]?.() ?? null
}
