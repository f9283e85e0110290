// Measures what a model costs on this machine: rounds in which every figure gets one sample, so that a slow moment hits
// all of them alike. Decides the order, how many rounds, and that an interrupt keeps what was measured. Prints nothing.

import { infoOf } from '../../model/load.js'
import type { LoadOptions } from '../../model/load-options.js'
import { open } from '../../model/open.js'
import { refuseTooLarge } from '../../model/room.js'
import type { ContextCapabilities } from '../../native/addon.js'
import type { ExpertContext } from '../../native/context.js'
import { type HostFacts, hostFacts, type LlamaFacts, llamaFacts } from '../machine.js'
import { Masks } from './masks.js'
import { type Figure, Samples } from './samples.js'
import { type Effort, roundsFor, type Sizes, sizesFor } from './sizes.js'
import { Steps } from './steps.js'

export interface BenchRequest {
  /** Undefined: the demo model. */
  readonly file: string | undefined
  readonly options: LoadOptions
  readonly effort: Effort
  /** Ends it with what was measured so far. */
  readonly signal: AbortSignal
  readonly tell: {
    /** What is known before anything is measured. */
    begun(facts: BenchFacts): void
    /** The first round is over; none of it counts. */
    planned(plan: { readonly rounds: number; readonly seconds: number }): void
    /** How much is done, 0..1. */
    at(part: number): void
  }
}

export interface BenchFacts {
  readonly host: HostFacts
  readonly llama: LlamaFacts
  readonly model: {
    readonly description: string
    readonly file: string
    readonly parameters: number
    readonly weightBytes: number
    readonly layers: number
    readonly gpuLayers: number
    readonly memory: ContextCapabilities['memory']
  }
  readonly context: {
    readonly tokens: number
    readonly batch: number
    readonly threads: number
    readonly cacheBytes: number
  }
}

export interface BenchResult extends BenchFacts {
  readonly sizes: Sizes
  /** Whole rounds that were measured. */
  readonly rounds: number
  /** Whether all rounds that were planned were measured. */
  readonly isComplete: boolean
  readonly figures: readonly Figure[]
}

/**
 * Rejects as `load` does, with EngineError where a step fails, and with the signal's reason before the first round has
 * begun.
 */
export async function bench({ file, options, effort, signal, tell }: BenchRequest): Promise<BenchResult> {
  await refuseTooLarge(file, options)
  const opened = await open(file, options, 'loaded')
  const { native } = opened
  const context = opened.context as ExpertContext
  const interrupt = (): void => context.interrupt()
  signal.addEventListener('abort', interrupt)
  try {
    const { cells: tokens, batch, cacheBytes, memory } = context.capabilities
    const { description, parameters, layers, gpuLayers, path } = infoOf(opened, tokens)
    const facts: BenchFacts = {
      host: hostFacts(),
      llama: await llamaFacts(options.gpu ?? 'auto'),
      model: { description, file: path, parameters, weightBytes: native.bytes, layers, gpuLayers, memory },
      context: { tokens, batch, threads: context.threads, cacheBytes },
    }
    tell.begun(facts)
    const steps = new Steps(context, native.vocab)
    const sizes = sizesFor(effort, context.capabilities, await steps.probe())
    signal.throwIfAborted()
    await steps.begin(sizes)
    const parts = partsOf(steps, new Masks(native.vocab), sizes)
    return { ...facts, sizes, ...(await measured(parts, effort, signal, tell)) }
  } finally {
    signal.removeEventListener('abort', interrupt)
    await native.dispose()
  }
}

type Part = (samples: Samples) => Promise<void> | void

function partsOf(steps: Steps, masks: Masks, sizes: Sizes): readonly Part[] {
  return [
    ...sizes.rows.map(
      (count): Part =>
        (samples) =>
          steps.rows(count, samples),
    ),
    (samples) => steps.batch(samples),
    ...sizes.prefills.map(
      (count): Part =>
        (samples) =>
          steps.prefill(count, samples),
    ),
    ...sizes.beside.map(
      (count): Part =>
        (samples) =>
          steps.drawing(count, samples),
    ),
    (samples) => steps.moving(samples),
    (samples) => masks.measure(samples),
  ]
}

async function measured(
  parts: readonly Part[],
  effort: Effort,
  signal: AbortSignal,
  tell: BenchRequest['tell'],
): Promise<Pick<BenchResult, 'rounds' | 'isComplete' | 'figures'>> {
  const start = performance.now()
  await roundOf(parts, new Samples(), signal, () => undefined)
  signal.throwIfAborted()
  const micros = (performance.now() - start) * 1000
  const planned = roundsFor(effort, micros)
  tell.planned({ rounds: planned, seconds: (planned * micros) / 1e6 })
  const samples = new Samples()
  let rounds = 0
  while (rounds < planned && !signal.aborted) {
    const isWhole = await roundOf(parts, samples, signal, (part) => tell.at((rounds + part) / planned))
    if (isWhole) rounds++
  }
  return { rounds, isComplete: rounds === planned, figures: samples.figures() }
}

/** Whether it came to its end. */
async function roundOf(
  parts: readonly Part[],
  samples: Samples,
  signal: AbortSignal,
  at: (part: number) => void,
): Promise<boolean> {
  for (const [index, part] of parts.entries()) {
    if (signal.aborted) return false
    await part(samples)
    at((index + 1) / parts.length)
  }
  return true
}
