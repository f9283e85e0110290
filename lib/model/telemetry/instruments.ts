// The meters of runs: what they cost in tokens and time, by OpenTelemetry. Decides the instruments; they are made once
// for each provider, and none is there while no SDK is.
import type { Attributes, Counter, Histogram, Meter, MeterProvider } from '@opentelemetry/api'
import type { Ledger } from '../../engine/ledger.js'
import type { OpenTelemetry } from './api.js'
import { genAi, ours } from './names.js'

export interface RunInstruments {
  readonly usage: Histogram
  readonly duration: Histogram
  readonly tokens: Counter
}

/** As the conventions want them. */
const tokenBuckets = Array.from({ length: 14 }, (_, index) => 4 ** index)
const secondBuckets = Array.from({ length: 14 }, (_, index) => 0.01 * 2 ** index)

/** Providers come and go: an application registers one after this module was loaded, a test takes it away again. */
let made: { readonly by: MeterProvider; readonly instruments: RunInstruments | null } | null = null

/** Null: nobody counts. */
export function runInstruments({ metrics, createNoopMeter }: OpenTelemetry): RunInstruments | null {
  const by = metrics.getMeterProvider()
  if (made?.by !== by) {
    const meter = by.getMeter('espalier')
    made = { by, instruments: meter === createNoopMeter() ? null : instrumentsOf(meter) }
  }
  return made.instruments
}

function instrumentsOf(meter: Meter): RunInstruments {
  return {
    usage: meter.createHistogram('gen_ai.client.token.usage', {
      unit: '{token}',
      description: 'Number of input and output tokens used.',
      advice: { explicitBucketBoundaries: tokenBuckets },
    }),
    duration: meter.createHistogram('gen_ai.client.operation.duration', {
      unit: 's',
      description: 'Duration of a run.',
      advice: { explicitBucketBoundaries: secondBuckets },
    }),
    tokens: meter.createCounter('espalier.tokens', {
      unit: '{token}',
      description: 'Tokens of runs, by where they came from.',
    }),
  }
}

/** What the conventions call input, and output: what was drawn or forced, also where it was given up. */
export function usageOf(ledger: Ledger): { readonly input: number; readonly output: number } {
  const { reused, restored, prefilled, healed, redecoded, forced, sampled, rolledBack } = ledger
  return {
    input: reused + restored + prefilled + healed + redecoded,
    output: forced + sampled + rolledBack,
  }
}

export function countTokens({ usage, tokens }: RunInstruments, ledger: Ledger, about: Attributes): void {
  const { input, output } = usageOf(ledger)
  usage.record(input, { ...about, [genAi.tokenType]: 'input' })
  usage.record(output, { ...about, [genAi.tokenType]: 'output' })
  const origins = {
    reused: ledger.reused,
    restored: ledger.restored,
    prefilled: ledger.prefilled,
    forced: ledger.forced,
    drawn: ledger.sampled,
    healed: ledger.healed,
    rolled_back: ledger.rolledBack,
    redecoded: ledger.redecoded,
  }
  for (const [origin, count] of Object.entries(origins)) {
    if (count > 0) tokens.add(count, { ...about, [ours.tokenOrigin]: origin })
  }
}
