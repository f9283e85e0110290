// The format `regex` as a pattern: regular expressions of JavaScript that are valid with the flag u and without.
// Decides the part of them that is a regular language: characters, escapes, classes whose ranges are in order, counts
// that are in order, and groups in groups to a depth. Names, references and properties are left out.

const depthMax = 3

const digits = '0123456789'
const hex = '[0-9a-fA-F]'
/** Escapes that mean the same in a class and outside of one. */
const escaped = `\\\\(?:[dDwWsStnrfv^$\\\\.*+?()\\[\\]{}|/]|x${hex}{2}|u${hex}{4})`

/** Pairs of the characters that are in order, with something in between. */
function inOrder(characters: string, between: string): string {
  const last = characters.at(-1)
  return [...characters].map((first) => `${first}${between}[${first}-${last}]`).join('|')
}

/** Of letters, those that begin or end where the alphabet does: every other would be a state of its own. */
const range = `${inOrder(digits, '-')}|a-[a-z]|[a-z]-z|A-[A-Z]|[A-Z]-Z`
const inClass = `(?:${range}|[^\\\\\\]\\[^-]|${escaped}|\\\\-)`
const characterClass = `\\[\\^?${inClass}*-?\\]`

/** Two counts, the first no larger: of different lengths, of one digit, or of different tens. */
const countPairs = [
  inOrder(digits, ','),
  ...[...'12345678'].map((tens) => `${tens}[0-9],[${Number(tens) + 1}-9][0-9]`),
  '[0-9],[1-9][0-9]{1,2}',
  '[1-9][0-9],[1-9][0-9]{2}',
].join('|')
const quantifier = `(?:[*+?]|\\{(?:[0-9]{1,3},?|${countPairs})\\})\\??`

const single = `(?:[^\\\\^$.*+?()\\[\\]{}|]|\\.|${escaped}|${characterClass})`
/** What asks for a place; nothing may repeat it. */
const place = '\\^|\\$|\\\\[bB]'

function alternatives(depth: number): string {
  const plain = `${single}(?:${quantifier})?|${place}|\\|`
  if (depth === 0) return `(?:${plain})*`
  const group = `\\((?:\\?:)?${alternatives(depth - 1)}\\)(?:${quantifier})?`
  return `(?:${plain}|${group}|\\(\\?<?[=!]${alternatives(0)}\\))*`
}

export const regexFormat = alternatives(depthMax)

/** Found in all that any reader takes: nothing can be repeated, or closed, where nothing is before. */
export const regexFormatWide = '^(?:[^*+?)]|$)'
