// Values that end at a text of the language: a stop of the hole's own, or one of the texts that may follow it. The
// model has to write that end, so it is part of the constraint; what is the value's of it is decided here, and what
// happens to its tokens: they stay where the stop does, or where what follows the hole begins with them, and are
// cut off otherwise.

import { Recent } from '../../../base/recent.js'
import type { Constraint } from '../../../constraint/constraint-type.js'
import { excluding } from '../../../constraint/exclude.js'
import { literalStop } from '../../../constraint/literal-stop.js'
import { inSteps, lowerInSteps } from '../../../constraint/steps.js'
import { firstStop } from '../../../constraint/stop-reader.js'
import { anyOf, type Stop, upToStop, withoutStops } from '../../../constraint/stops.js'
import type { HoleRequest, ValueEnd } from '../../fill.js'
import { editTokens, origin, type TokenList } from '../text/tokens.js'
import { appendLiteral } from '../tokens/boundary.js'
import { joinTokenBytes } from '../tokens/text.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

const encoder = new TextEncoder()

/** How one hole ends. */
export interface HoleEnds {
  /** What may stand in the hole, an end that belongs to it included. */
  readonly constraint: Constraint
  /** The same while the value can't end yet: without any end. */
  readonly unended: Constraint
  /** Texts that end a value with a constraint and belong to it; [] where the literal is enough. */
  readonly ends: readonly string[]
  /** The literal behind the value, for the matcher; null where there is none, or an end comes before it. */
  readonly suffix: Uint8Array | null
}

export function endsOf(request: HoleRequest): HoleEnds {
  const { stops, stopText, follows, rejected, constraint } = request
  const { literal } = follows
  const ends = endTexts(request)
  const hasEnds = ends.length > 0 || stops.length > 0
  const suffix = literal === '' || hasEnds ? null : encoder.encode(literal)
  const isClean = rejected.texts.length + rejected.beginnings.length === 0
  if (constraint !== null) {
    const unended = excluding(constraint, rejected)
    if (!hasEnds) return { constraint: unended, unended, ends, suffix }
    const whole = isClean ? knownEnded(constraint, ends) : ended(unended, ends)
    return { constraint: whole, unended, ends, suffix }
  }
  const found = hasEnds ? stopsIn(request) : literal === '' ? [] : [literalStop(literal)]
  const unended = excluding(withoutStops(found), rejected)
  if (!hasEnds) return { constraint: unended, unended, ends, suffix }
  const behind = ends.filter((end) => !found.includes(end))
  const counts = stopText === 'value' ? 'whole text' : 'text before'
  return { constraint: upToStop(found, behind, rejected, counts), unended, ends, suffix }
}

/** Texts that end the value. */
function endTexts({ stops, follows: { literal, either } }: HoleRequest): readonly string[] {
  if (stops.length + either.length === 0) return []
  const own = stops.filter((stop) => typeof stop === 'string')
  if (literal === '') return [...own, ...either.map(literalStop)]
  const stop = literalStop(literal)
  // A token may straddle the end of a literal such as a quote; behind a longer one it is of no use.
  const isStraddled = stop === literal && stops.length === 0
  const behind = isStraddled ? either.map((text) => stop + literalStop(text.slice(stop.length))) : []
  return [...own, stop, ...behind]
}

/** All that a text ends at, the hole's own stops first. */
function stopsIn({ stops, follows: { literal, either } }: HoleRequest): readonly Stop[] {
  return [...stops, ...(literal === '' ? either : [literal]).map(literalStop)]
}

/** Lowering a schema takes longer than remembering what it came to; the last few ends of each are kept. */
const knownEnds = new WeakMap<Constraint, Recent<Constraint>>()
const endsKept = 16

function knownEnded(value: Constraint, ends: readonly string[]): Constraint {
  const known = knownEnds.get(value) ?? new Recent<Constraint>(endsKept, Number.POSITIVE_INFINITY)
  knownEnds.set(value, known)
  const key = JSON.stringify(ends)
  const made = known.get(key) ?? ended(value, ends)
  known.set(key, made)
  return made
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
      return { rule: builder.rule('ended value', [[symbol], [symbol, { lexeme: anyOf(builder, ends) }]]) }
    },
  )
}

