// Values that end at a text of the language: a stop of the hole's own, or one of the texts that may follow it. The
// model has to write that end, so it is part of the constraint; the value ends before it. Decides what happens to the
// end's tokens: they stay where what follows the hole begins with them, and are cut off otherwise.
import { type Constraint, isConstraint, regularText } from '../constraint/constraint-type.js'
import type { IrBuilder } from '../constraint/ir/ir-builder.js'
import { literalStop } from '../constraint/literal-stop.js'
import { inSteps, lowerInSteps } from '../constraint/steps.js'
import { text as anyText, until } from '../constraint/text.js'
import type { Hole } from '../prompt/part.js'
import { excluding, nothingRejected, type Rejected } from './exclude.js'
import type { Following } from './follow.js'
import { isMember } from './known.js'
import type { RunContext, Scope } from './scope.js'
import { bytesOf, editTokens, origin, type TokenList } from './transcript.js'

export function stopsOf(hole: Hole): readonly string[] {
  return 'stops' in hole.language ? hole.language.stops : []
}

/** The texts that end the hole's value and belong to its constraint; [] where the literal after it is enough. */
export function endsOf(hole: Hole, after: Following): readonly string[] {
  const stops = stopsOf(hole)
  if (stops.length + after.either.length === 0) return []
  const { literal, either } = after
  if (literal === '') return [...stops, ...either.map(literalStop)]
  const stop = literalStop(literal)
  // A token may straddle the end of a literal such as a quote; behind a longer one it is of no use.
  const behind = stop === literal ? either.map((text) => stop + literalStop(text.slice(stop.length))) : []
  return [...stops, stop, ...behind]
}

/** The constraint of a hole where this follows it, less what was rejected there. */
export function constraintOf(hole: Hole, after: Following, rejected: Rejected = nothingRejected): Constraint {
  const { language } = hole
  const ends = endsOf(hole, after)
  if (isConstraint(language)) {
    const value = excluding(language, rejected)
    return ends.length === 0 ? value : ended(value, ends)
  }
  if (ends.length > 0) return stoppedText(ends, rejected)
  const { literal } = after
  return excluding(literal === '' ? anyText() : until(literalStop(literal)), rejected)
}

/** Text up to an end, end included. */
function stoppedText(ends: readonly string[], rejected: Rejected): Constraint<string> {
  const before = excluding(until(ends), rejected)
  return regularText({
    kind: 'until',
    lowerRegular: (builder) =>
      builder.concat(before.lowerRegular(builder), builder.optional(anyEnd(builder, ends))),
    describe: () => before.describe(),
  })
}

/** A value and then an end, or the model's own. */
function ended(value: Constraint, ends: readonly string[]): Constraint {
  return inSteps<Constraint>(
    {
      kind: value.kind,
      parse: (text) => value.parse(text),
      format: (known) => value.format(known),
      describe: () => value.describe(),
    },
    function* (builder) {
      const symbol = yield* lowerInSteps(value, builder)
      return { rule: builder.rule('ended value', [[symbol], [symbol, { lexeme: anyEnd(builder, ends) }]]) }
    },
  )
}

function anyEnd(builder: IrBuilder, ends: readonly string[]) {
  return builder.altOf(ends.map((end) => builder.literal(end)))
}

interface Whole {
  readonly text: string
  readonly tokens: TokenList
  readonly overrun: number
}

/** Takes the end off a value. */
export function cutEnd(
  scope: Scope,
  hole: Hole,
  whole: Whole,
  after: Following,
  opening: { readonly keep: number; readonly prefixLength: number },
): Whole {
  const text = valueIn(scope, hole, whole.text, endsOf(hole, after))
  if (text === whole.text) return whole
  const end = whole.text.slice(text.length)
  const bytesAfter = new TextEncoder().encode(end).length
  const stays = [after.literal, ...after.either].some((follows) => follows.startsWith(end))
  if (stays) return { text, tokens: whole.tokens, overrun: bytesAfter }
  return { text, tokens: cutBytes(scope.run, whole.tokens, opening.keep, bytesAfter), overrun: 0 }
}

/** A text ends where an end begins; a value of another kind may contain one, so it is what the constraint allows. */
function valueIn(scope: Scope, hole: Hole, text: string, ends: readonly string[]): string {
  const { language } = hole
  if (!isConstraint(language)) {
    let first = text.length
    for (const end of ends) {
      const found = text.indexOf(end)
      if (found >= 0) first = Math.min(first, found)
    }
    return text.slice(0, first)
  }
  const values = ends
    .filter((end) => text.endsWith(end))
    .map((end) => text.slice(0, text.length - end.length))
  return values.sort((a, b) => a.length - b.length).find((value) => isMember(scope, language, value)) ?? text
}

/** The tokens without their last `count` bytes; half a token that is left is tokenised again. */
function cutBytes(run: RunContext, list: TokenList, keepMin: number, count: number): TokenList {
  const { vocabulary } = run.engine
  let keep = list.tokens.length
  let cut = 0
  while (cut < count && keep > keepMin) {
    keep -= 1
    cut += vocabulary.tokenBytes(list.tokens[keep]!).length
  }
  const left = bytesOf(vocabulary, list.tokens, keep).subarray(0, cut - count)
  const kept = editTokens(list, keep, new Int32Array(0), origin.sampled)
  if (left.length === 0) return kept
  const edit = run.boundary.appendLiteral(vocabulary, kept.tokens, left, { isSpelled: true, keepMin: keep })
  return editTokens(kept, edit.keep, edit.added, origin.sampled)
}
