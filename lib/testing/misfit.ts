// Says where the JSON text of a value stops fitting its hole: the path of the member, what is wrong up to there, and
// what would have to come instead where that is one thing, such as a member that is missing. For people only: members
// are read in the order the value has them.
import { quoted } from '../base/seen.js'
import type { Recogniser } from '../constraint/recognise/recogniser.js'

/** Where in a JSON text something is: the path's pointer, and what ends there. */
interface Place {
  readonly pointer: string
  readonly closes: 'object' | 'array' | null
}

interface Level {
  readonly closes: 'object' | 'array'
  key: string | number
}

/** One sentence. `text`: of a value that the constraint does not have. */
export function misfit(recogniser: Recogniser, text: string): string {
  const { fits } = recogniser.read(text)
  if (fits === text.length) return 'the hole has no such value.'
  const { pointer, closes } = placeAt(text, fits)
  const ending = closes === null ? '' : ` at the end of the ${closes}`
  const at = pointer === '' ? '' : ` at ${pointer}`
  const begun = text.slice(0, fits)
  // Behind a number more digits could come, too: what is asked is which member comes next.
  const comma = closes !== null && recogniser.read(`${begun},`).fits > fits ? ',' : ''
  const next = comma + forced(recogniser, begun + comma)
  const instead = next === '' ? '' : `, but ${quoted(next)} can come instead`
  const seen = text.slice(0, fits + 1)
  return `its JSON text stops fitting${ending}${at}: nothing that begins with ${quoted(seen)} can be${instead}.`
}

/** Of the lexeme at an index of a JSON text: a key counts as the member it names. */
function placeAt(text: string, index: number): Place {
  const levels: Level[] = []
  for (const { 0: lexeme, index: from } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s"{}[\],:]+/g)) {
    const isThere = from + lexeme.length > index
    const level = levels.at(-1)
    if (lexeme === '}' || lexeme === ']') {
      levels.pop()
      if (isThere) return { pointer: pointerOf(levels), closes: level?.closes ?? null }
    } else if (level !== undefined && lexeme === ',') {
      level.key = typeof level.key === 'number' ? level.key + 1 : ''
    } else if (level?.closes === 'object' && level.key === '' && lexeme.startsWith('"')) {
      level.key = lexeme
    }
    if (isThere) return { pointer: pointerOf(levels), closes: null }
    if (lexeme === '{') levels.push({ closes: 'object', key: '' })
    if (lexeme === '[') levels.push({ closes: 'array', key: 0 })
  }
  return { pointer: pointerOf(levels), closes: null }
}

function pointerOf(levels: readonly Level[]): string {
  const keys = levels.map(({ key }) => (typeof key === 'string' && key !== '' ? JSON.parse(key) : key))
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

const marks = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
const spaces = ['\n', ' ']
/** Each character costs a reading of what is before it for each one it might be. */
const [forcedMax, begunMax] = [40, 400]

/** What comes next where that is one thing, as far as it is; white space only where nothing else can come. */
function forced(recogniser: Recogniser, begun: string): string {
  let next = ''
  while (next.length < forcedMax && begun.length <= begunMax) {
    const before = begun + next
    const fit = (one: string): boolean => recogniser.read(before + one).fits > before.length
    const can = marks.filter(fit)
    const [only, other] = can.length > 0 ? can : spaces.filter(fit)
    if (only === undefined || other !== undefined) break
    next += only
  }
  return next
}