/** A value with what the model wrote behind it. */
export interface Whole {
  readonly text: string
  readonly list: TokenList
  /** Bytes at the end that belong to what follows. */
  readonly overrun: number
}

/** A value, and what is known of its end. */
export interface CutValue extends Whole {
  /** The text of a stop that stays behind the value; '' where there is none. */
  readonly behind: string
  /** What ended it; null where the matcher knows. */
  readonly end: Extract<ValueEnd, { kind: 'stop' | 'literal' }> | null
}

/** Where an end begins in a text, and what it was. */
interface Cut {
  readonly at: number
  readonly end: NonNullable<CutValue['end']>
}

/** Takes the end off a value. `isMember`: of the hole's own constraint, end not included. */
export function cutEnd(
  vocabulary: Vocabulary,
  request: HoleRequest,
  ends: HoleEnds['ends'],
  whole: Whole,
  keep: number,
  isMember: (text: string) => boolean,
): CutValue {
  const { constraint, follows, stopText } = request
  const cut =
    constraint === null ? textCut(request, whole.text) : valueCut(request, whole.text, ends, isMember)
  if (cut === null) return { ...whole, behind: '', end: null }
  const { at, end } = cut
  if (end.kind === 'stop' && stopText === 'value') return { ...whole, behind: '', end }
  const text = whole.text.slice(0, at)
  const rest = whole.text.slice(at)
  if (end.kind === 'stop' && stopText === 'kept') return { ...whole, text, behind: rest, end }
  const bytesAfter = encoder.encode(rest).length
  const stays = [follows.literal, ...follows.either].some((following) => following.startsWith(rest))
  if (stays) return { text, behind: '', list: whole.list, overrun: bytesAfter, end }
  return { text, behind: '', list: cutBytes(vocabulary, whole.list, keep, bytesAfter), overrun: 0, end }
}

/** How a value ended behind which nothing more may come. */
export function endOf({ end, overrun }: CutValue): ValueEnd {
  return end ?? { kind: overrun > 0 ? 'literal' : 'complete' }
}

/** A text ends at the first end in it; a stop of the hole's own counts before what follows, where both end there. */
function textCut(request: HoleRequest, text: string): Cut | null {
  const { stops } = request
  const all = stopsIn(request)
  const own = firstStop(stops, text)
  const literal = firstStop(all.slice(stops.length), text)
  if (own !== null && (literal === null || own.until <= literal.until)) {
    return { at: own.from, end: { kind: 'stop', stop: text.slice(own.from, own.until) } }
  }
  return literal === null ? null : { at: literal.from, end: { kind: 'literal' } }
}

/** A value of another kind may contain an end, so it is what its constraint has. */
function valueCut(
  { stops }: HoleRequest,
  text: string,
  ends: readonly string[],
  isMember: (text: string) => boolean,
): Cut | null {
  const values = ends
    .filter((end) => text.endsWith(end))
    .map((end) => text.slice(0, text.length - end.length))
  const value = values.sort((a, b) => a.length - b.length).find(isMember)
  if (value === undefined) return null
  const stop = text.slice(value.length)
  return { at: value.length, end: stops.includes(stop) ? { kind: 'stop', stop } : { kind: 'literal' } }
}

/** The tokens without their last `count` bytes; half a token that is left is tokenised again. */
function cutBytes(vocabulary: Vocabulary, list: TokenList, keepMin: number, count: number): TokenList {
  let keep = list.tokens.length
  let cut = 0
  while (cut < count && keep > keepMin) {
    keep -= 1
    cut += vocabulary.tokenBytes(list.tokens[keep]!).length
  }
  const left = joinTokenBytes(vocabulary, list.tokens.subarray(keep)).subarray(0, cut - count)
  const kept = editTokens(list, keep, new Int32Array(0), origin.sampled)
  if (left.length === 0) return kept
  const edit = appendLiteral(vocabulary, kept.tokens, left, { isSpelled: true, keepMin: keep })
  return editTokens(kept, edit.keep, edit.added, origin.sampled)
}
