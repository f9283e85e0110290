// Formats as patterns, each a subset of what its standard allows, so that validators agree, and where they are negated
// a superset. Decides which formats are known; an unknown one is an annotation. Never uses look-around, which the
// constraint core cannot have.
import {
  areAsciiFormsMeant,
  email,
  hostname,
  idnEmail,
  idnHostname,
  ipv4,
  ipv6,
  plainLabel,
} from './host-formats.js'
import { regexFormat, regexFormatWide } from './regex-format.js'

const yearAny = '(?:\\d{3}[1-9]|\\d{2}[1-9]0|\\d[1-9]00|[1-9]000)'
const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)'
const date =
  `(?:${yearAny}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)` +
  `|02-(?:0[1-9]|1\\d|2[0-8]))|${leapYear}-02-29)`
const secondPart = '(?:\\.\\d+)?'
const time =
  `(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d${secondPart}(?:[zZ]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)` +
  `|23:59:60${secondPart}(?:[zZ]|[+-]00:00)|${leapSeconds()})`
/** Leap seconds are at 23:59:60 UTC; since there are any, all zones differ from it by quarters of an hour. */
function leapSeconds(): string {
  const digits = (count: number): string => String(count).padStart(2, '0')
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const before = digits(23 - hour)
    const quarters = [15, 30, 45].map((minutes) => {
      const after = `\\+${digits(hour)}:${minutes}`
      return `${minutes - 1}:60${secondPart}(?:${after}|-${before}:${60 - minutes})`
    })
    const whole = hour === 23 ? [] : [`59:60${secondPart}(?:\\+${digits(hour + 1)}:00|-${before}:00)`]
    return `${digits(hour)}:(?:${[...quarters, ...whole].join('|')})`
  })
  return hours.join('|')
}

const timePart = '(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)'
const datePart = '(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)'
const duration = `P(?:${datePart}(?:T${timePart})?|T${timePart}|\\d+W)`

/** Characters beyond ASCII that RFC 3987 allows, and those that it allows in a query. */
const ucschar =
  '\\u00a0-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef' +
  Array.from({ length: 14 }, (_, plane) => {
    const [from, to] = [
      plane + 1 === 14 ? 'e1000' : `${(plane + 1).toString(16)}0000`,
      `${(plane + 1).toString(16)}fffd`,
    ]
    return `\\u{${from}}-\\u{${to}}`
  }).join('')
const iprivate = '\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}'

/** RFC 3986; `wide` and, in a query, `wider` are what RFC 3987 adds. */
function uriParts(wide: string, wider: string): { absolute: string; reference: string } {
  const percent = '%[0-9a-fA-F]{2}'
  const unreserved = `a-zA-Z0-9._~${wide}\\-`
  const pchar = `(?:[${unreserved}!$&'()*+,;=:@]|${percent})`
  const noColon = `(?:[${unreserved}!$&'()*+,;=@]|${percent})`
  const user = `(?:(?:[${unreserved}!$&'()*+,;=:]|${percent})*@)?`
  const future = `[vV][0-9a-fA-F]+\\.[a-zA-Z0-9._~!$&'()*+,;=:\\-]+`
  const host = `(?:\\[(?:${ipv6}|${future})\\]|(?:[${unreserved}!$&'()*+,;=]|${percent})*)`
  const authority = `//${user}${host}(?::\\d*)?(?:/${pchar}*)*`
  const rooted = `/(?:${pchar}+(?:/${pchar}*)*)?`
  const tail = `(?:\\?(?:${pchar}|[/?${wider}])*)?(?:#(?:${pchar}|[/?])*)?`
  const rootless = `${pchar}+(?:/${pchar}*)*`
  const scheme = '[a-zA-Z][a-zA-Z0-9+.\\-]*'
  const absolute = `${scheme}:(?:${authority}|${rooted}|${rootless}|)${tail}`
  const relative = `(?:${authority}|${rooted}|${noColon}+(?:/${pchar}*)*|)${tail}`
  return { absolute, reference: `(?:${absolute}|${relative})` }
}

