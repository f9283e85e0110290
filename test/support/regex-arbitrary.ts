// Random regular expressions within the supported subset, with texts that have a fair chance to match them. Decides
// the shapes property tests try; never judges.
import fc from 'fast-check'

/** A pattern's source and some text it may match. */
export interface Sample {
  readonly source: string
  readonly text: string
}

const plain = ['a', 'b', 'c', 'K', 's', 'ß', 'é', 'Σ', 'ς', '0', '7', '_', '-', ' ', '"', '\n', '日', '€']
const astral = ['😀', '𐐀', '𐐨']
const escaped: Readonly<Record<string, string>> = { '\n': '\\n', '"': '"', '-': '-', ' ': ' ' }
const sets: readonly (readonly [source: string, members: string])[] = [
  ['.', 'a"日😀'],
  ['\\d', '07'],
  ['\\D', 'aé😀'],
  ['\\w', 'aK_7'],
  ['\\W', '- "ſ'],
  ['\\s', ' \n'],
  ['\\S', 'a日😀'],
  ['[a-c]', 'abc'],
  ['[^a-c]', 'K0é😀'],
  ['[K-Z\\d_]', 'KS0_'],
  ['[^"\\n]', 'ab😀'],
  ['[\\w-]', 'a-'],
  ['[\\s\\S]', 'a\n😀'],
  ['[^\\W_]', 'a7'],
  ['[ß-é]', 'é'],
  ['[à-ÿΑ-Ω]', 'éΣσς'],
  ['\\x41', 'Aa'],
  ['\\u00e9', 'éÉ'],
  ['[^]', 'a\n'],
]
const unicodeSets: readonly (readonly [string, string])[] = [
  ['\\p{L}', 'aé日𐐀'],
  ['\\P{L}', '0 😀'],
  ['\\p{Lu}', 'KΣa'],
  ['[^\\p{Lu}]', 'aK'],
  ['\\p{Script=Greek}', 'Σς'],
  ['\\u{1F600}', '😀'],
  ['[😀-😂]', '😀😁'],
  ['[^😀]', 'a😁'],
]

/** Flags as a RegExp takes them, out of '', 'i', 's', 'u', 'v' and their mixtures. */
export const regexFlags: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('', 'i'), fc.constantFrom('', 's'), fc.constantFrom('', 'u', 'v'))
  .map((flags) => flags.join(''))

/** Patterns valid with these flags. */
export function regexSamples(flags: string): fc.Arbitrary<Sample> {
  const isUnicode = /[uv]/.test(flags)
  const letters = (isUnicode ? [...plain, ...astral] : plain).map(
    (character): Sample => ({ source: escaped[character] ?? character, text: character }),
  )
  const classes = (isUnicode ? [...sets, ...unicodeSets] : sets)
    // Under v a lone hyphen is no syntax.
    .filter(([source]) => !flags.includes('v') || source !== '[\\w-]')
    .flatMap(([source, members]) => [...members].map((text): Sample => ({ source, text })))
  const { regex } = fc.letrec<{ regex: Sample; atom: Sample; item: Sample; sequence: Sample }>((tie) => ({
    atom: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { arbitrary: fc.constantFrom(...letters), weight: 4 },
      { arbitrary: fc.constantFrom(...classes), weight: 4 },
      { arbitrary: tie('regex').map(({ source, text }) => ({ source: `(?:${source})`, text })), weight: 2 },
      { arbitrary: tie('regex').map(({ source, text }) => ({ source: `(${source})`, text })), weight: 1 },
    ),
    item: fc.oneof(
      { arbitrary: tie('atom'), weight: 4 },
      { arbitrary: fc.tuple(tie('atom'), quantifier).map(([atom, by]) => by(atom)), weight: 3 },
    ),
    sequence: fc.array(tie('item'), { maxLength: 4 }).map(joinSamples),
    regex: fc
      .tuple(fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }), fc.nat())
      .map(([options, pick]) => ({
        source: options.map((option) => option.source).join('|'),
        text: options[pick % options.length]!.text,
      })),
  }))
  return regex
}

type Quantify = (atom: Sample) => Sample

const quantifier: fc.Arbitrary<Quantify> = fc
  .tuple(
    fc.constantFrom<readonly [string, number]>(
      ['*', 0],
      ['*', 2],
      ['+', 1],
      ['+', 3],
      ['?', 0],
      ['?', 1],
      ['{2}', 2],
      ['{1,3}', 2],
      ['{0,2}', 2],
      ['{2,}', 3],
      ['{0}', 0],
    ),
    fc.constantFrom('', '?'),
  )
  .map(([[sign, count], lazy]): Quantify => {
    return ({ source, text }) => ({ source: source + sign + lazy, text: text.repeat(count) })
  })

function joinSamples(samples: readonly Sample[]): Sample {
  return {
    source: samples.map((sample) => sample.source).join(''),
    text: samples.map((sample) => sample.text).join(''),
  }
}

/** A text near the given one: itself, other case, or with a character dropped, doubled or put in. */
export function nearTexts(text: string): fc.Arbitrary<string> {
  const characters = [...text]
  return fc
    .tuple(fc.nat(characters.length), fc.nat(5), fc.constantFrom(...plain, ...astral, 'ſ'))
    .map(([at, how, put]) => {
      const before = characters.slice(0, at).join('')
      const here = characters[at] ?? ''
      const after = characters.slice(at + 1).join('')
      const changed = [
        text,
        text.toUpperCase(),
        text.toLowerCase(),
        before + after,
        before + here + here + after,
      ]
      return changed[how] ?? before + put + after
    })
}
