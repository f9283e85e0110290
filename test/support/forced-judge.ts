// Judges what an addon's generation took without a draw, token by token, by the slow twin in TypeScript; and makes
// constraints that force much. Any allowed token is right there.
import { tokenKind } from '../../lib/base/token-kind.js'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import type { DrawOptions, GenerationResult, NativeMatcher, NativeVocab } from '../../lib/native/addon.js'
import { forcedRun, sureToken } from './oracle-forced.js'

export interface ForcedCase {
  readonly vocabulary: Vocabulary
  /** All tokens before the first draw. */
  readonly before: Int32Array
  /** At the start; advanced here. */
  readonly matcher: NativeMatcher
  readonly draw: Pick<DrawOptions, 'bias'>
  readonly cells: number
  /** Whether the addon was told all of `before`; else it may draw what is sure. */
  readonly isToldAll?: boolean
}

/** What is wrong with the result; null: nothing. */
export function judgeForced(given: ForcedCase, { tokens, kinds, stop }: GenerationResult): string | null {
  const { vocabulary, before, matcher, draw, cells, isToldAll = true } = given
  const at = (index: number) => Int32Array.of(...before, ...tokens.subarray(0, index))
  const wrong = (index: number, what: string): string =>
    `token ${index} of ${[...tokens]} (${[...kinds]}, ${stop}): ${what}`
  for (let index = 0; index < tokens.length; ) {
    const sure = sureToken(vocabulary, at(index), matcher, draw, [])
    const [kind, token] = [kinds[index], tokens[index]!]
    const isKnown = sure !== null && (isToldAll || kind !== tokenKind.drawn)
    const expected = isKnown ? tokenKind.sure : tokenKind.drawn
    if (kind !== expected || (isKnown && sure !== token))
      return wrong(index, `expected kind ${expected}, token ${sure ?? 'any'}`)
    if (!matcher.accept(token)) return wrong(index, 'not allowed')
    index += 1
    if (matcher.isEnded()) return index === tokens.length ? null : wrong(index, 'the value has ended')
    if (matcher.forced().length < 2) continue
    if (!isToldAll && stop === 'forced' && index === tokens.length) return null
    const run = forcedRun(vocabulary, at(index), matcher)
    if (before.length + index + run.length > cells) return stop === 'forced' ? null : wrong(index, 'no room')
    for (const token of run) {
      if (!matcher.accept(token)) break
      if (kinds[index] !== tokenKind.forced || tokens[index] !== token)
        return wrong(index, `expected ${token} to be forced`)
      index += 1
    }
    if (matcher.isEnded()) return index === tokens.length ? null : wrong(index, 'the value has ended')
  }
  if (stop !== 'paused')
    return stop === 'forced' ? wrong(tokens.length, 'nothing was left to JavaScript') : null
  const next = sureToken(vocabulary, at(tokens.length), matcher, draw, [])
  return next === null || !isToldAll ? null : wrong(tokens.length, `${next} is sure`)
}

const pieces = [
  ...[
    'a',
    'b',
    'The',
    ' the',
    'name',
    'Name',
    's',
    "'s",
    'ing',
    'é',
    'ß',
    'ж',
    'и',
    '한',
    '日本',
    'ー',
    '😀',
    '½',
  ],
  ...[
    '"',
    '":',
    '": "',
    '",',
    ', "',
    '{"',
    '"}',
    '[',
    ']',
    '(',
    ')',
    '.',
    '. ',
    '!',
    '?',
    ',',
    ', ',
    '-',
    '_',
    '=',
    '/',
  ],
  ...['1', '23', '000', ' 7', '\n', '\n\n', '\t', ' ', '  ', '   ', '\u00a0', '。', '、', '\r\n', '▁', 'x'],
]

/** Random text and constraints; `below(n)`: an integer in [0, n). */
export class ForcedCases {
  readonly #below: (bound: number) => number

  constructor(below: (bound: number) => number) {
    this.#below = below
  }

  text(most: number): string {
    const count = this.#below(most) + 1
    return Array.from({ length: count }, () => pieces[this.#below(pieces.length)]!).join('')
  }

  /** A matcher, as often as asked for: stretches without a choice between stretches with one. */
  matchers(vocab: NativeVocab): () => NativeMatcher {
    const builder = new IrBuilder()
    const parts = Array.from({ length: this.#below(6) + 1 }, () => {
      switch (this.#below(4)) {
        case 0: {
          const head = this.#below(2) === 0 ? '' : this.text(2)
          const options = Array.from({ length: this.#below(3) + 2 }, () => head + this.text(3))
          return builder.altOf(options.map((option) => builder.literal(option)))
        }
        case 1:
          return builder.repeat(builder.class([[48, 57]]), 1, 3)
        case 2:
          return builder.repeat(
            builder.class([
              [32, 126],
              [0x400, 0x44f],
            ]),
            0,
            4,
          )
        default:
          return builder.literal(this.text(8))
      }
    })
    const { words, bytes } = builder.finish({
      lexeme: parts.reduce((all, part) => builder.concat(all, part)),
    })
    const constraint = vocab.compile(words, bytes)
    const suffix = this.#below(2) === 0 ? null : Buffer.from(this.text(4))
    const prefix = this.#below(3) === 0 ? Buffer.from(this.text(2)) : new Uint8Array(0)
    return () => constraint.matcher(prefix, suffix)
  }
}
