// Exact tokenisation at the joints of literals, holes and forced bytes. Decides which tokens stand for bytes that
// follow tokens we already have, and how many of those have to be replaced ("healed"). Pure functions over a
// vocabulary: never touches a cache, a matcher's position or a sequence.
//
// Two rules hold everywhere: special tokens are walls (nothing is tokenised again across one), and the bytes of
// the tokens kept plus the bytes of the tokens added are the bytes of the old tokens plus the new bytes; where the
// vocabulary adds a space, the first token behind a wall has it in front, once.
import type { NativeConstraint } from '../../../native/addon.js'
import { type TextBytes, textBytes, tokenTable } from './table.js'
import {
  boundaryOffsets,
  commonLength,
  concatBytes,
  concatTokens,
  joinTokenBytes,
  spaceRunStart,
  wholeCodePoints,
} from './text.js'
import type { Vocabulary } from './vocabulary.js'
import { tailOf, windowOf } from './window.js'

/** How to change a token list: keep its first `keep` tokens, drop the rest (healed), then append `added`. */
export interface TokenEdit {
  readonly keep: number
  readonly added: Int32Array
}

export interface AppendOptions {
  /** Whether text like <|im_end|> in the bytes becomes its special token (chat templates). Default false. */
  readonly special?: boolean
  /**
   * Whether the bytes are some that tokens stood for, so that the space in front of a text is among them already.
   * Default false.
   */
  readonly isSpelled?: boolean
  /** So many of the tokens stay, whatever the bytes would make of them; default 0. */
  readonly keepMin?: number
}

/** Where a hole starts: the first `keep` tokens stay; `prefix` are the bytes of the tokens dropped, in order. */
export interface HoleOpening {
  readonly keep: number
  /**
   * Give it to `NativeConstraint.matcher(prefix, suffix)`. Empty where nothing was dropped, but for the space in front
   * of a text that begins with the hole.
   */
  readonly prefix: Uint8Array
}

export interface OpenOptions {
  /** The hole's constraint, so that only tails that it could really extend are dropped. */
  readonly constraint?: NativeConstraint
  /** The literal after the hole, as it will be given to the matcher. */
  readonly suffix?: Uint8Array | null
  /** So many of the tokens stay, whatever could extend them; default 0. */
  readonly keepMin?: number
}

interface ExtensionOptions extends OpenOptions {
  /** Whether a token may start at this place of the text and run past its end. */
  readonly mayStart?: ((from: number) => boolean) | undefined
}

/** Tokens for forced bytes; `rest` are the forced bytes left to the mask, because a token might run past them. */
export interface ForcedRun {
  readonly added: Int32Array
  readonly rest: Uint8Array
}

const nothing = new Int32Array(0)
/** What some vocabularies put in front of a text (`Vocabulary.addsSpace`): in its first token, but not in the text. */
const space = Uint8Array.of(0x20)

/**
 * Appends known bytes (a literal, an input, a known value) to a transcript.
 *
 * If `tokens` are canonical since the last special token, so is the result. Drawn tokens that are not canonical are
 * kept as far as the new bytes don't change the canonical tokenisation there, and the first `keepMin` in any case.
 */
export function appendLiteral(
  vocab: Vocabulary,
  tokens: Int32Array,
  bytes: Uint8Array,
  options: AppendOptions = {},
): TokenEdit {
  if (bytes.length === 0) return { keep: tokens.length, added: nothing }
  const { keepMin = 0 } = options
  if (options.isSpelled === true) return appendSpelled(vocab, tokens, bytes, keepMin)
  if (options.special !== true) return appendText(vocab, tokens, bytes, keepMin)
  const parsed = vocab.tokenize(bytes, { special: true })
  const wall = parsed.findIndex((token) => vocab.isSpecial(token))
  if (wall < 0) return appendText(vocab, tokens, bytes, keepMin)
  // Text before the first special token joins what is there; behind a wall nothing has to be joined.
  const before = joinTokenBytes(vocab, parsed.subarray(0, wall))
  const edit = appendText(vocab, tokens, before, keepMin)
  return { keep: edit.keep, added: concatTokens(edit.added, spaced(vocab, parsed.subarray(wall))) }
}

