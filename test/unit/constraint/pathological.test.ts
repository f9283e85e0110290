// Constraints made to be costly: each gives masks or is refused by a ConstraintError, nothing else. What they cost in
// time and memory is measured by test/fuzz/pathological.mjs, which also has the slow ones.
import { compile } from '../../../lib/constraint/compile.js'
import { ConstraintError } from '../../../lib/constraint/constraint.js'
import { pathological } from '../../support/pathological.js'
import { disposeVocabularies, realVocabulary } from '../../support/real-vocabularies.js'

afterAll(disposeVocabularies)

const fine = [
  ...[
    'behind20',
    'behind2000',
    'nestedRepeats',
    'nestedRepeatsB',
    'nestedStars',
    'nestedOptionals',
    'anyCount',
  ],
  ...['anyCountU', 'anyMillion', 'repeatMax', 'dots', 'holdsThree', 'letters65k', 'numberTiny'],
  ...['andNotHolds', 'stops2000'],
  ...['classesIgnoreCase', 'classDifferences', 'differencesLong', 'propertiesLong', 'classesOfProperties'],
]
const refused = [
  ...['megabyte', 'choiceHuge', 'choiceWide'],
  ...['classesDifferent', 'rangesIgnoreCase', 'classesOfPropertiesDifferent'],
]
const either = [
  ...['optionals', 'notBehind20', 'andBehind', 'repeatRepeat', 'andHolds', 'notAndHolds'],
  ...['andCounts', 'notCounts', 'andDeep', 'limitWords', 'differencesDifferent'],
]

function walk(name: string, vocab: Awaited<ReturnType<typeof realVocabulary>>): number {
  const matcher = compile(pathological[name]!(), vocab).matcher()
  let steps = 0
  for (; steps < 8 && !matcher.isEnded(); steps += 1) {
    const mask = matcher.mask()
    const word = mask.findLastIndex((bits) => bits !== 0)
    const token = word * 32 + 31 - Math.clz32(mask[word]!)
    if (vocab.isEog(token)) break
    expect(matcher.accept(token)).toBe(true)
  }
  return steps
}

test.each(fine)('%s gives masks', async (name) => {
  expect(walk(name, await realVocabulary('llama-spm'))).toBeGreaterThan(0)
})

test.each(refused)('%s is refused', async (name) => {
  const vocab = await realVocabulary('llama-spm')
  expect(() => walk(name, vocab)).toThrow(expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }))
})

// Which of the two depends on how much is learnt about them at once.
test.each(either)('%s gives masks or is refused', async (name) => {
  const vocab = await realVocabulary('llama-spm')
  try {
    expect(walk(name, vocab)).toBeGreaterThan(0)
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error
    expect(error.code).toBe('CONSTRAINT_TOO_COMPLEX')
  }
})

const drawn = ['manyWords', 'trimmed', 'threeKinds', 'oneOfSeven', 'severalTexts']

// Long enough that what was learnt of the first text is dropped before the second begins.
test.each(drawn)('%s: what compiles is not refused while texts are drawn', async (name) => {
  const vocab = await realVocabulary('llama-spm')
  const compiled = compile(pathological[name]!(), vocab)
  for (const seed of [1, 2, 3]) {
    const matcher = compiled.matcher()
    let state = seed
    for (let step = 0; step < 80 && !matcher.isEnded(); step++) {
      const mask = matcher.mask()
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const isAllowed = (at: number): boolean => {
        const token = (state + at) % vocab.size
        return ((mask[token >> 5]! >>> (token & 31)) & 1) === 1 && !vocab.isEog(token)
      }
      let at = 0
      while (at < vocab.size && !isAllowed(at)) at++
      if (at === vocab.size) break
      expect(matcher.accept((state + at) % vocab.size)).toBe(true)
    }
  }
})

test.each(['mailOfWords', 'noneOfThree'])(
  '%s would be refused at its masks, and is by compile',
  async (name) => {
    const vocab = await realVocabulary('llama-spm')
    expect(() => compile(pathological[name]!(), vocab)).toThrow(
      expect.objectContaining({ code: 'CONSTRAINT_TOO_COMPLEX' }),
    )
  },
)
