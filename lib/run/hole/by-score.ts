// Fills one hole by log-probability: the best of whole options, or one drawn by their scores. Decides how scores of
// options of different length compare, and what chance each has.
import type { TokenLogprobs } from '../../engine/logprobs.js'
import type { Scored } from '../../engine/options.js'
import { retriesDefault } from '../../prompt/options.js'
import type { ScoreKind, ScoreMethod } from '../../prompt/scores.js'
import type { ChoiceScores, OptionScore } from '../report/results.js'
import { attemptsAt, type Scope } from '../state/scope.js'
import { accept } from './accept.js'
import { attemptsSpent, deadEnd } from './failures.js'
import { endAfter, type HoleResult, type HoleTask, logprobsWanted, startOf, taskPath } from './hole-task.js'
import { judge } from './judge.js'
import { neutralPosition } from './neutral.js'
import { attemptSeed } from './seed.js'

export async function fillByScore(task: HoleTask): Promise<HoleResult> {
  const { scope, hole, transcript } = task
  const { method } = hole
  if (method.kind !== 'score') throw new TypeError('fillByScore needs a hole with options')
  const { run } = scope
  const path = taskPath(task)
  run.listener.emit({ type: 'hole-start', hole: path, attempt: attemptsAt(scope, path).length })
  const { options, score, calibrate } = method
  const against = await neutralPosition(task, calibrate)
  const scored = await run.session.score(transcript.position, {
    path,
    options,
    end: endAfter(task),
    best: logprobsWanted(task),
    start: startOf(hole),
    scores: score === 'unconditional' ? 'after and alone' : 'after',
    against,
    signal: run.signal,
  })
  if (against !== null) run.session.reject(against, run.engine.start(run.engine.adaptersOf(against)))
  const scores = compare(options, scored, score, temperatureOf(task, method))
  run.choices.set(path, scores)
  if (method.draw === 'best' && calibrate === null) warnOfDisagreement(scope, path, scores)
  const { option, value } = await firstAccepted(task, method, scores)
  const index = options.indexOf(option)
  const chosen = scored.chosen(index)
  if (logprobsWanted(task) > 0) {
    const told = scored.logprobs(index).map((one): TokenLogprobs => ({ ...one, origin: 'drawn' }))
    run.logprobs.set(path, told)
  }
  return accept(task, { text: option, ...chosen }, value, { reason: 'complete' })
}

/** What scores are divided by for the shares; 0: the best has all of it. */
function temperatureOf({ scope, hole }: HoleTask, { draw }: ScoreMethod): number {
  if (draw !== 'exact') return 1
  return hole.options.temperature ?? scope.run.sampling.temperature ?? 1
}

/** The best option, or one that is drawn, that was not rejected here before and that the check takes. */
async function firstAccepted(
  task: HoleTask,
  { draw }: ScoreMethod,
  scores: ChoiceScores,
): Promise<{ readonly option: string; readonly value: unknown }> {
  const { scope, hole, transcript } = task
  const path = taskPath(task)
  const { texts } = scope.tried.rejectedAt(transcript)
  const left = scores.options.filter(({ option }) => !texts.includes(option))
  const { retries = retriesDefault } = hole.options
  for (let tries = 0; left.length > 0; tries += 1) {
    const next = draw === 'exact' ? drawn(task, left) : winner(left, (option) => deciding(option, scores.by))
    const [{ option }] = left.splice(next, 1) as [OptionScore]
    const verdict = await judge(task, option)
    if ('value' in verdict) return { option, value: verdict.value }
    const { reason } = verdict
    attemptsAt(scope, path).push({ text: option, reason })
    scope.tried.addText(transcript, option)
    scope.run.listener.emit({ type: 'rollback', hole: path, text: option, reason })
    if (tries >= retries) throw attemptsSpent(task)
    scope.run.listener.emit({ type: 'hole-start', hole: path, attempt: attemptsAt(scope, path).length })
  }
  throw deadEnd(task, '')
}

/** One of the options by their shares, with a number that the seed, the hole and the attempt give. */
function drawn(task: HoleTask, options: readonly OptionScore[]): number {
  const { scope, hole } = task
  const path = taskPath(task)
  const seed = hole.options.seed ?? scope.run.seed
  const number = attemptSeed(seed, scope.seedPrefix + path, attemptsAt(scope, path).length) / 2 ** 53
  const total = options.reduce((sum, { probability }) => sum + probability, 0)
  let left = number * total
  for (const [index, { probability }] of options.entries()) {
    left -= probability
    if (left < 0) return index
  }
  // What is left has no share at all, or rounding kept the sum below.
  return winner(options, ({ probability }) => probability)
}

function compare(
  options: readonly string[],
  { after, alone, against }: Pick<Scored, 'after' | 'alone' | 'against'>,
  by: ScoreKind,
  temperature: number,
): ChoiceScores {
  const raw = options.map((option, index) => {
    const { sum, tokens } = after[index]!
    const mean = tokens === 0 ? 0 : sum / tokens
    const unconditional = alone === null ? null : sum - alone[index]!.sum
    const neutral = against === null ? null : against[index]!
    const less = neutral === null ? 0 : by === 'mean' ? neutral.sum / neutral.tokens : neutral.sum
    const calibrated = neutral === null ? null : (by === 'mean' ? mean : sum) - less
    return { option, tokens, sum, mean, unconditional, calibrated, probability: 0 }
  })
  const values = raw.map((option) => deciding(option, by))
  const shares = sharesOf(values, temperature)
  const scored = raw.map((option, index) => ({ ...option, probability: shares[index]! }))
  const [first, second] = [...shares].sort((a, b) => b - a)
  return { options: scored, by, margin: second === undefined ? 1 : first! - second }
}

/** Their softmax; at 0 the first of the highest has all. */
function sharesOf(values: readonly number[], temperature: number): number[] {
  const highest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const best = values.indexOf(highest)
  if (temperature === 0) return values.map((_, index) => (index === best ? 1 : 0))
  const weights = values.map((value) => Math.exp((value - highest) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function deciding(option: OptionScore, by: ScoreKind): number {
  if (option.calibrated !== null) return option.calibrated
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
