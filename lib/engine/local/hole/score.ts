// Log-probabilities of whole options behind a text. One request scores all of them over their shared beginnings, each
// with the first token of what ends it: a model that would go on says so there. Never compares the scores.

import { CapabilityError } from '../../../base/errors.js'
import type { OptionSum, Scored, ScoreRequest } from '../../options.js'
import type { Written } from '../../position.js'
import type { ScoreResult } from '../serve/token-engine.js'
import type { SessionContext } from '../session-context.js'
import { LocalPosition, type Spelled } from '../text/position.js'
import { editTokens, origin, withGenerated } from '../text/tokens.js'
import { appendLiteral } from '../tokens/boundary.js'
import { commonLength, concatTokens } from '../tokens/text.js'
import { TokenDigest } from '../tokens/token-digest.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import { appendText, textSlices } from '../write/append.js'
import { contextFull, withRoom } from '../write/shift.js'
import { DrawnTokens } from './drawn.js'
import { tokensKept } from './open-hole.js'
import { TokenTexts } from './told.js'

const encoder = new TextEncoder()

/** How an option changes the tokens it stands behind. */
export interface Edit {
  readonly keep: number
  readonly added: Int32Array
  /** The token that ends it; [] where none is known. */
  readonly end: Int32Array
}

/** What each option was scored by. */
interface Tried {
  readonly continuations: readonly Int32Array[]
  readonly result: ScoreResult
}

/** Throws CapabilityError START_EMPTY, CapacityError CONTEXT_FULL. */
export async function scoreOptions(
  context: SessionContext,
  start: Spelled,
  request: ScoreRequest,
): Promise<Scored> {
  const { vocabulary, books } = context
  const { before, written, tried } = await scoreBehind(context, start, request)
  const after = tried.result.logprobs.map(sumOf)
  const alone = request.scores === 'after' ? null : await scoreAlone(context, before, request)
  const other = request.against === null ? null : LocalPosition.of(vocabulary, request.against)
  const against = other === null ? null : (await scoreBehind(context, other, request)).tried
  books.countUncached(after.reduce((sum, { tokens }) => sum + tokens, 0) + before.tokens.length)
  return {
    after,
    alone,
    against: against === null ? null : against.result.logprobs.map(sumOf),
    logprobs: (index) => told(vocabulary, tried, index, written[index]!.end.length),
    chosen: (index) => {
      const { keep, added } = written[index]!
      const text = request.options[index]!
      const list = editTokens(before, keep, added, origin.sampled)
      const overrun = Math.max(0, before.overrun - encoder.encode(text).length)
      const { dropped } = before
      const spelled = { ...withGenerated(vocabulary, list, text, overrun), overrun, dropped }
      const drawn = { path: list.tokens, keep, prefixLength: 0, text, list, told: [] }
      return {
        position: new LocalPosition(vocabulary, spelled),
        drawn: new DrawnTokens(vocabulary, drawn),
      }
    },
  }
}

async function scoreBehind(context: SessionContext, start: Spelled, request: ScoreRequest) {
  const before = await roomForOptions(context, start, request)
  const protectedText = { ...before, generatedUntil: tokensKept(request.start, before) }
  const written: Edit[] = []
  for (const text of request.options)
    written.push(await writeOption(context, protectedText, { text, as: 'generated' }, request.end))
  return { before, written, tried: await scoreAfter(context, before, written, request) }
}

/** Options are scored in one request, which has to fit as a whole. */
async function roomForOptions(
  context: SessionContext,
  before: Spelled,
  { options, signal }: ScoreRequest,
): Promise<Spelled> {
  const { vocabulary, overflow, pace } = context
  if (overflow === null) return before
  let most = 0
  for (const option of options) {
    let count = 0
    for (const slice of textSlices(option)) {
      const turn = pace.take(slice.length)
      if (turn !== null) await turn
      count += vocabulary.tokenize(encoder.encode(slice)).length
    }
    most = Math.max(most, count)
  }
  return withRoom(context, before, most + 1, signal)
}

