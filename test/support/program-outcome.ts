// What a random program comes to: alone, beside others, and with something planted at one of its events. Decides what
// counts as the same outcome and how a run is stopped on purpose.
import { AbortError, FillError, type Transcript } from '../../lib/index.js'
import { Chance } from './oracle-programs.js'
import { type ProgramModel, programModel } from './program-model.js'
import { randomProgram, randomSampling } from './random-program.js'

/** A FillError is an outcome too; which hole it names may depend on what ran first. */
export type Outcome =
  | {
      readonly text: string
      readonly values: unknown
      readonly tokens: readonly number[]
      readonly logprobs: readonly string[]
      /** Near ties with their places; what runs side by side reports them in any order. */
      readonly ties: readonly string[]
    }
  | 'failed'

export const roomy = { cells: 1 << 15, sequences: 256, batch: 512 }
export const crowded = { cells: 900, sequences: 12, batch: 24 }
/** Half of the runs have settings of their own beside a temperature. */
export const optionsOf = (seed: number) =>
  seed % 2 === 0
    ? { seed, temperature: seed % 3 === 0 ? 0 : 1 }
    : { ...randomSampling(new Chance(seed + 7)), seed }
const quiet = (): void => undefined

export function outcomeOf(run: Transcript<unknown>): Outcome {
  const ties = run.trace.flatMap((event) =>
    event.type === 'near-tie' ? [JSON.stringify([event.hole, event.ties])] : [],
  )
  const logprobs = Array.from(run.logprobs, (one) => JSON.stringify(one))
  return {
    text: run.text,
    values: run.values,
    tokens: [...run.tokens],
    logprobs: logprobs.sort(),
    ties: ties.sort(),
  }
}

async function outcome(work: Promise<Transcript<unknown>>): Promise<Outcome> {
  try {
    return outcomeOf(await work)
  } catch (error) {
    if (error instanceof FillError) return 'failed'
    throw error
  }
}

export function plain({ model }: ProgramModel, seed: number): Promise<Outcome> {
  return outcome(model.run(randomProgram(seed, quiet), {}, optionsOf(seed)))
}

/** The outcome on an engine nobody else uses, and how many events led there. */
export async function alone(seed: number): Promise<{ readonly expected: Outcome; readonly events: number }> {
  const lone = programModel(roomy)
  let events = 0
  const program = randomProgram(seed, () => {
    events += 1
  })
  const expected = await outcome(lone.model.run(program, {}, optionsOf(seed)))
  await lone.model.dispose()
  return { expected, events }
}

/** Runs the program with something happening at event `at`; what came of it. */
export async function stopped(
  { model }: ProgramModel,
  seed: number,
  at: number,
  act: 'throw' | 'abort',
): Promise<Outcome | 'stopped'> {
  const planted = new Error('planted')
  const controller = new AbortController()
  let events = 0
  const fuse = (): void => {
    events += 1
    if (events !== at) return
    if (act === 'throw') throw planted
    controller.abort(planted)
  }
  try {
    const { signal } = controller
    return await outcome(model.run(randomProgram(seed, fuse), {}, { ...optionsOf(seed), signal }))
  } catch (error) {
    if (error === planted) return 'stopped'
    if (error instanceof AbortError && error.reason === planted) return 'stopped'
    throw error
  }
}

/** Streams the program up to event `at`, then leaves or throws; whether the stream was longer than that. */
export async function left(
  { model }: ProgramModel,
  seed: number,
  at: number,
  act: 'break' | 'throw',
): Promise<boolean> {
  const planted = new Error('planted')
  let events = 0
  try {
    for await (const _event of model.stream(randomProgram(seed, quiet), {}, optionsOf(seed))) {
      events += 1
      if (events < at) continue
      if (act === 'break') return true
      throw planted
    }
  } catch (error) {
    if (error === planted) return true
    if (!(error instanceof FillError)) throw error
  }
  return false
}

/** What the stream's last event holds. */
export async function streamed({ model }: ProgramModel, seed: number): Promise<Outcome> {
  try {
    for await (const event of model.stream(randomProgram(seed, quiet), {}, optionsOf(seed))) {
      if (event.type === 'done') return outcomeOf(event.run)
    }
  } catch (error) {
    if (!(error instanceof FillError)) throw error
  }
  return 'failed'
}
