// The public entry: what can be compiled, what a matcher says, and what each mistake is called.
import { compile } from '../../../lib/constraint/compile.js'
import { choice, integer, loadVocab, regex, until } from '../../../lib/constraint/constraint.js'
import { lowerConstraint } from '../../../lib/constraint/lower.js'
import { createVocab } from '../../../lib/native/native.js'
import { gen, integer as integerHole, select } from '../../../lib/prompt/hole.js'

const eog = 256
const tokens = [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), new Uint8Array(0)]
const vocab = createVocab({ tokens, special: [eog], eog: [eog] })
const spell = (text: string): number[] => [...Buffer.from(text)]

test('a matcher follows a value into the literal behind it', () => {
  const matcher = compile(choice(['yes', 'no']), vocab).matcher('', '\n')
  for (const token of spell('yes')) expect(matcher.accept(token)).toBe(true)
  expect([matcher.canEnd(), matcher.isEnded(), Buffer.from(matcher.forced()).toString()]).toEqual([
    true,
    false,
    '\n',
  ])
  expect(matcher.accept(spell('\n')[0]!)).toBe(true)
  expect([matcher.isEnded(), matcher.valueLength(), matcher.suffixLength()]).toEqual([true, 3, 1])
  matcher.rollback(2)
  expect(Buffer.from(matcher.forced()).toString()).toBe('s\n')
})

test('a prefix comes before the value', () => {
  const matcher = compile(integer({ min: 7, max: 7 }), vocab).matcher(': ', null)
  expect(Buffer.from(matcher.forced()).toString()).toBe(': 7')
  expect(matcher.accept(spell('7')[0]!)).toBe(false)
})

test('holes are compiled by their language', () => {
  const accepts = (hole: Parameters<typeof compile>[0], text: string): boolean => {
    const matcher = compile(hole, vocab).matcher()
    return spell(text).every((token) => matcher.accept(token)) && matcher.canEnd()
  }
  expect(accepts(select('s', ['a', 'b']), 'b')).toBe(true)
  expect(accepts(integerHole('n', { min: 1 }), '0')).toBe(false)
  expect(accepts(gen('g'), 'anything\n')).toBe(true)
  expect(accepts(gen('g', { stop: '\n' }), 'a\n')).toBe(false)
})

test('a mask fills the words it is given, and only such that fit', () => {
  const matcher = compile(choice(['yes', 'no']), vocab).matcher()
  const words = new Uint32Array(9).fill(0xffffffff)
  expect(matcher.mask(words)).toBe(words)
  expect(words).toEqual(matcher.mask())
  expect(() => matcher.mask(new Uint32Array(8))).toThrow(
    expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
  )
})

test('a constraint is lowered once', () => {
  const constraint = until(['\n'])
  expect(lowerConstraint(constraint)).toBe(lowerConstraint(constraint))
})

test.each<[string, () => unknown, string]>([
  ['nothing', () => compile(null as never, vocab), 'CONSTRAINT_EXPECTED'],
  ['a string', () => compile('abc' as never, vocab), 'CONSTRAINT_EXPECTED'],
  ['no vocabulary', () => compile(integer(), null as never), 'VOCAB_EXPECTED'],
  ['a limit of zero', () => compile(integer(), vocab, { statesMax: 0 }), 'LIMIT_INVALID'],
  ['a limit nobody knows', () => compile(integer(), vocab, { fuel: 9 } as never), 'OPTION_UNKNOWN'],
  ['limits that are a number', () => compile(integer(), vocab, 5 as never), 'LIMIT_INVALID'],
  ['a regex without members', () => compile(regex('[^\\s\\S]'), vocab), 'CONSTRAINT_EMPTY'],
  ['a prefix that is a number', () => compile(integer(), vocab).matcher(5 as never), 'ARGUMENT_INVALID'],
  ['a prefix cut in two', () => compile(integer(), vocab).matcher('\ud83c'), 'ARGUMENT_INVALID'],
  ['a token that is none', () => compile(integer(), vocab).matcher().accept(NaN), 'TOKEN_OUT_OF_RANGE'],
  ['a token out of range', () => compile(integer(), vocab).matcher().accept(257), 'TOKEN_OUT_OF_RANGE'],
  ['a token out of range, asked', () => compile(integer(), vocab).matcher().allows(-1), 'TOKEN_OUT_OF_RANGE'],
  ['too many tokens back', () => compile(integer(), vocab).matcher().rollback(1), 'ROLLBACK_TOO_FAR'],
])('%s is refused by name', (_, act, code) => {
  expect(act).toThrow(expect.objectContaining({ code }))
})

test('disposing ends a compiled constraint and a matcher, twice without harm', () => {
  const compiled = compile(integer(), vocab)
  const matcher = compiled.matcher()
  compiled.dispose()
  compiled.dispose()
  expect(() => compiled.matcher()).toThrow(expect.objectContaining({ code: 'DISPOSED' }))
  expect(matcher.accept(spell('1')[0]!)).toBe(true)
  matcher.dispose()
  matcher.dispose()
  for (const act of [
    () => matcher.mask(),
    () => matcher.accept(1),
    () => matcher.fork(),
    () => matcher.canEnd(),
  ]) {
    expect(act).toThrow(expect.objectContaining({ code: 'DISPOSED' }))
  }
})

test.each<[string, unknown, string]>([
  ['no text', null, 'ARGUMENT_INVALID'],
  ['an empty path', '', 'ARGUMENT_INVALID'],
  ['a folder', '.', 'MODEL_NOT_A_FILE'],
  ['a missing file', './absent.gguf', 'MODEL_NOT_FOUND'],
  ['a file that is no model', './package.json', 'MODEL_NOT_GGUF'],
])('loading %s is refused by name', async (_, path, code) => {
  await expect(loadVocab(path as string)).rejects.toThrow(expect.objectContaining({ code }))
})

test("without a path the demo model's vocabulary is read", async () => {
  const vocab = await loadVocab()
  expect(vocab.size).toBeGreaterThan(1000)
  await vocab.dispose()
})
