// Stretches of a text: what a model quotes from a source. Decides how long the source may be; which stretches there
// are is told by the text's suffix automaton, whose states become an expression each.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { isUnicodeText, quoted, shown } from '../base/seen.js'
import { formatText, type RegularConstraint } from './constraint-type.js'
import type { RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { finished, inSteps, type Steps } from './steps.js'
import { suffixAutomaton } from './suffix-automaton.js'

/** Characters whose automaton fits into a flat form, whatever they are: 21 words each at most. */
const charactersMax = 40_000
/** States lowered before others have their turn. */
const statesAtOnce = 2_000

/**
 * Any stretch of the text but the empty one, so that a model quotes word for word; the value is the stretch. It may
 * begin and end within a word. `and(substring(source), words(3, 20))` bounds it. Compiling the longest source takes
 * some tenths of a second, once for each constraint.
 *
 * Throws ConstraintError PART_INVALID for what is no text, CONSTRAINT_EMPTY for the empty one, CONSTRAINT_TOO_COMPLEX
 * above 40,000 characters: give the paragraphs that matter.
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
  const points = pointsOf(text)
  const lowering = (builder: IrBuilder): Steps<RegexId> => lowerPoints(builder, points)
  const parts = {
    kind: 'substring',
    lowerRegular: (builder: IrBuilder) => finished(lowering(builder)),
    parse: (member: string) => member,
    format: formatText('substring'),
    describe: () => `a stretch of ${quoted(text)}`,
  }
  return inSteps<RegularConstraint<string>>(parts, function* (builder) {
    return { lexeme: yield* lowering(builder) }
  })
}

function pointsOf(text: unknown): readonly number[] {
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
  const points =
    text.length > 2 * charactersMax ? [] : Array.from(text, (character) => character.codePointAt(0)!)
  if (points.length > 0 && points.length <= charactersMax) return points
  throw new ConstraintError(
    'CONSTRAINT_TOO_COMPLEX',
    `substring() got a text of ${points.length || text.length} characters, expected at most ${charactersMax}; ` +
      'give the part of it that matters.',
  )
}

/** A state is the empty text, or a character and the state it leads to; those come first. */
function* lowerPoints(builder: IrBuilder, points: readonly number[]): Steps<RegexId> {
  const { stateCount, length, first, next, edgePoint, edgeTo } = suffixAutomaton(points)
  yield
  const characters = new Map<number, RegexId>()
  for (const point of points) {
    if (!characters.has(point)) characters.set(point, builder.literal(String.fromCodePoint(point)))
  }
  const ids: RegexId[] = new Array(stateCount)
  let count = 0
  for (const state of Array.from({ length: stateCount }, (_, at) => at).sort(
    (a, b) => length[b]! - length[a]!,
  )) {
    const ways: RegexId[] = state === 0 ? [] : [builder.empty]
    for (let edge = first[state]!; edge !== -1; edge = next[edge]!) {
      ways.push(builder.concat(characters.get(edgePoint[edge]!)!, ids[edgeTo[edge]!]!))
    }
    ids[state] = builder.altOf(ways)
    count += 1
    if (count % statesAtOnce === 0) yield
  }
  return ids[0]!
}
