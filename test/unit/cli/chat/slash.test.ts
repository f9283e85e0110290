// What a person types beside messages, and what is said of slips.
import { settingsDefault, settingsWith } from '../../../../lib/cli/chat/settings.js'
import { slashHelp, slashNames, typedOf } from '../../../../lib/cli/chat/slash.js'

test.each([
  ['hello', { kind: 'message', text: 'hello' }],
  [' /quit', { kind: 'message', text: ' /quit' }],
  ['//etc/passwd', { kind: 'message', text: '/etc/passwd' }],
  ['/retry', { kind: 'retry' }],
  ['/retry  ', { kind: 'retry' }],
  ['/edit', { kind: 'edit', turn: null }],
  ['/edit 3', { kind: 'edit', turn: 2 }],
  ['/undo', { kind: 'undo' }],
  ['/fork', { kind: 'fork', name: null }],
  ['/fork b 2', { kind: 'fork', name: 'b 2' }],
  ['/switch main', { kind: 'switch', name: 'main' }],
  ['/system', { kind: 'system', text: null }],
  ['/system ""', { kind: 'system', text: '' }],
  ['/system  You are terse. ', { kind: 'system', text: 'You are terse.' }],
  ['/save a b.json', { kind: 'save', file: 'a b.json' }],
  ['/load x', { kind: 'load', file: 'x' }],
  ['/set', { kind: 'set', setting: null }],
  ['/set max 5', { kind: 'set', setting: { name: 'max', value: '5' } }],
  ['/set max=5', { kind: 'set', setting: { name: 'max', value: '5' } }],
  ['/quit', { kind: 'quit' }],
])('%j', (line, expected) => {
  expect(typedOf(line)).toEqual(expected)
})

test.each([
  ['/', 'COMMAND_UNKNOWN', 'There is no command "/"'],
  ['/rety', 'COMMAND_UNKNOWN', 'Did you mean /retry?'],
  ['/constructor', 'COMMAND_UNKNOWN', 'There is no command "/constructor"'],
  ['/RETRY', 'COMMAND_UNKNOWN', 'Did you mean /retry?'],
  ['/usr/bin/env is what?', 'COMMAND_UNKNOWN', 'a message that begins with a slash is written with two'],
  ['/retry 2', 'ARGUMENT_INVALID', '/retry has "2" behind it; expected nothing there.'],
  ['/edit 0', 'ARGUMENT_INVALID', '/edit has "0" behind it; expected the number of a message.'],
  ['/edit two', 'ARGUMENT_INVALID', '/edit has "two" behind it'],
  ['/edit 99999999999', 'ARGUMENT_INVALID', 'expected the number of a message.'],
  ['/switch', 'ARGUMENT_INVALID', '/switch has nothing behind it; expected /switch <name>.'],
  ['/save', 'ARGUMENT_INVALID', 'expected /save <file>.'],
  ['/set max', 'ARGUMENT_INVALID', '/set has "max" behind it; expected a name and a value.'],
  ['/set max 1 2', 'ARGUMENT_INVALID', 'expected a name and a value.'],
])('%j is refused', (line, code, message) => {
  expect(() => typedOf(line)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})

test('help and completion have every command once', () => {
  const shown = slashHelp.map(([command]) => command.split(' ')[0])
  expect(shown).toEqual(slashNames)
  expect(new Set(slashNames).size).toBe(slashNames.length)
})

test.each([
  ['temperature', '0.3', { ...settingsDefault, temperature: 0.3 }],
  ['seed', '7', { ...settingsDefault, seed: 7 }],
  ['max', '1', { ...settingsDefault, max: 1 }],
])('%s may be %s', (name, value, expected) => {
  expect(settingsWith(settingsDefault, name, value)).toEqual(expected)
})

test.each([
  ['temperature', '-1', 'ARGUMENT_INVALID', 'temperature is "-1"; expected a number from 0 to 100.'],
  ['temperature', 'hot', 'ARGUMENT_INVALID', 'temperature is "hot"'],
  ['temperature', '101', 'ARGUMENT_INVALID', 'from 0 to 100.'],
  ['seed', '1.5', 'ARGUMENT_INVALID', 'seed is "1.5"; expected a whole number'],
  ['max', '0', 'ARGUMENT_INVALID', 'expected a whole number from 1 to'],
  ['temprature', '1', 'OPTION_UNKNOWN', 'Did you mean temperature?'],
  ['__proto__', '1', 'OPTION_UNKNOWN', 'expected one of temperature, seed, max.'],
])('%s can not be %s', (name, value, code, message) => {
  expect(() => settingsWith(settingsDefault, name, value)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})
