// What is told of a hole's tokens. Decides that what was seen when a token was drawn is what it was drawn from, and
// that every other token (forced, kept, spelled anew) is scored behind all that stands before it, many at once. So the
// sum is ln p of the tokens, whoever wrote them.

import type { TokenLogprobs as Seen, TokenLogprob } from '../../../native/addon.js'
import type { TokenAlternative } from '../../../prompt/draw-view.js'
import type { AskLogprobs, TokenLogprobs } from '../../logprobs.js'
import type { ScoreResult } from '../serve/token-engine.js'
import type { SessionContext } from '../session-context.js'
import { origin, type TokenList, textIn } from '../text/tokens.js'
import { concatBytes, wholeCodePoints } from '../tokens/text.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

/** What was seen when each token of a hole was drawn; null: nothing drew it. */
export type Told = readonly (Seen | null)[]

/** Tokens of a hole: those of the list from `keep` to `until`. */
export interface HoleTokens {
  readonly list: TokenList
  readonly keep: number
  readonly until: number
  readonly told: Told
}

/** `best`: how many alternatives are wanted; 0: nobody asks. */
export function askFor(context: SessionContext, hole: HoleTokens, best: number): AskLogprobs | null {
  return best === 0 ? null : (signal) => tellTokens(context, hole, best, signal)
}

/** The beginning of `told` that holds for other tokens, which begin with the same ones. */
export function toldOf(told: Told, before: TokenList, keep: number, after: TokenList): Told {
  const until = Math.min(before.tokens.length, after.tokens.length)
  let at = keep
  while (at < until && before.tokens[at] === after.tokens[at]) at += 1
  return told.slice(0, at - keep)
}

async function tellTokens(
  context: SessionContext,
  { list, keep, until, told }: HoleTokens,
  best: number,
  signal: AbortSignal,
): Promise<readonly TokenLogprobs[]> {
  const isMissing = (at: number): boolean => (told[at - keep] ?? null) === null
  let [from, end] = [keep, until]
  while (from < end && !isMissing(from)) from += 1
  while (end > from && !isMissing(end - 1)) end -= 1
  const scored = from === end ? null : await scoreTokens(context, list, { from, until: end }, best, signal)
  const texts = new TokenTexts(context.vocabulary)
  return Array.from(list.tokens.subarray(keep, until), (token, index) => {
    const at = keep + index
    const seen = told[index] ?? null
    const logprob = seen?.logprob ?? scored!.logprobs[0]![at - from]!
    const top = seen?.top ?? scored!.best[0]![at - from]!
    const isForced = list.origins[at] === origin.forced
    return texts.tell(token, top.slice(0, best), {
      logprob,
      allowed: isForced ? logprob : (seen?.allowed ?? 0),
      origin: isForced ? 'forced' : 'drawn',
    })
  })
}

async function scoreTokens(
  { draws, books }: SessionContext,
  { tokens, origins, lineage, digest }: TokenList,
  { from, until }: { readonly from: number; readonly until: number },
  best: number,
  signal: AbortSignal,
): Promise<ScoreResult> {
  const before = tokens.slice(0, from)
  const continuations = [tokens.slice(from, until)]
  const request = { tokens: before, continuations, best, signal, lineage }
  const result = await draws.score(request, digest.cut(from))
  books.record({ tokens: before, origins: origins.slice(0, from) }, result.usage, from)
  books.recordScored(result.scored)
  return result
}

/** A character has at most so many tokens that do not end it. */
const cutMax = 3

/** Reads tokens as text, one after the other. */
export class TokenTexts {
  readonly #vocabulary: Vocabulary
  /** Bytes of a character that is not finished. */
  #cut = new Uint8Array(0)

  /** `before`: tokens that were read already; the last few tell whether a character is cut. */
  constructor(vocabulary: Vocabulary, before: Int32Array = new Int32Array(0)) {
    this.#vocabulary = vocabulary
    for (const token of before.subarray(-cutMax)) this.#cut = this.#read(token).cut
  }

  /** The next token, and what might have stood in its place. */
  tell(
    token: number,
    best: readonly TokenLogprob[],
    own: Pick<TokenLogprobs, 'logprob' | 'allowed' | 'origin'>,
  ): TokenLogprobs {
    const { logprob, allowed, origin: by } = own
    const alternatives = this.alternatives(best)
    const { text, cut } = this.#read(token)
    this.#cut = cut
    return { token, text, logprob, allowed, origin: by, alternatives }
  }

  /** What might come next. */
  alternatives(best: readonly TokenLogprob[]): TokenAlternative[] {
    return best.map(({ token, logprob }) => ({ token, text: this.#read(token).text, logprob }))
  }

  #read(token: number): { readonly text: string; readonly cut: Uint8Array<ArrayBuffer> } {
    const special = this.#vocabulary.specialText(token)
    if (special.length > 0) return { text: textIn(special), cut: new Uint8Array(0) }
    const bytes = concatBytes(this.#cut, this.#vocabulary.tokenBytes(token))
    const whole = wholeCodePoints(bytes)
    return { text: textIn(whole), cut: bytes.slice(whole.length) }
  }
}
