// What a model writes never reaches a terminal as a command to it, however it is cut into pieces.
import fc from 'fast-check'
import { asJson } from '../../../lib/cli/json-text.js'
import { oneLine, safeText } from '../../../lib/cli/safe-text.js'

test('pictures take the place of control characters', () => {
  expect(safeText('\u001b[31mred\u001b[0m\r\u0007\u007f')).toBe('␛[31mred␛[0m␍␇␡')
  expect(safeText('\u009b31m \u202eabc\u2066')).toBe('<U+9B>31m <U+202E>abc<U+2066>')
  expect(safeText('as\tit\nstands: é 🙂 ‏')).toBe('as\tit\nstands: é 🙂 ‏')
})

const anything = fc.string({
  unit: fc.oneof(fc.nat(0x2100), fc.nat(0x9f)).map((code) => String.fromCharCode(code)),
})
/** As terminals take them; written another way than the code has it. */
function isObeyed(character: string): boolean {
  const code = character.charCodeAt(0)
  if (character === '\n' || character === '\t') return false
  return (
    /^\p{Cc}$/u.test(character) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
  )
}

test('nothing a terminal obeys is left, and pieces come to what the whole does', () => {
  fc.assert(
    fc.property(anything, anything, (one, other) => {
      expect([...safeText(one)].filter(isObeyed)).toEqual([])
      expect(safeText(one) + safeText(other)).toBe(safeText(one + other))
      const kept = [...one].filter((character) => !isObeyed(character))
      if (kept.length === [...one].length) expect(safeText(one)).toBe(one)
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
