// Values that end at a text of the language: a stop of the hole's own, or one of the texts that may follow it. The
// model has to write that end, so it is part of the constraint; the value ends before it. Decides what happens to the
// end's tokens: they stay where what follows the hole begins with them, and are cut off otherwise.

import { type Constraint, regularText } from '../../../constraint/constraint-type.js'
import { excluding } from '../../../constraint/exclude.js'
import type { IrBuilder } from '../../../constraint/ir/ir-builder.js'
import { literalStop } from '../../../constraint/literal-stop.js'
import { inSteps, lowerInSteps } from '../../../constraint/steps.js'
import { text as anyText, until } from '../../../constraint/text.js'
import type { Following, HoleRequest, Rejected, ValueEnd } from '../../fill.js'
import { editTokens, origin, type TokenList } from '../text/tokens.js'
import { appendLiteral } from '../tokens/boundary.js'
import { joinTokenBytes } from '../tokens/text.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

const encoder = new TextEncoder()

/** How one hole ends. */
export interface HoleEnds {
  /** What may stand in the hole, an end that belongs to it included. */
  readonly constraint: Constraint
  /** Texts that end the value and belong to the constraint; [] where the literal behind it is enough. */
  readonly ends: readonly string[]
  /** The literal behind the value, for the matcher; null where there is none, or an end comes before it. */
  readonly suffix: Uint8Array | null
}

export function endsOf(request: HoleRequest): HoleEnds {
  const { stops, follows, rejected, constraint } = request
  const ends = endTexts(stops, follows)
  const suffix = follows.literal === '' || ends.length > 0 ? null : encoder.encode(follows.literal)
  const isClean = rejected.texts.length + rejected.beginnings.length === 0
  if (constraint !== null) {
    if (ends.length === 0) return { constraint: excluding(constraint, rejected), ends, suffix }
    const whole = isClean ? knownEnded(constraint, ends) : ended(excluding(constraint, rejected), ends)
    return { constraint: whole, ends, suffix }
  }
  if (ends.length > 0) return { constraint: stoppedText(ends, rejected), ends, suffix }
  const { literal } = follows
  const text = literal === '' ? anyText() : until(literalStop(literal))
  return { constraint: excluding(text, rejected), ends, suffix }
}

function endTexts(stops: readonly string[], { literal, either }: Following): readonly string[] {
  if (stops.length + either.length === 0) return []
  if (literal === '') return [...stops, ...either.map(literalStop)]
  const stop = literalStop(literal)
  // A token may straddle the end of a literal such as a quote; behind a longer one it is of no use.
  const behind = stop === literal ? either.map((text) => stop + literalStop(text.slice(stop.length))) : []
  return [...stops, stop, ...behind]
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

/** Lowering a schema takes longer than remembering what it came to; the last few ends of each are kept. */
const knownEnds = new WeakMap<Constraint, Map<string, Constraint>>()
const endsKept = 16

function knownEnded(value: Constraint, ends: readonly string[]): Constraint {
  const known = knownEnds.get(value) ?? new Map<string, Constraint>()
  knownEnds.set(value, known)
  const key = JSON.stringify(ends)
  const made = known.get(key) ?? ended(value, ends)
  known.delete(key)
  known.set(key, made)
  for (const oldest of known.keys()) if (known.size > endsKept) known.delete(oldest)
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
      return { rule: builder.rule('ended value', [[symbol], [symbol, { lexeme: anyEnd(builder, ends) }]]) }
    },
  )
}

function anyEnd(builder: IrBuilder, ends: readonly string[]) {
  return builder.altOf(ends.map((end) => builder.literal(end)))
}

/** A value with what the model wrote behind it. */
export interface Whole {
  readonly text: string
  readonly list: TokenList
  /** Bytes at the end that belong to what follows. */
  readonly overrun: number
}

/** A value without its end. */
export interface CutValue extends Whole {
  /** The end that was there; '' where there was none. */
  readonly end: string
}

/** Takes the end off a value. `isMember`: of the hole's own constraint, end not included. */
export function cutEnd(
  vocabulary: Vocabulary,
  { constraint, follows }: HoleRequest,
  { ends }: HoleEnds,
  whole: Whole,
  keep: number,
  isMember: (text: string) => boolean,
): CutValue {
  const text = constraint === null ? textBefore(whole.text, ends) : valueBefore(whole.text, ends, isMember)
  if (text === whole.text) return { ...whole, end: '' }
  const end = whole.text.slice(text.length)
  const bytesAfter = encoder.encode(end).length
  const stays = [follows.literal, ...follows.either].some((following) => following.startsWith(end))
  if (stays) return { text, list: whole.list, overrun: bytesAfter, end }
  return { text, list: cutBytes(vocabulary, whole.list, keep, bytesAfter), overrun: 0, end }
}

/** How a value ended behind which nothing more may come. */
export function endOf({ end, overrun }: CutValue, { follows }: HoleRequest): ValueEnd {
  if (end !== '') return { kind: 'stop', stop: end }
  return overrun > 0 ? { kind: 'stop', stop: follows.literal } : { kind: 'complete' }
}

/** A text ends where an end begins. */
function textBefore(text: string, ends: readonly string[]): string {
  let first = text.length
  for (const end of ends) {
    const found = text.indexOf(end)
    if (found >= 0) first = Math.min(first, found)
  }
  return text.slice(0, first)
}

/** A value of another kind may contain an end, so it is what its constraint has. */
function valueBefore(text: string, ends: readonly string[], isMember: (text: string) => boolean): string {
  const values = ends
    .filter((end) => text.endsWith(end))
    .map((end) => text.slice(0, text.length - end.length))
  return values.sort((a, b) => a.length - b.length).find(isMember) ?? text
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
