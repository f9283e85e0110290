// How probable texts are behind a transcript: no draw, no value, one batch. Decides what may be asked and what is told;
// whatever is computed is the engine's, and the transcript stays what it is.
import { Pace } from '../async/pace.js'
import { linked } from '../async/signal.js'
import { UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isArray, isRecord, shown } from '../base/seen.js'
import type { TokenLogprobs } from '../engine/logprobs.js'
import { checkSignal } from './given/signal.js'
import type { Shared } from './request.js'
import type { TranscriptState } from './state/transcript.js'

/** What `score` takes. */
export interface ScoreOptions {
  /** How many of the most probable tokens are told beside each, 0 to 1,000; default 0. */
  readonly logprobs?: number
  /** Ends the work, which rejects with AbortError. Default: none. */
  readonly signal?: AbortSignal
}

const scoreNames = optionNames<ScoreOptions>('score()', { logprobs: true, signal: true })

/** How probable a text is behind another one. Log-probabilities are natural logarithms. */
export interface ScoredText {
  readonly text: string
  /** ln p of the text: the sum over its tokens, each given all that comes before it. */
  readonly sum: number
  /** The sum divided by the number of tokens. */
  readonly mean: number
  /**
   * Its tokens. Where the end of the text before is spelled anew together with one of the texts, the tokens that spell
   * it count, so that all sums are behind the same tokens.
   */
  readonly logprobs: readonly TokenLogprobs[]
}

/** As many as a context could hold tokens. */
const textsMax = 100_000
const bestMax = 1000

/** Rejects with UsageError ARGUMENT_INVALID, CapabilityError, CapacityError CONTEXT_FULL, AbortError. */
export async function scoreTexts(
  { engine, turns, closing }: Shared,
  { position }: TranscriptState,
  texts: unknown,
  options: unknown,
): Promise<readonly ScoredText[]> {
  const { logprobs: best = 0, signal = null } = checkedOptions(options)
  const list = checkedTexts(texts)
  const link = linked(signal, null, closing)
  try {
    const session = engine.session({
      overflow: null,
      draws: 'known',
      room: 'context',
      looked: 0,
      pace: new Pace(link.signal),
      turns,
    })
    const request = { path: 'score()', options: list, end: '', best, start: 'joined' } as const
    const scored = await session.score(position, {
      ...request,
      scores: 'after',
      against: null,
      signal: link.signal,
    })
    return list.map((text, index) => {
      const { sum, tokens } = scored.after[index]!
      return { text, sum, mean: sum / tokens, logprobs: scored.logprobs(index) }
    })
  } finally {
    link.release()
  }
}

function checkedTexts(texts: unknown): readonly string[] {
  const list = isArray(texts) ? [...texts] : []
  const isText = (text: unknown): boolean => typeof text === 'string' && text !== ''
  if (list.length >= 1 && list.length <= textsMax && list.every(isText)) return list as string[]
  throw new UsageError(
    'ARGUMENT_INVALID',
    `score() got ${shown(texts)} as its texts; expected a list of 1 to ${textsMax} texts, none of them empty.`,
  )
}

function checkedOptions(options: unknown): ScoreOptions {
  if (!isRecord(options)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `The options of score() are ${shown(options)}; expected an object.`,
    )
  }
  checkNames(options, scoreNames)
  const { logprobs = 0, signal = null } = options as Readonly<Record<string, unknown>>
  if (!Number.isInteger(logprobs) || (logprobs as number) < 0 || (logprobs as number) > bestMax) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `logprobs of score() is ${shown(logprobs)}; expected a whole number from 0 to ${bestMax}.`,
    )
  }
  checkSignal(signal)
  return options as ScoreOptions
}
