// How the tokens of one hole are drawn: the run's sampling options, overridden by the hole's, with the defaults of
// this library. The seed is the caller's.
import { PromptError } from '../../../base/errors.js'
import type { DrawOptions } from '../../../native/addon.js'
import type { SamplingOptions } from '../../../prompt/options.js'

export interface DrawSettings {
  readonly sampling: { readonly run: SamplingOptions; readonly hole: SamplingOptions }
  /** Integer in [0, 2^53). */
  readonly seed: number
  readonly vocabularySize: number
}

const lastDefault = 64
const nothing = new Int32Array(0)

/** Settings of one attempt; `transcript` is what the penalties look at, `drawn` how many tokens it has drawn. */
export function drawOptions(settings: DrawSettings, transcript: Int32Array, drawn: number): DrawOptions {
  const { run, hole } = settings.sampling
  const pick = <K extends keyof SamplingOptions>(key: K): SamplingOptions[K] => hole[key] ?? run[key]
  const penalties = { ...run.penalties, ...hole.penalties }
  const repeatPenalty = penalties.repeat ?? 1
  const frequencyPenalty = penalties.frequency ?? 0
  const presencePenalty = penalties.presence ?? 0
  const hasPenalty = repeatPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0
  const window = penalties.lastN ?? lastDefault
  return {
    temperature: pick('temperature') ?? 0,
    topK: pick('topK') ?? 0,
    topP: pick('topP') ?? 1,
    minP: pick('minP') ?? 0,
    seed: settings.seed,
    drawIndex: drawn,
    repeatPenalty,
    frequencyPenalty,
    presencePenalty,
    penaltyWindow: hasPenalty && window > 0 ? transcript.slice(-window) : nothing,
    penaltyLastN: hasPenalty ? window : 0,
    bias: knownBias(settings),
    logprobs: logprobsWanted(settings),
  }
}

/** How many alternatives are told of each token; 0: nothing is. */
export function logprobsWanted({ sampling: { run, hole } }: Pick<DrawSettings, 'sampling'>): number {
  return hole.logprobs ?? run.logprobs ?? 0
}

/** By options of a run, then by the hole's own: read once, as a request is made for every few tokens. */
const biases = new WeakMap<SamplingOptions, Map<SamplingOptions['bias'], ReadonlyMap<number, number>>>()

function knownBias({ sampling, vocabularySize }: DrawSettings): ReadonlyMap<number, number> {
  const { run, hole } = sampling
  const known = biases.get(run) ?? new Map<SamplingOptions['bias'], ReadonlyMap<number, number>>()
  biases.set(run, known)
  let bias = known.get(hole.bias)
  if (bias === undefined) {
    bias = biasOf([run.bias, hole.bias], vocabularySize)
    known.set(hole.bias, bias)
  }
  return bias
}

function biasOf(list: readonly SamplingOptions['bias'][], size: number): ReadonlyMap<number, number> {
  const map = new Map<number, number>()
  for (const bias of list) {
    for (const key of bias === undefined ? [] : Object.keys(bias)) {
      const token = Number(key)
      if (token >= size) {
        throw new PromptError(
          'OPTION_INVALID',
          `bias names token ${token}; the model has tokens 0 to ${size - 1}.`,
        )
      }
      map.set(token, (bias as Readonly<Record<string, number>>)[key]!)
    }
  }
  return map
}