const uri = uriParts('', '')
const iri = uriParts(ucschar, iprivate)
const pointerStep = '(?:[^~/]|~[01])*'
const webHost = `(?:${plainLabel}\\.)+[a-zA-Z]{2,24}`
const varName = '(?:[a-zA-Z0-9_]|%[0-9a-fA-F]{2})+(?:\\.(?:[a-zA-Z0-9_]|%[0-9a-fA-F]{2})+)*'
const varSpec = `${varName}(?::[1-9]\\d{0,3}|\\*)?`
const templateText = `(?:[!#$&(-;=?-\\[\\]_a-z~${ucschar}${iprivate}]|%[0-9a-fA-F]{2})`
const template = `(?:${templateText}|\\{[+#./;?&=,!@|]?${varSpec}(?:,${varSpec})*\\})*`

const sources: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}[tT]${time}`,
  duration,
  email,
  'idn-email': idnEmail,
  hostname,
  'idn-hostname': idnHostname,
  ipv4,
  ipv6,
  uuid: '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
  uri: uri.absolute,
  'uri-reference': uri.reference,
  iri: iri.absolute,
  'iri-reference': iri.reference,
  'uri-template': template,
  'json-pointer': `(?:/${pointerStep})*`,
  'relative-json-pointer': `(?:0|[1-9]\\d*)(?:#|(?:/${pointerStep})*)`,
  url: `(?:https?|ftp)://${webHost}(?::\\d{2,5})?(?:[/?#][a-zA-Z0-9._~!$&'()*+,;=:@/?#%-]*)?`,
  regex: regexFormat,
  byte: '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?',
}

const wideOctet = '(?:25[0-5]|2[0-4]\\d|[01]?\\d?\\d)'

/** Patterns found in everything that a lenient reader takes for the format; only of formats that `sources` narrows. */
const wideSources: Readonly<Record<string, string>> = {
  date: '^\\d{4}-\\d\\d-\\d\\d$',
  time: '^\\d\\d:\\d\\d',
  'date-time': '^\\d{4}-\\d\\d-\\d\\d',
  duration: '^P',
  email: '@',
  'idn-email': '@',
  uuid: '[0-9a-fA-F]{8}-',
  // Some read leading zeros.
  ipv4: `^${wideOctet}(?:\\.${wideOctet}){3}$`,
  ipv6: ':',
  hostname: '.',
  'idn-hostname': '.',
  uri: ':',
  iri: ':',
  url: ':',
  'uri-reference': '',
  'iri-reference': '',
  'uri-template': '',
  regex: regexFormatWide,
  byte: '',
}

export interface FormatPattern {
  /** What a string of this format is searched by, anchored. */
  readonly source: string
  /** The one of all strings that may pass for it. */
  readonly wide: string
  /** What more is asked of a finished string, which no pattern can tell; null: nothing. */
  readonly also: ((text: string) => boolean) | null
}

/** null for an unknown format. */
export function formatPattern(name: string): FormatPattern | null {
  if (!Object.hasOwn(sources, name)) return null
  const source = `^(?:${sources[name]})$`
  return { source, wide: wideSources[name] ?? source, also: hosts.has(name) ? areAsciiFormsMeant : null }
}

const hosts: ReadonlySet<string> = new Set(['hostname', 'idn-hostname', 'email', 'idn-email'])

/** Formats of OpenAPI, which ask something only where a caller says so. */
const openApiFormats: ReadonlySet<string> = new Set(['byte', 'int32', 'int64'])

/** Whether the formats of OpenAPI ask something of values. */
export type OpenApiFormats = 'applied' | 'annotations'

/** Whether a format asks anything of a value. */
export function isAsked(name: string, openApi: OpenApiFormats): boolean {
  if (openApiFormats.has(name)) return openApi === 'applied'
  return Object.hasOwn(sources, name)
}

/** Whether it is known to ask nothing. */
export function isSilent(name: string): boolean {
  return silentFormats.has(name) || openApiFormats.has(name)
}

/** Formats that say something about numbers: whether they must be integers, and the range. */
export const numberFormats: ReadonlyMap<string, { readonly min: string; readonly max: string }> = new Map([
  ['int32', { min: '-2147483648', max: '2147483647' }],
  ['int64', { min: '-9223372036854775808', max: '9223372036854775807' }],
])

/** Formats without a meaning of their own for validation, known so that nobody is told about them. */
const silentFormats: ReadonlySet<string> = new Set(['password', 'binary', 'float', 'double'])
