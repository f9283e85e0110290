// How whole options are scored: which score decides, whether the best wins or one is drawn, and what the scores are
// taken against. Decides which of these go together; never scores anything.
import { PromptError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import type { TextHoleOptions } from './options.js'

/** What `select` takes. */
export interface SelectOptions<V> extends TextHoleOptions<V> {
  /**
   * 'sample' (the default): token by token. 'logprob': whole options are scored in one batch, each with the first token
   * of the text behind the hole, as far as that is known: a model that would go on says so there.
   */
  readonly by?: 'sample' | 'logprob'
  /** For 'logprob' only: which score decides. 'mean' (the default) is per token; an exact draw is by the 'sum'. */
  readonly score?: ScoreKind
  /**
   * For 'logprob' only. 'best' (the default): the option with the highest score. 'exact': one by chance, each as often
   * as the model would write it, were it to write one of them: by the softmax of the sums, over `temperature` (default
   * here 1; 0: the best), drawn with the seed. Masked draws differ from that: they only see the next token.
   */
  readonly draw?: 'best' | 'exact'
  /**
   * For 'logprob' only: takes from every score what the option gets where nothing speaks for it, so that a word the
   * model likes anyway wins nothing by that. true: with 'N/A' as every input before the hole; a text: with that before
   * the hole instead of all there is. Default: the scores count as they are.
   */
  readonly calibrate?: true | string
}

export interface ScoreMethod {
  readonly kind: 'score'
  readonly options: readonly string[]
  readonly score: ScoreKind
  /** 'best': the option with the highest score. 'exact': one by chance, as often as its score says. */
  readonly draw: 'best' | 'exact'
  /** What the scores are taken against: the text before with neutral inputs, or another text; null: nothing. */
  readonly calibrate: 'inputs' | { readonly text: string } | null
}

export type ScoreKind = 'sum' | 'mean' | 'unconditional'

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
