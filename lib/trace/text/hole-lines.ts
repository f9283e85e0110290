// The holes of a run as a table: how sure the model was, how much the constraint bent it, how each ended. Decides what
// the numbers are; of those that were given up only how many there were.
import { inOneLine, quotedShort } from '../harmless.js'
import type { FillAt, RunAt } from '../state/run-history.js'
import type { RunEnd } from '../trace.js'
import { valueText } from '../value-text.js'
import { bar, type Paint, table } from './paint.js'

const holesMax = 60
const optionsMax = 8
/** Choices that are told, and votes. */
const choicesMax = 60

export function holeLines(run: RunAt, columns: number): readonly string[] {
  const holes = new Map<string, FillAt[]>()
  for (const one of run.fills) {
    const known = holes.get(one.fill.hole)
    if (known === undefined) holes.set(one.fill.hole, [one])
    else known.push(one)
  }
  if (holes.size === 0) return []
  const rows = Array.from(holes)
    .slice(0, holesMax)
    .map(([hole, fills]) => rowOf(hole, fills))
  const head = ['hole', 'drawn', 'forced', 'p mean', 'p least', 'distortion', 'given up', 'ended', 'takes']
  const more = holes.size > holesMax ? [`... ${holes.size - holesMax} holes more`] : []
  const shown = table([head, ...rows], [1, 2, 3, 4, 5, 6])
  return [...shown.map((line) => cut(line, columns)), ...more]
}

/** What a hole takes stands last, and is the first to go. */
function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 3).trimEnd()}...`
}

/** Of several fills of a choice, all that were not given up together. */
function rowOf(hole: string, fills: readonly FillAt[]): readonly string[] {
  const counting = fills.filter(({ givenUp }) => givenUp === null)
  const shown = counting.length === 0 ? fills.slice(-1) : counting
  const tokens = shown.flatMap(({ fill }) =>
    [...fill.kinds].map((kind, index) => ({
      kind,
      logprob: fill.logprobs[index] ?? null,
      allowed: fill.allowed[index] ?? null,
    })),
  )
  const logprobs = tokens.flatMap(({ logprob }) => (logprob === null ? [] : [logprob]))
  const allowed = tokens.flatMap((token) => (token.allowed === null ? [] : [token.allowed]))
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0)
  const probability = (logprob: number): string => Math.exp(logprob).toFixed(2)
  const least = logprobs.reduce((lowest, number) => Math.min(lowest, number), 0)
  const last = shown.at(-1)!.fill
  return [
    inOneLine(hole, 32),
    String(tokens.filter(({ kind }) => kind === 'd').length),
    String(tokens.filter(({ kind }) => kind === 'f').length),
    logprobs.length === 0 ? '-' : probability(sum(logprobs) / logprobs.length),
    logprobs.length === 0 ? '-' : probability(least),
    allowed.length === 0
      ? '-'
      : sum(allowed)
          .toFixed(2)
          .replace(/^-(?=0\.00$)/, ''),
    String(fills.length - counting.length),
    inOneLine(last.end, 20),
    inOneLine(last.takes, 40),
  ]
}

export function choiceLines({ choices, votes }: RunEnd, paint: Paint): readonly string[] {
  const [chosenHoles, votedHoles] = [Object.entries(choices), Object.entries(votes)]
  const chosen = chosenHoles.slice(0, choicesMax).flatMap(([hole, { options }]) => {
    const best = [...options].sort((one, other) => other.probability - one.probability).slice(0, optionsMax)
    const rows = best.map(({ option, probability }) => {
      const shown = bar(paint, [{ style: 'drawn', sign: '#', share: probability }], 20)
      return `  ${quotedShort(option, 30).padEnd(32)} ${shown} ${(probability * 100).toFixed(1)}%`
    })
    const more = options.length > best.length ? [`  ... ${options.length - best.length} more`] : []
    return [`choice of ${inOneLine(hole, 60)}`, ...rows, ...more]
  })
  const voted = votedHoles.slice(0, choicesMax).map(([hole, { options, winner, abstained }]) => {
    const all = options.reduce((sum, option) => sum + option.votes, abstained)
    const most = options.reduce((highest, option) => Math.max(highest, option.votes), 0)
    return `vote of ${inOneLine(hole, 60)}: ${most} of ${all} for ${valueText(winner, 40)}`
  })
  return [...chosen, ...leftOf(chosenHoles, 'choices'), ...voted, ...leftOf(votedHoles, 'votes')]
}

function leftOf({ length }: readonly unknown[], what: string): readonly string[] {
  return length > choicesMax ? [`... ${length - choicesMax} ${what} more`] : []
}