export async function writeOption(
  context: SessionContext,
  before: Spelled,
  option: Written,
  end: string,
): Promise<Edit> {
  const { contextTokens } = context
  const next = await appendText(context, before, option, contextTokens)
  if (next === null || next.tokens.length > contextTokens) throw contextFull(contextTokens, null)
  const keep = commonLength(before.tokens, next.tokens)
  return { keep, added: next.tokens.slice(keep), end: firstToken(context.vocabulary, next, end) }
}

/** Of a text behind tokens that stay what they are. */
function firstToken(vocabulary: Vocabulary, { tokens, overrun }: Spelled, text: string): Int32Array {
  // What is ahead has its end already.
  if (text === '' || overrun > 0) return new Int32Array(0)
  const edit = appendLiteral(vocabulary, tokens, encoder.encode(text), { keepMin: tokens.length })
  return edit.added.slice(0, 1)
}

function told(vocabulary: Vocabulary, { continuations, result }: Tried, index: number, ending: number) {
  const texts = new TokenTexts(vocabulary)
  const tokens = continuations[index]!
  const best = result.best[index]!
  return Array.from(tokens.subarray(0, tokens.length - ending), (token, at) => {
    const logprob = result.logprobs[index]![at]!
    return texts.tell(token, best[at] ?? [], { logprob, allowed: 0, origin: 'known' })
  })
}

/** Of the tokens behind what all of the edits keep, ln p of each. */
export async function scoreAfter(
  { draws, books }: SessionContext,
  before: Spelled,
  written: readonly Edit[],
  { best, signal }: Pick<ScoreRequest, 'best' | 'signal'>,
): Promise<Tried> {
  // A joint may retokenise the literal's end, differently for each option: what all keep is what they share.
  let keep = before.tokens.length
  for (const edit of written) keep = Math.min(keep, edit.keep)
  if (keep === 0) {
    throw new CapabilityError(
      'START_EMPTY',
      'Texts are scored behind other text, and the model has no token to begin with; put text before them.',
    )
  }
  const tokens = before.tokens.slice(0, keep)
  const continuations = written.map((edit) => {
    const between = before.tokens.subarray(keep, edit.keep)
    return concatTokens(concatTokens(between, edit.added), edit.end)
  })
  const result = await draws.score(
    { tokens, continuations, best, signal, lineage: before.lineage },
    before.digest.cut(keep),
  )
  books.record({ tokens, origins: before.origins.slice(0, keep) }, result.usage, tokens.length)
  books.recordScored(result.scored)
  return { continuations, result }
}

/** Scores with nothing before the options but the model's own start. */
async function scoreAlone(
  context: SessionContext,
  { lineage: own }: Spelled,
  request: ScoreRequest,
): Promise<OptionSum[]> {
  const { vocabulary, draws, books } = context
  const start = vocabulary.bos ?? vocabulary.tokenize(encoder.encode('\n'))[0]
  if (start === undefined) {
    throw new CapabilityError(
      'START_EMPTY',
      'The model has neither a first token nor a line break to score options after.',
    )
  }
  const tokens = Int32Array.of(start)
  // What was dropped from the text is not dropped from nothing.
  const lineage = own?.unshifted ?? null
  const continuations: Int32Array[] = []
  for (const text of request.options) {
    const option = { text, as: 'generated' } as const
    const { added, end } = await writeOption(context, { ...nothingBefore, lineage }, option, request.end)
    continuations.push(concatTokens(added, end))
  }
  const { signal } = request
  const result = await draws.score({ tokens, continuations, signal, lineage }, new TokenDigest())
  books.record({ tokens, origins: Uint8Array.of(origin.given) }, result.usage, 1)
  books.recordScored(result.scored)
  return result.logprobs.map(sumOf)
}

const nothingBefore = {
  tokens: new Int32Array(0),
  origins: new Uint8Array(0),
  head: 0,
  generatedUntil: 0,
  digest: new TokenDigest(),
  overrun: 0,
  dropped: null,
}

function sumOf(logprobs: Float64Array): OptionSum {
  return { tokens: logprobs.length, sum: logprobs.reduce((sum, logprob) => sum + logprob, 0) }
}
