// Texts spelled in JSON strings, natively: every escape of every kind of character, and constraints that tell more sets
// of characters apart than there are symbols. Judged by JSON.parse and by JavaScript's own regular expressions.
import { jsonSchema } from '../../../lib/constraint/constraint.js'
import { lowerConstraint } from '../../../lib/constraint/lower.js'
import { createVocab } from '../../../lib/native/native.js'

const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const vocab = createVocab({ tokens: [...bytes, new Uint8Array()], special: [256], eog: [256] })

function takes(schema: object): (text: string) => boolean {
  const { words, bytes: literals } = lowerConstraint(jsonSchema(schema))
  const compiled = vocab.compile(words, literals)
  return (text) => compiled.has(new TextEncoder().encode(text))
}

const characters = [
  'a',
  'Z',
  '0',
  ' ',
  '"',
  '\\',
  '/',
  '\n',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u0080',
  'é',
  'ÿ',
  '߿',
  'ࠀ',
]
characters.push('中', '퟿', '\ue000', '\uffff', '\u{10000}', '😀', '\u{1ffff}', '\u{20000}', '\u{10ffff}')

function unitsOf(character: string, digits: 'lower' | 'upper'): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  const hex = units.map((unit) => unit.toString(16).padStart(4, '0'))
  return hex.map((each) => `\\u${digits === 'upper' ? each.toUpperCase() : each}`).join('')
}

/** What JSON may write for a character, and near misses. */
function spellings(character: string): string[] {
  const short = ['b', 'f', 'n', 'r', 't', '"', '\\', '/', 'a', 'U', 'x'].map((letter) => `\\${letter}`)
  const whole = [unitsOf(character, 'lower'), unitsOf(character, 'upper')]
  return [
    character,
    ...short,
    ...whole,
    ...whole.map((each) => each.slice(0, -1)),
    '\\ud83d',
    '\\ude00',
    '\\ud83dx',
  ]
}

/** The text a JSON string stands for; null where it is none, or has half a surrogate pair. */
function meaning(text: string): string | null {
  try {
    const value = JSON.parse(text) as string
    return Buffer.from(value).toString() === value ? value : null
  } catch {
    return null
  }
}

const patterns = [
  '^.$',
  '^[^a-z]*$',
  '^[é中]$',
  '^\\p{L}+$',
  '^[\\u{10000}-\\u{1f600}]$',
  '[\\n"]',
  '^(?:a|😀|\\u007f){1,3}$',
]

test.each(patterns)('a pattern means the text, however it is spelled: %s', (pattern) => {
  const has = takes({ type: 'string', pattern })
  const expression = new RegExp(pattern, 'u')
  for (const character of characters) {
    for (const spelled of spellings(character)) {
      const text = `"${spelled}"`
      const value = meaning(text)
      expect([text, has(text)]).toEqual([text, value !== null && expression.test(value)])
    }
  }
})

test('lengths count characters, and known keys are left out of the others however they are spelled', () => {
  const two = takes({ type: 'string', minLength: 2, maxLength: 2 })
  expect(['"é😀"', '"\\u00e9\\uD83D\\uDE00"', '"\\n\\""'].filter((text) => !two(text))).toEqual([])
  expect(['"😀"', '"\\ud83d\\ude00"', '"aé😀"'].filter(two)).toEqual([])
  const keys = takes({ properties: { é1: false }, additionalProperties: true })
  expect(['{"é1":1}', '{"\\u00e91":1}', '{"\\u00E9\\u0031":1}'].filter(keys)).toEqual([])
  expect(keys('{"\\u00e92":1}')).toBe(true)
})

test('more sets of characters than there are symbols are told apart all the same', () => {
  const names = Array.from({ length: 200 }, (_, index) => String.fromCodePoint(0x4e00 + 3 * index))
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'integer' }]))
  const has = takes({ type: 'object', properties, additionalProperties: { type: 'string', maxLength: 3 } })
  for (const name of names) {
    expect([name, has(`{"${name}":1}`), has(`{"${name}":"x"}`)]).toEqual([name, true, false])
    expect([name, has(`{"${unitsOf(name, 'lower')}":"x"}`)]).toEqual([name, false])
  }
  expect(['{"丁":"x"}', '{"a":"\\n\\u0061é"}', '{"\\u0061":"丁é😀"}'].filter((text) => !has(text))).toEqual(
    [],
  )
  expect(['{"丁":"x丁é😀"}', '{"a":1}', '{"丁":"\\ud83d"}'].filter(has)).toEqual([])
})
