// How whole options are scored: which score decides, whether the best wins or one is drawn, and what the scores are
// taken against. Decides which of these go together; never scores anything.
import { PromptError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import type { ScoreMethod } from './part.js'

interface Asked {
  readonly score: unknown
  readonly draw: unknown
  readonly calibrate: unknown
}

/** Throws PromptError OPTION_INVALID. `where` names the hole. */
export function scoreMethod(where: string, options: readonly string[], asked: Asked): ScoreMethod {
  const draw = oneOf(where, 'draw', asked.draw ?? 'best', ['best', 'exact'])
  const usual = draw === 'exact' ? 'sum' : 'mean'
  const score = oneOf(where, 'score', asked.score ?? usual, ['sum', 'mean', 'unconditional'])
  const { calibrate = null } = asked
  if (draw === 'exact' && score !== 'sum') {
    throw invalid(
      where,
      `draw: 'exact' draws by sums, so score: '${score}' would mean nothing; leave it out.`,
    )
  }
  if (calibrate !== null && calibrate !== true && (typeof calibrate !== 'string' || calibrate === '')) {
    throw invalid(where, `calibrate is ${shown(calibrate)}; it must be true, or a text that is not empty.`)
  }
  if (calibrate !== null && score === 'unconditional') {
    throw invalid(where, "score: 'unconditional' is taken against nothing, so calibrate would mean nothing.")
  }
  if (options.includes('')) {
    throw invalid(
      where,
      "an option is empty, and by: 'logprob' scores tokens, of which it has none; use by: 'sample'.",
    )
  }
  const against = calibrate === true ? 'inputs' : typeof calibrate === 'string' ? { text: calibrate } : null
  return Object.freeze({
    kind: 'score',
    options: Object.freeze([...options]),
    score,
    draw,
    calibrate: against,
  })
}

function oneOf<const T extends string>(where: string, name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value)
  if (found !== undefined) return found
  const expected = known.map((one) => `'${one}'`).join(', ')
  throw invalid(where, `${name} is ${shown(value)}; it must be one of ${expected}.`)
}

function invalid(where: string, what: string): PromptError {
  return new PromptError('OPTION_INVALID', `In the options of ${where}, ${what}`)
}