/** Drops the tail tokens that some token of the vocabulary (and of the constraint, if given) could extend. */
export function openHole(vocab: Vocabulary, tokens: Int32Array, options: OpenOptions = {}): HoleOpening {
  const from = tokenTable(vocab).textStart(tokens)
  if (from === tokens.length && vocab.addsSpace) return { keep: from, prefix: space.slice() }
  if ((options.keepMin ?? 0) >= tokens.length) return { keep: tokens.length, prefix: new Uint8Array(0) }
  const tail = tailOf(vocab, tokens, from, tokenTable(vocab).bytesMax)
  // A generation needs a token before it, so the first one stays whatever could extend it.
  const index = Math.max(settledTokens(vocab, tail.text, tail.offsets, options), tail.from === 0 ? 1 : 0)
  const keep = Math.min(Math.max(tail.from + index, options.keepMin ?? 0), tokens.length)
  return { keep, prefix: tail.text.bytes.slice(tail.offsets[keep - tail.from]!) }
}

/**
 * Tokens for bytes the matcher calls forced, after `tokens`, which all stay. The tokens are canonical in the text
 * whatever follows the forced bytes; the matcher accepts every one of them. `runsPast`: whether a token that begins so
 * many bytes into them and runs past their end may come at all; any by default.
 */
export function forcedTokens(
  vocab: Vocabulary,
  tokens: Int32Array,
  forced: Uint8Array,
  runsPast?: (from: number) => boolean,
): ForcedRun {
  const window = windowOf(vocab, tokens, forced)
  const at = window.joined.bytes.length - forced.length
  // A character cut at the end can't be tokenised; it may also have begun before the forced bytes.
  const joined = textBytes(wholeCodePoints(window.joined.bytes))
  const bytes = joined.bytes.subarray(at)
  if (bytes.length === 0) return { added: nothing, rest: forced.slice() }
  const canonical = vocab.tokenize(joined.bytes)
  const offsets = boundaryOffsets(vocab, canonical)
  let first = offsets.indexOf(at)
  let added = canonical
  let ends = offsets
  if (first < 0) {
    // The last token would be another one, had it been known what follows; it was drawn, so it stays.
    added = vocab.tokenize(bytes)
    ends = boundaryOffsets(vocab, added).map((offset) => offset + at)
    first = 0
  }
  const isWhole = joined.bytes.length === window.joined.bytes.length
  // Tokens that begin before the forced bytes are there already.
  const mayStart =
    runsPast === undefined || !isWhole ? undefined : (from: number) => from >= at && runsPast(from - at)
  const last = Math.max(first, settledTokens(vocab, joined, ends, { mayStart }))
  const run = added.slice(first, last)
  return { added: run, rest: forced.slice(ends[last]! - at) }
}

/** Tokens parsed from text with special tokens in it, with the space that belongs behind each of these. */
function spaced(vocab: Vocabulary, parsed: Int32Array): Int32Array {
  if (!vocab.addsSpace) return parsed
  const list: number[] = []
  for (let from = 0; from < parsed.length; ) {
    list.push(parsed[from]!)
    let until = from + 1
    while (until < parsed.length && !vocab.isSpecial(parsed[until]!)) until += 1
    const text = joinTokenBytes(vocab, parsed.subarray(from + 1, until))
    if (text.length > 0) {
      for (const token of vocab.tokenize(concatBytes(space, text))) list.push(token)
    }
    from = until
  }
  return Int32Array.from(list)
}

function appendText(vocab: Vocabulary, tokens: Int32Array, bytes: Uint8Array, keepMin: number): TokenEdit {
  if (bytes.length === 0) return { keep: tokens.length, added: nothing }
  const isFirst = vocab.addsSpace && tokenTable(vocab).textStart(tokens) === tokens.length
  return appendSpelled(vocab, tokens, isFirst ? concatBytes(space, bytes) : bytes, keepMin)
}

