// Host names and mail addresses as patterns: names of letters, digits and hyphens, names of other scripts, and those
// written in ASCII (xn--...). Decides which of the last are meant at all, by decoding them; no pattern could.
import { domainToASCII, domainToUnicode } from 'node:url'

const alnum = '[a-zA-Z0-9]'
const inner = '[a-zA-Z0-9-]'
/** A label without an escape of its own: hyphens inside, but not in both of its third and fourth places. */
export const plainLabel =
  `(?:${alnum}(?:${inner}?${alnum})?|${alnum}${inner}${inner}${alnum}(?:${inner}{0,58}${alnum})?` +
  `|${alnum}${inner}${alnum}-${inner}{0,58}${alnum})`
/** What is behind the prefix ends in a number of which only letters can be the last digit. */
const asciiLabel = `[xX][nN]--${inner}{2,58}[a-zA-Z]`
const label = `(?:${plainLabel}|${asciiLabel})`

/** Beside a limit of 253 characters for the whole. */
export const hostname = `${label}(?:\\.${label}){0,126}`

/** Letters of scripts that run left to right, as far as no label of them has to be put in another form. */
const ltr =
  '\\u00df-\\u00f6\\u00f8-\\u00ff\\u03ac-\\u03ce\\u0430-\\u045f\\u0561-\\u0586\\u0904-\\u0928\\u092a-\\u0930\\u0932' +
  '\\u0935-\\u0939\\u0e01-\\u0e2e\\u0e30\\u0e32\\u0e40-\\u0e44\\u10d0-\\u10f0\\u3041-\\u3096\\u30a1-\\u30fa' +
  '\\u4e00-\\u9fa5\\uac00-\\ud7a3'
/** Signs that follow a letter. */
const signs = '\\u0901-\\u0903\\u093e-\\u094d'
/** Letters of Hebrew and Arabic. */
const rtl = '\\u05d0-\\u05ea\\u0621-\\u063a\\u0641-\\u064a'

// Lengths are such that the ASCII form of a label has at most 63 characters, whatever it is made of.
const someLetters = `[a-z${ltr}](?:-?[a-z0-9${ltr}]|[${signs}]){0,9}`
const oneLetter = (first: string): string => `(?:${first}(?:-?[a-z0-9]){0,9}-?)?[${ltr}](?:-?[a-z0-9]){0,10}`
const ltrLabel = `(?:${someLetters}|${oneLetter('[a-z0-9]')}|${label})`
const rtlLabel = `[${rtl}](?:-?[${rtl}0-9]){0,9}`
/** Beside a label from right to left, others begin with a letter. */
const besideLabel = `(?:${someLetters}|${oneLetter('[a-z]')}|[a-zA-Z](?:-?${alnum}){0,31})`
const mixedName = (least: number): string =>
  `(?:${besideLabel}\\.){0,2}${rtlLabel}(?:\\.(?:${besideLabel}|${rtlLabel})){${least},1}`
const wideName = (least: number): string =>
  `(?:${ltrLabel}(?:\\.${ltrLabel}){${least},3}|${mixedName(least)})`

export const idnHostname = wideName(0)

/** A dotted name of at most 255 characters: fewer labels may be longer. */
const shortLabel = `${alnum}(?:-?${alnum}){0,7}`
const mailDomain = `(?:${label}(?:\\.${label}){1,3}|${shortLabel}(?:\\.${shortLabel}){4,15})`

/** What stands before the @, in the 64 bytes it may have: fewer parts may be longer. */
function localPart(wide: string): string {
  const char = `[a-zA-Z0-9!#$%&'*+/=?^_\`{|}~${wide}-]`
  const ways = [1, 2, 3, 4, 8].map((parts) => {
    const size = Math.floor((65 - parts) / parts / (wide === '' ? 1 : 3))
    return `${char}{1,${size}}(?:\\.${char}{1,${size}}){0,${parts - 1}}`
  })
  const plain = '[ !#-\\[\\]-~]'
  const quoted = `"(?:${plain}{1,62}|(?:${plain}|\\\\[ -~]){1,31})"`
  return `(?:${ways.join('|')}|${quoted})`
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
export const ipv4 = `${octet}(?:\\.${octet}){3}`
const group = '[0-9a-fA-F]{1,4}'
const lastTwo = `(?:${group}:${group}|${ipv4})`

/** `most`: groups that may stand beside a `::`. */
function ipv6Of(most: number): string {
  const ways = [`(?:${group}:){6}${lastTwo}`]
  for (let after = most; after >= 0; after--) {
    const before = most - after
    const head = before === 0 ? '' : `(?:(?:${group}:){0,${before - 1}}${group})?`
    const tail = after === 0 ? '' : after === 1 ? group : `(?:${group}:){${after - 2}}${lastTwo}`
    ways.push(`${head}::${tail}`)
  }
  return `(?:${ways.join('|')})`
}

export const ipv6 = ipv6Of(7)

// In mail addresses a :: stands for two groups or more.
const addressLiteral = `\\[(?:${ipv4}|[iI][pP][vV]6:${ipv6Of(6)})\\]`
export const email = `${localPart('')}@(?:${mailDomain}|${addressLiteral})`
export const idnEmail = `(?:${email}|${localPart(`${ltr}${rtl}`)}@${wideName(1)})`

/** Whether some label may be one that is written in ASCII for another one. */
export function mayHaveAsciiForm(text: string): boolean {
  return /xn--/i.test(text)
}

/** Whether every such label of a host name, or of what is behind the @ of a mail address, is meant by one. */
export function areAsciiFormsMeant(text: string): boolean {
  const labels = text.slice(text.lastIndexOf('@') + 1).split('.')
  if (!labels.every((each) => !/^xn--/i.test(each) || isAsciiForm(each))) return false
  const meant = labels.map((each) => domainToUnicode(each))
  return !meant.some((each) => rightToLeft.test(each)) || meant.every(isInOneDirection)
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** RFC 5893, more narrowly: beside a label from right to left each has letters of one direction, the first is one. */
function isInOneDirection(each: string): boolean {
  const letters = [...each].filter((char) => /\p{L}/u.test(char))
  const isRight = rightToLeft.test(each)
  const isLetterFirst = letters.length > 0 && each.startsWith(letters[0]!)
  return isLetterFirst && letters.every((letter) => rightToLeft.test(letter) === isRight)
}

/** Letters, digits and signs of names, and four others that are let in one by one. */
const named =
  /^[\p{Ll}\p{Lo}\p{Lm}\p{Nd}\u06fd\u06fe\u0f0b\u3007][\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}\u06fd\u06fe\u0f0b\u3007-]*$/u
const unnamed = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]|^..--|-$/u

function isAsciiForm(each: string): boolean {
  const meant = domainToUnicode(each)
  return (
    named.test(meant) && !unnamed.test(meant) && domainToASCII(meant).toLowerCase() === each.toLowerCase()
  )
}
