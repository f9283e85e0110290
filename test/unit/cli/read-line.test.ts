// How a command line is read: what words mean, wherever they stand, and what a line of nonsense is told. The commands
// here are made up, so that the rules are judged and not the list.
import { callOptions } from '../../../lib/cli/call-options.js'
import type { CallOptions, Command } from '../../../lib/cli/command.js'
import { readLine } from '../../../lib/cli/read-line.js'

const fry: Command = {
  name: 'fry',
  takes: '<egg> [...more]',
  says: 'Fry eggs',
  options: [
    { flags: '--salt <grams>', says: 'Salt', kind: 'number' },
    { flags: '-p, --pan <name>', says: 'The pan', kind: 'text' },
    { flags: '--side <up|down>', says: 'Which side', kind: 'text' },
    { flags: '--herb <name>', says: 'A herb', kind: 'list' },
    { flags: '--no-oil', says: 'Without oil', kind: 'flag' },
  ],
  examples: ['fry egg'],
  run: async () => undefined,
}
const boil: Command = { ...fry, name: 'boil', takes: '[soft|hard]', options: [], examples: [] }
const read = (...argv: string[]) => readLine(argv, [fry, boil])

test('texts stay what they are: nothing is taken for a number', () => {
  const { command, args, options } = read(
    'fry',
    '007',
    '1e3',
    '--pan',
    '0010',
    '--herb=1.50',
    '--herb',
    'a=b=c',
  )
  expect(command).toBe(fry)
  expect(args).toEqual(['007', '1e3'])
  expect(options.text('pan')).toBe('0010')
  expect(options.list('herb')).toEqual(['1.50', 'a=b=c'])
})

test('common options stand anywhere, options among arguments, and behind -- nothing is an option', () => {
  expect(read('--json', 'fry', 'a').command).toBe(fry)
  const { args, options } = read('fry', 'a', '--no-oil', 'b', '--', '--pan', '-x')
  expect(args).toEqual(['a', 'b', '--pan', '-x'])
  expect(options.flag('no-oil')).toBe(true)
  expect(options.text('pan')).toBeNull()
})

test('of an option that is written twice the last one counts; lists have all', () => {
  const { options } = read('fry', 'a', '--pan', 'x', '-p', 'y', '--herb', 'a', '--herb', 'b')
  expect([options.text('pan'), options.list('herb'), options.text('side')]).toEqual(['y', ['a', 'b'], null])
})

test('negative numbers are values', () => {
  expect(read('fry', 'a', '--salt', '-3').options.number('salt', { from: -5, until: 5 })).toBe(-3)
})

test.each([
  [['fry', '--help'], 'help', 'fry'],
  [['fry', '-h', '--nonsense'], 'help', 'fry'],
  [['help', 'boil'], 'help', 'boil'],
  [['--help'], 'help', undefined],
  [['--version'], 'version', undefined],
  [[], 'work', undefined],
])('%j asks for %s of %s', (argv, asks, name) => {
  const line = read(...argv)
  expect([line.asks, line.command?.name]).toEqual([asks, name])
})

test.each<[string[], string, RegExp]>([
  [['fyr'], 'COMMAND_UNKNOWN', /no command fyr; .* Did you mean fry\?$/],
  [['cook'], 'COMMAND_UNKNOWN', /no command cook; "espalier --help" lists them\.$/],
  [['x.mts'], 'COMMAND_UNKNOWN', /Did you mean espalier run x\.mts\?$/],
  [['fry', 'a', '--pam', 'x'], 'OPTION_UNKNOWN', /no option --pam of espalier fry; .* Did you mean --pan\?$/],
  [['fry', 'a', '-q'], 'OPTION_UNKNOWN', /no option -q of/],
  [['fry', 'a', '--__proto__'], 'OPTION_UNKNOWN', /no option --__proto__ of/],
  [['--pan', 'fry', 'a'], 'OPTION_UNKNOWN', /no option --pan before a command/],
  [['fry', 'a', '--pan'], 'ARGUMENT_MISSING', /--pan needs a value, and nothing was given/],
  [['fry', 'a', '--pan='], 'ARGUMENT_MISSING', /--pan needs a value/],
  [['fry', 'a', '--pan', '--no-oil'], 'ARGUMENT_MISSING', /the option --no-oil came; .* --pan=--no-oil/],
  [['fry', 'a', '--no-oil=3'], 'ARGUMENT_INVALID', /--no-oil takes no value; "3" was given/],
  [
    ['fry', 'a', '--side', 'dwon'],
    'ARGUMENT_INVALID',
    /--side is dwon; expected up or down\. Did you mean down\?/,
  ],
  [['fry'], 'ARGUMENT_MISSING', /espalier fry needs <egg>, as in: fry egg\.$/],
  [['boil', 'soft', 'hard'], 'ARGUMENT_UNEXPECTED', /takes \[soft\|hard\], and "hard" is one too many/],
  [['boil', 'sofd'], 'ARGUMENT_INVALID', /takes soft or hard; "sofd" was given\. Did you mean soft\?/],
])('%j is refused', (argv, code, message) => {
  expect(() => read(...argv)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  )
})

const optionsOf = (salt: string): CallOptions => callOptions(new Map([['salt', [salt]]]), fry)

test.each(['', 'x', '0x10', '1_000', 'NaN', 'Infinity', '1.5', '-1', '11', '1e400', ' 3'])(
  'salt %j is no whole number from 0 to 10',
  (salt) => {
    expect(() => optionsOf(salt).whole('salt', { from: 0, until: 10 })).toThrow(
      expect.objectContaining({
        code: 'ARGUMENT_INVALID',
        message: `--salt is ${salt}; expected a whole number from 0 to 10.`,
      }),
    )
  },
)

test.each([
  ['0', 0],
  ['10', 10],
  ['+7', 7],
  ['1e1', 10],
])('salt %s is %d', (salt, value) => {
  expect(optionsOf(salt).whole('salt', { from: 0, until: 10 })).toBe(value)
})

test('a command that asks for an option it does not have is our mistake', () => {
  expect(() => optionsOf('1').text('nothing')).toThrow(expect.objectContaining({ code: 'INVARIANT' }))
})
