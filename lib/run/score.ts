// Chooses among whole options by their log-probability. Decides how scores of options of different length compare;
// one engine request scores all of them over their shared beginnings.
import { CapabilityError } from '../base/errors.js'
import type { Engine } from '../engine/engine.js'
import { retriesDefault } from '../prompt/options.js'
import type { ScoreKind } from '../prompt/part.js'
import { editFor } from './append.js'
import { attemptsAt, deadEnd, type HoleRequest, type HoleResult, judge, spent } from './attempts.js'
import type { Edit } from './boundary.js'
import { tokensKept } from './hole-start.js'
import { contextFull } from './overflow.js'
import { pathOf, type RunContext, type Scope } from './scope.js'
import { TokenDigest } from './token-digest.js'
import { editTokens, emptyTranscript, origin, type TranscriptState, withGenerated } from './transcript.js'

const encoder = new TextEncoder()

/** How the options of one hole compare. Log-probabilities are natural logarithms. */
export interface ChoiceScores {
  readonly options: readonly OptionScore[]
  /** The score that decided. */
  readonly by: ScoreKind
  /** Probability of the winner minus that of the runner-up; 1 where there is one option only. */
  readonly margin: number
}

/** What the model makes of one option of a `select` by log-probability. */
export interface OptionScore {
  readonly option: string
  readonly tokens: number
  /** ln p of all its tokens. */
  readonly sum: number
  /** The sum divided by the number of tokens. */
  readonly mean: number
  /** The sum, less what the option would score with nothing before it; null where that was not asked for. */
  readonly unconditional: number | null
  /** Share among the options, by the score that decided; they add up to 1. */
  readonly probability: number
}

export async function fillByScore(request: HoleRequest): Promise<HoleResult> {
  const { scope, hole, transcript } = request
  const { method } = hole
  if (method.kind !== 'score') throw new TypeError('fillByScore needs a hole with options')
  const path = pathOf(scope, hole.name)
  scope.run.listener.emit({ type: 'hole-start', hole: path, attempt: attemptsAt(scope, path).length })
  const written: Edit[] = []
  const before = { ...transcript, generatedUntil: tokensKept(hole, transcript) }
  for (const option of method.options) written.push(await writeOption(scope.run, before, option))
  const sums = await scoreOptions(scope, transcript, written)
  const free = method.score === 'unconditional' ? await scoreAlone(scope, method.options) : null
  const scores = compare(method.options, sums, free, method.score)
  scope.run.choices.set(path, scores)
  warnOfDisagreement(scope, path, scores)
  scope.run.ledger.countUncached(
    sums.reduce((tokens, { length }) => tokens + length, 0) + transcript.tokens.length,
  )
  const { option, value } = await bestAccepted(request, path, scores)
  const chosen = withOption(
    scope.run.engine,
    transcript,
    written[method.options.indexOf(option)]!,
    path,
    option,
  )
  scope.run.listener.emit({ type: 'hole-end', hole: path, value, text: option })
  return { value, text: option, transcript: chosen, drawnPath: chosen.tokens }
}

/** The best option that was not rejected here before and that the check takes. */
async function bestAccepted(
  request: HoleRequest,
  path: string,
  scores: ChoiceScores,
): Promise<{ readonly option: string; readonly value: unknown }> {
  const { scope, hole, transcript } = request
  const { texts } = scope.tried.rejectedAt(transcript)
  const left = scores.options.filter(({ option }) => !texts.includes(option))
  const { retries = retriesDefault } = hole.options
  for (let tries = 0; left.length > 0; tries += 1) {
    const best = winner(left, (option) => deciding(option, scores.by))
    const [{ option }] = left.splice(best, 1) as [OptionScore]
    const verdict = await judge(request, option)
    if ('value' in verdict) return { option, value: verdict.value }
    const { reason } = verdict
    attemptsAt(scope, path).push({ text: option, reason })
    scope.tried.addText(transcript, option)
    scope.run.listener.emit({ type: 'rollback', hole: path, text: option, reason })
    if (tries >= retries) throw spent(request, path)
    scope.run.listener.emit({ type: 'hole-start', hole: path, attempt: attemptsAt(scope, path).length })
  }
  throw deadEnd(request, path, '')
}

/** How the option's tokens change those of the transcript. */
async function writeOption(run: RunContext, transcript: TranscriptState, option: string): Promise<Edit> {
  const { contextTokens } = run.engine.capabilities
  const piece = { kind: 'generated', hole: null, text: option } as const
  const edit = await editFor(run, transcript, piece, contextTokens)
  if (edit === null || edit.keep + edit.added.length > contextTokens) throw contextFull(run, null)
  return edit
}

