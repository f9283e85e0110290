// Stretches of a text: what a model quotes from a source. Decides how long the source may be; which stretches there
// are is told by the text's suffix automaton, which whoever reads the flat form builds.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { isUnicodeText, quoted, shown } from '../base/seen.js'
import { type RegularConstraint, regularText } from './constraint-type.js'

/** Bytes of a source: its automaton takes 76 times as many. */
const bytesMax = 250_000

/**
 * Any stretch of the text but the empty one, so that a model quotes word for word; the value is the stretch. It may
 * begin and end within a word. `and(substring(source), words(3, 20))` bounds it. Compiling 100 KB takes some 10 ms, once
 * for each constraint, and holds 8 MB as long as it is known.
 *
 * Throws ConstraintError PART_INVALID for what is no text, CONSTRAINT_EMPTY for the empty one, CONSTRAINT_TOO_COMPLEX
 * above 250,000 bytes (UTF-8): give the paragraphs that matter.
 *
 * @example
 * ```ts
 * import { and, hole, prompt, substring, words } from 'espalier'
 *
 * const source = 'The mill was built in 1785. It burnt down in 1840 and was never rebuilt.'
 * const quote = and(substring(source), words(2, 6))
 * const { values } = await model.run(prompt`${source}\nWhen did it burn? "${hole('quote', quote)}"\n`)
 * console.log(source.includes(values.quote))
 * ```
 */
export function substring(text: string, ...extra: []): RegularConstraint<string> {
  refuseOptions('substring()', extra)
  checkSource(text)
  return regularText({
    kind: 'substring',
    lowerRegular: (builder) => builder.stretch(text),
    describe: () => `a stretch of ${quoted(text)}`,
  })
}

function checkSource(text: unknown): void {
  if (typeof text !== 'string' || !isUnicodeText(text)) {
    const seen = typeof text === 'string' ? 'half a surrogate pair' : shown(text)
    throw new ConstraintError('PART_INVALID', `substring() got ${seen}, expected Unicode text.`)
  }
  if (text === '') {
    throw new ConstraintError(
      'CONSTRAINT_EMPTY',
      'substring() got the empty text, of which nothing can be quoted.',
    )
  }
  const bytes = text.length > bytesMax ? text.length : Buffer.byteLength(text)
  if (bytes <= bytesMax) return
  throw new ConstraintError(
    'CONSTRAINT_TOO_COMPLEX',
    `substring() got a text of ${bytes} bytes or more, expected at most ${bytesMax}; give the part of it that matters.`,
  )
}
