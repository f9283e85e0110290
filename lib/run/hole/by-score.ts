// Fills one hole by log-probability: the best of whole options. Decides how scores of options of different length
// compare.
import type { TokenLogprobs } from '../../engine/logprobs.js'
import type { OptionSum } from '../../engine/options.js'
import { retriesDefault } from '../../prompt/options.js'
import type { ScoreKind } from '../../prompt/part.js'
import type { ChoiceScores, OptionScore } from '../report/results.js'
import { attemptsAt, type Scope } from '../state/scope.js'
import { accept } from './accept.js'
import { attemptsSpent, deadEnd } from './failures.js'
import { endAfter, type HoleResult, type HoleTask, logprobsWanted, startOf, taskPath } from './hole-task.js'
import { judge } from './judge.js'

export async function fillByScore(task: HoleTask): Promise<HoleResult> {
  const { scope, hole, transcript } = task
  const { method } = hole
  if (method.kind !== 'score') throw new TypeError('fillByScore needs a hole with options')
  const { run } = scope
  const path = taskPath(task)
  run.listener.emit({ type: 'hole-start', hole: path, attempt: attemptsAt(scope, path).length })
  const { options, score } = method
  const scored = await run.session.score(transcript.position, {
    path,
    options,
    end: endAfter(task),
    best: logprobsWanted(task),
    start: startOf(hole),
    scores: score === 'unconditional' ? 'after and alone' : 'after',
    signal: run.signal,
  })
  const scores = compare(options, scored.after, scored.alone, score)
  run.choices.set(path, scores)
  warnOfDisagreement(scope, path, scores)
  const { option, value } = await bestAccepted(task, scores)
  const index = options.indexOf(option)
  const chosen = scored.chosen(index)
  if (logprobsWanted(task) > 0) {
    const told = scored.logprobs(index).map((one): TokenLogprobs => ({ ...one, origin: 'drawn' }))
    run.logprobs.set(path, told)
  }
  return accept(task, { text: option, ...chosen }, value, { reason: 'complete' })
}

/** The best option that was not rejected here before and that the check takes. */
async function bestAccepted(
  task: HoleTask,
  scores: ChoiceScores,
): Promise<{ readonly option: string; readonly value: unknown }> {
  const { scope, hole, transcript } = task
  const path = taskPath(task)
  const { texts } = scope.tried.rejectedAt(transcript)
  const left = scores.options.filter(({ option }) => !texts.includes(option))
  const { retries = retriesDefault } = hole.options
  for (let tries = 0; left.length > 0; tries += 1) {
    const best = winner(left, (option) => deciding(option, scores.by))
    const [{ option }] = left.splice(best, 1) as [OptionScore]
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

function compare(
  options: readonly string[],
  sums: readonly OptionSum[],
  free: readonly OptionSum[] | null,
  by: ScoreKind,
): ChoiceScores {
  const raw = options.map((option, index) => {
    const { sum, tokens } = sums[index]!
    const unconditional = free === null ? null : sum - free[index]!.sum
    return {
      option,
      tokens,
      sum,
      mean: tokens === 0 ? 0 : sum / tokens,
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