/** The transcript with the option as its own piece; its tokens count as the model's. */
function withOption(
  { vocabulary }: Engine,
  transcript: TranscriptState,
  edit: Edit,
  path: string,
  option: string,
): TranscriptState {
  const list = editTokens(transcript, edit.keep, edit.added, origin.sampled)
  const pieces = transcript.pieces.with({ kind: 'generated', hole: path, text: option })
  const overrun = Math.max(0, transcript.overrun - encoder.encode(option).length)
  return { ...withGenerated(vocabulary, list, option, overrun), pieces, overrun }
}

interface OptionSum {
  readonly sum: number
  readonly length: number
}

async function scoreOptions(
  scope: Scope,
  before: TranscriptState,
  written: readonly Edit[],
): Promise<OptionSum[]> {
  // A joint may retokenise the literal's end, differently for each option: what all keep is what they share.
  let keep = before.tokens.length
  for (const edit of written) keep = Math.min(keep, edit.keep)
  if (keep === 0) {
    throw new CapabilityError(
      'START_EMPTY',
      'Options can only be scored after some text; put text before the hole.',
    )
  }
  const tokens = before.tokens.slice(0, keep)
  const continuations = written.map((edit) => {
    const between = before.tokens.subarray(keep, edit.keep)
    const continuation = new Int32Array(between.length + edit.added.length)
    continuation.set(between)
    continuation.set(edit.added, between.length)
    return continuation
  })
  const { answers, ledger, signal } = scope.run
  const result = await answers.score(
    { tokens, continuations, signal, lineage: before.lineage },
    before.digest.cut(keep),
  )
  ledger.record({ tokens, origins: before.origins.slice(0, keep) }, result.usage, tokens.length)
  ledger.recordScored(result.scored)
  return result.logprobs.map((logprobs) => ({
    sum: logprobs.reduce((sum, logprob) => sum + logprob, 0),
    length: logprobs.length,
  }))
}

/** Scores with nothing before the options but the model's own start. */
async function scoreAlone(scope: Scope, options: readonly string[]): Promise<OptionSum[]> {
  const { engine, answers, signal, ledger, adapted } = scope.run
  const { vocabulary } = engine
  const start = vocabulary.bos ?? vocabulary.tokenize(encoder.encode('\n'))[0]
  if (start === undefined) {
    throw new CapabilityError(
      'START_EMPTY',
      'The model has neither a first token nor a line break to score options after.',
    )
  }
  const tokens = Int32Array.of(start)
  const nothingBefore = {
    ...emptyTranscript(vocabulary, adapted),
    tokens: new Int32Array(0),
    origins: new Uint8Array(0),
  }
  const continuations: Int32Array[] = []
  for (const option of options)
    continuations.push((await writeOption(scope.run, nothingBefore, option)).added)
  const result = await answers.score({ tokens, continuations, signal, lineage: adapted }, new TokenDigest())
  ledger.record({ tokens, origins: Uint8Array.of(origin.given) }, result.usage, 1)
  ledger.recordScored(result.scored)
  return result.logprobs.map((logprobs) => ({
    sum: logprobs.reduce((sum, logprob) => sum + logprob, 0),
    length: logprobs.length,
  }))
}

function compare(
  options: readonly string[],
  sums: readonly OptionSum[],
  free: readonly OptionSum[] | null,
  by: ScoreKind,
): ChoiceScores {
  const raw = options.map((option, index) => {
    const { sum, length } = sums[index]!
    const unconditional = free === null ? null : sum - free[index]!.sum
    return {
      option,
      tokens: length,
      sum,
      mean: length === 0 ? 0 : sum / length,
      unconditional,
      probability: 0,
    }
  })
  const values = raw.map((option) => deciding(option, by))
  const highest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const weights = values.map((value) => Math.exp(value - highest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const scored = raw.map((option, index) => ({ ...option, probability: weights[index]! / total }))
  const [first, second] = scored.map((option) => option.probability).sort((a, b) => b - a)
  return { options: scored, by, margin: second === undefined ? 1 : first! - second }
}

function deciding(option: OptionScore, by: ScoreKind): number {
  if (by === 'sum') return option.sum
  return by === 'mean' ? option.mean : option.unconditional!
}

function winner(options: readonly OptionScore[], score: (option: OptionScore) => number): number {
  let best = 0
  for (const [index, option] of options.entries()) if (score(option) > score(options[best]!)) best = index
  return best
}

function warnOfDisagreement(scope: Scope, path: string, scores: ChoiceScores): void {
  const { options } = scores
  const bySum = options[winner(options, (option) => option.sum)]!.option
  const byMean = options[winner(options, (option) => option.mean)]!.option
  if (bySum === byMean) return
  const message = `The sum of log-probabilities picks ${JSON.stringify(bySum)}, their mean ${JSON.stringify(byMean)}.`
  scope.run.listener.emit({ type: 'warning', hole: path, message })
}
