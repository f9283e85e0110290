// What a model writes never reaches a terminal as a command to it, however it is cut into pieces.
import fc from 'fast-check'
import { asJson } from '../../../lib/cli/json-text.js'
import { oneLine } from '../../../lib/cli/safe-text.js'
import { harmless } from '../../../lib/trace/harmless.js'

test('pictures take the place of control characters', () => {
  expect(harmless('\u001b[31mred\u001b[0m\r\u0007\u007f')).toBe('␛[31mred␛[0m␍␇␡')
  expect(harmless('\u009b31m \u202eabc\u2066')).toBe('<009B>31m <202E>abc<2066>')
  expect(harmless('as\tit\nstands: é 🙂')).toBe('as\tit\nstands: é 🙂')
})

const anything = fc.string({
  unit: fc.oneof(fc.nat(0x2100), fc.nat(0x9f)).map((code) => String.fromCharCode(code)),
})
/** As terminals take them; written another way than the code has it. */
function isObeyed(character: string): boolean {
  const code = character.charCodeAt(0)
  if (character === '\n' || character === '\t') return false
  return (
    /^\p{Cc}$/u.test(character) ||
    [0x200e, 0x200f, 0xfeff].includes(code) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  )
}

test('nothing a terminal obeys is left, and pieces come to what the whole does', () => {
  fc.assert(
    fc.property(anything, anything, (one, other) => {
      expect([...harmless(one)].filter(isObeyed)).toEqual([])
      expect(harmless(one) + harmless(other)).toBe(harmless(one + other))
      const kept = [...one].filter((character) => !isObeyed(character))
      if (kept.length === [...one].length) expect(harmless(one)).toBe(one)
    }),
  )
})

test('a line is a line, whatever was in it', () => {
  fc.assert(
    fc.property(anything, (text) => {
      expect([...oneLine(text)].filter((one) => isObeyed(one) || one === '\n' || one === '\t')).toEqual([])
    }),
  )
})

test('JSON stays the same value', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const json = asJson({ text })
      expect(JSON.parse(json)).toEqual({ text })
      expect([...json].filter((character) => isObeyed(character) || character === '\n')).toEqual([])
    }),
  )
})