function appendSpelled(vocab: Vocabulary, tokens: Int32Array, bytes: Uint8Array, keepMin: number): TokenEdit {
  const edit = canonicalEdit(vocab, tokens, bytes)
  if (edit.keep >= keepMin) return edit
  // In the canonical tokens one lies across the place where nothing may lie.
  const behind = joinTokenBytes(vocab, tokens.subarray(keepMin))
  return { keep: keepMin, added: vocab.tokenize(concatBytes(behind, bytes)) }
}

function canonicalEdit(vocab: Vocabulary, tokens: Int32Array, bytes: Uint8Array): TokenEdit {
  const { from, joined } = windowOf(vocab, tokens, bytes)
  const old = tokens.subarray(from)
  const canonical = vocab.tokenize(joined.bytes)
  const same = commonLength(old, canonical)
  if (same === old.length) return { keep: tokens.length, added: canonical.slice(same) }
  // Some old token has to go. Where the old tokens were not canonical anyway, only what the new bytes change goes.
  const alone = vocab.tokenize(joined.bytes.subarray(0, joined.bytes.length - bytes.length))
  const unchanged = commonLength(alone, canonical)
  const offsets = boundaryOffsets(vocab, canonical)
  const kept = boundaryOffsets(vocab, old)
  for (let index = unchanged; index > same; index -= 1) {
    const place = kept.indexOf(offsets[index]!)
    if (place >= 0) return { keep: from + place, added: canonical.slice(index) }
  }
  return { keep: from + same, added: canonical.slice(same) }
}

/**
 * Number of tokens that stay whatever follows the text. With a token that runs past the text's end and starts at s,
 *
 *   ... | t t t p r r r s x x x > end      the place p is settled if no such token starts before it, and if what is
 *                                          left between p and s can't join what is before p
 */
function settledTokens(
  vocab: Vocabulary,
  text: TextBytes,
  offsets: readonly number[],
  options: ExtensionOptions,
): number {
  const table = tokenTable(vocab)
  const { first, last } = extensionStarts(vocab, text, options)
  let count = offsets.length - 1
  while (count > 0 && (offsets[count]! > first || table.isCrossed(text, offsets[count]!, last))) count -= 1
  return count
}

/** First and last place where a token may start that runs past the text's end; its length where there is none. */
function extensionStarts(
  vocab: Vocabulary,
  text: TextBytes,
  { constraint, suffix, mayStart }: ExtensionOptions,
): { first: number; last: number } {
  const { bytes } = text
  const canStart = (from: number): boolean => {
    const end = bytes.subarray(from)
    return (
      vocab.canExtend(end) &&
      (mayStart === undefined || mayStart(from)) &&
      (constraint === undefined || allowsLonger(vocab, constraint, end, suffix ?? null))
    )
  }
  let first = Math.max(0, bytes.length - tokenTable(vocab).bytesMax + 1)
  while (first < bytes.length && !canStart(first)) first += 1
  let last = bytes.length
  while (last > first && (last === bytes.length || !canStart(last))) last -= 1
  // A run of white space is cut before its last character, where something else follows it.
  const run = spaceRunStart(bytes)
  if (run === bytes.length) return { first, last }
  return { first: Math.min(first, run), last: Math.max(last, bytes.length - 1) }
}

/** Whether some token is `prefix` plus at least one byte that the constraint allows next. */
function allowsLonger(
  vocab: Vocabulary,
  constraint: NativeConstraint,
  prefix: Uint8Array,
  suffix: Uint8Array | null,
): boolean {
  const matcher = constraint.matcher(prefix, suffix)
  const mask = matcher.mask()
  matcher.dispose()
  const table = tokenTable(vocab)
  for (const [index, word] of mask.entries()) {
    for (let bits = word; bits !== 0; bits &= bits - 1) {
      const token = index * 32 + 31 - Math.clz32(bits & -bits)
      if (table.lengthOf(token) > prefix.length) return true
    }
  }
  return false
}
