// What a transcript tells about probabilities: of the values the model wrote, and of texts that might come behind it.
// Decides what the sums over tokens are; never computes a token itself.
import { UsageError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import type { TokenLogprobs } from '../engine/logprobs.js'
import type { RankedFill } from '../run/report/results.js'
import type { RunResult } from '../run/request.js'
import type { ScoredText, ScoreOptions } from '../run/score-texts.js'

type Score = (texts: readonly string[], options: ScoreOptions) => Promise<readonly ScoredText[]>

export class Probabilities {
  /**
   * The tokens of each value with their log-probabilities, by path of the hole; only where `logprobs` was asked for.
   *
   * All tokens that reach into the value are there, forced ones and what stayed of earlier attempts included, and those
   * that spell the end of the text before it anew (`heal`): the sum is ln p of that end and the value. A token that
   * ends in the text behind the value counts whole; one that holds nothing of the value does not, nor does the model's
   * own end. Known values have them, too, but those in a message of a chat.
   */
  readonly logprobs: ReadonlyMap<string, readonly TokenLogprobs[]>
  /**
   * All fills of each `bestOf` and `beam`, the best first, each with its score; by the path of the last value, or of
   * the prompt where there is none.
   */
  readonly ranked: ReadonlyMap<string, readonly RankedFill[]>
  readonly #score: Score

  /** Not for callers. */
  constructor({ logprobs, ranked }: Pick<RunResult, 'logprobs' | 'ranked'>, score: Score) {
    this.logprobs = logprobs
    this.ranked = ranked
    this.#score = score
  }

  /**
   * ln p of a hole's value, given the text before it: the sum over its `logprobs`, which have to be asked for. Throws
   * UsageError HOLE_UNKNOWN where there are none.
   *
   * @example
   * ```ts
   * const run = await model.run(prompt`Capital of France: ${gen('city', { logprobs: 1, tokensMax: 4 })}\n`)
   * console.log(run.logprob('city'), run.logprobs.get('city'))
   * ```
   */
  logprob(hole: string): number {
    return sumOf(this.#told('logprob()', hole).map(({ logprob }) => logprob))
  }

  /**
   * How much a constraint bent the model: ln of the probability that it left to each token of the hole's value, summed.
   * 0: the model wrote what it would have; -5: it was allowed 0.7% of what it wanted. `logprob` less this is ln of how
   * likely draws at temperature 1 were to give the value. Throws as `logprob`.
   *
   * @example
   * ```ts
   * const answer = select('answer', ['yes', 'no'], { logprobs: 1 })
   * const run = await model.run(prompt`Q: Is the sea wet?\nA: ${answer}\n`)
   * if (run.distortion('answer') < -3) console.log('The model wanted to say something else.')
   * ```
   */
  distortion(hole: string): number {
    return sumOf(this.#told('distortion()', hole).map(({ allowed }) => allowed))
  }

  /**
   * How probable each of the texts is behind this transcript, all in one batch over their shared beginnings. Nothing is
   * drawn, and the transcript stays what it is.
   *
   * Rejects with UsageError ARGUMENT_INVALID or CLOSED, CapacityError CONTEXT_FULL, AbortError.
   *
   * @example
   * ```ts
   * const review = await model.start(prompt`Review: The beds were wonderful.\nMood:`)
   * const [good, bad] = await review.score([' good\n', ' bad\n'])
   * console.log(good!.sum - bad!.sum)
   * ```
   */
  async score(texts: readonly string[], options: ScoreOptions = {}): Promise<readonly ScoredText[]> {
    return this.#score(texts, options)
  }

  #told(caller: string, hole: string): readonly TokenLogprobs[] {
    const told = this.logprobs.get(hole)
    if (told !== undefined) return told
    const names = [...this.logprobs.keys()].slice(0, namesMax).join(', ')
    throw new UsageError(
      'HOLE_UNKNOWN',
      `${caller} got ${shown(hole)}; expected the path of a hole with log-probabilities ` +
        `(${names || 'there is none'}); ask for them by logprobs: 1 on the hole or the run.`,
    )
  }
}

const namesMax = 20

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
