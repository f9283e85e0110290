// How the tokens of one hole are drawn: the run's sampling options, overridden by the hole's, with the defaults of
// this library. The seed is the caller's.
import { PromptError } from '../../../base/errors.js'
import { quoted } from '../../../base/seen.js'
import type { DrawOptions } from '../../../native/addon.js'
import { dryDefaults, xtcDefaults } from '../../../prompt/draw-filters.js'
import type { SamplingOptions } from '../../../prompt/options.js'
import type { Vocabulary } from '../tokens/vocabulary.js'

export interface DrawSettings {
  readonly sampling: { readonly run: SamplingOptions; readonly hole: SamplingOptions }
  /** Integer in [0, 2^53). */
  readonly seed: number
  readonly vocabulary: Vocabulary
  /** How many alternatives are told of each draw for whoever looks at the run; default 0. */
  readonly looked?: number
}

const lastDefault = 64
const nothing = new Int32Array(0)
const encoder = new TextEncoder()

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
    ...choicesOf(settings),
    ...dryOf(settings, transcript),
    seed: settings.seed,
    drawIndex: drawn,
    repeatPenalty,
    frequencyPenalty,
    presencePenalty,
    penaltyWindow: hasPenalty && window > 0 ? transcript.slice(-window) : nothing,
    penaltyLastN: hasPenalty ? window : 0,
    bias: knownBias(settings),
    logprobs: logprobsWanted(settings),
    looked: settings.looked ?? 0,
  }
}

/** What leaves out the most probable tokens, where it is on. */
function choicesOf({ sampling: { run, hole } }: DrawSettings): Partial<DrawOptions> {
  const typicalP = hole.typicalP ?? run.typicalP ?? 1
  const xtc = { ...xtcDefaults, ...run.xtc, ...hole.xtc }
  return {
    ...(typicalP < 1 ? { typicalP } : {}),
    ...(xtc.probability > 0 ? { xtcProbability: xtc.probability, xtcThreshold: xtc.threshold } : {}),
  }
}

/** How many alternatives are told of each token; 0: nothing is. */
export function logprobsWanted({ sampling: { run, hole } }: Pick<DrawSettings, 'sampling'>): number {
  return hole.logprobs ?? run.logprobs ?? 0
}

function dryOf({ sampling: { run, hole } }: DrawSettings, transcript: Int32Array): Partial<DrawOptions> {
  const { breakers, lastN, ...numbers } = { ...dryDefaults, ...run.dry, ...hole.dry }
  if (numbers.multiplier === 0 || lastN === 0) return {}
  const window = transcript.slice(-lastN)
  return { dry: { ...numbers, lastN, window, breakers: breakers.map((text) => encoder.encode(text)) } }
}

/** By options of a run, then by those of the hole: read once, as a request is made for every few tokens. */
const biases = new WeakMap<SamplingOptions, WeakMap<SamplingOptions, ReadonlyMap<number, number>>>()

function knownBias({ sampling, vocabulary }: DrawSettings): ReadonlyMap<number, number> {
  const { run, hole } = sampling
  const known = biases.get(run) ?? new WeakMap<SamplingOptions, ReadonlyMap<number, number>>()
  biases.set(run, known)
  let bias = known.get(hole)
  if (bias === undefined) {
    bias = new Map([run, hole].flatMap((options) => biasOf(options, vocabulary)))
    known.set(hole, bias)
  }
  return bias
}

/** What options add to which token; a text comes after the ids. */
function biasOf({ bias = {}, biasText = {} }: SamplingOptions, vocabulary: Vocabulary): [number, number][] {
  const byId = Object.entries(bias).map(([key, value]): [number, number] => {
    const token = Number(key)
    if (token < vocabulary.size) return [token, value]
    throw new PromptError(
      'OPTION_INVALID',
      `bias names token ${token}; the model has tokens 0 to ${vocabulary.size - 1}.`,
    )
  })
  const byText = Object.entries(biasText).map(([text, value]): [number, number] => {
    const tokens = vocabulary.tokenize(encoder.encode(text))
    if (tokens.length === 1) return [tokens[0]!, value]
    throw new PromptError(
      'OPTION_INVALID',
      `biasText has ${quoted(text)}, which is ${tokens.length} tokens of the model (${shownTokens(tokens)}); it ` +
        'takes texts of one token. ban keeps a longer one from coming.',
    )
  })
  return [...byId, ...byText]
}

/** Tokens told in one sentence. */
const shownMax = 10

function shownTokens(tokens: Int32Array): string {
  const shown = [...tokens.subarray(0, shownMax)].join(', ')
  return tokens.length > shownMax ? `${shown}, ...` : shown
}
