// The recordings of one model that are going on: which of them a run is told to, and what they are told of the model.
import path from 'node:path'
import { UsageError } from '../base/errors.js'
import { isRecord, shown } from '../base/seen.js'
import type { Engine } from '../engine/engine.js'
import type { Position } from '../engine/position.js'
import { ownVersion } from '../native/pins.js'
import type { Prompt } from '../prompt/part.js'
import type { RunWatcher } from '../run/record/watcher.js'
import type { Listener } from '../run/report/event.js'
import type { RunResult } from '../run/request.js'
import type { RunOptions } from '../run/run-options.js'
import { promptLine } from '../trace/prompt-line.js'
import { type RecordedRun, RecordedRuns } from '../trace/recorded-run.js'
import { Recording, type RecordOptions } from '../trace/recording.js'
import type { TracedModel } from '../trace/trace.js'
import type { ModelInfo } from './model-info.js'

/** A run, to those who record it. */
interface Recorded {
  /** Null: nobody does. */
  readonly watcher: RunWatcher | null
  hearing(listener: Listener): Listener
  done(result: RunResult): void
  failed(error: unknown): void
}

const notRecorded: Recorded = {
  watcher: null,
  hearing: (listener) => listener,
  done: () => undefined,
  failed: () => undefined,
}

const bytesDefault = 64 * 2 ** 20
const alternativesMax = 20

export class Recordings {
  readonly #engine: Engine
  readonly #model: TracedModel
  readonly #open = new Map<Recording, RecordedRuns>()

  constructor(engine: Engine, { path: file, description, fingerprint, contextTokens }: ModelInfo) {
    this.#engine = engine
    const { memory } = engine.capabilities
    const name = path.basename(file)
    this.#model = { name, description, fingerprint, contextTokens, cells: contextTokens, memory }
  }

  /** Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN, OPTION_INVALID. */
  record(options: unknown): Recording {
    const recording = new Recording({
      engine: this.#engine,
      model: this.#model,
      espalier: ownVersion() ?? '',
      options: checkedOptions(options),
      stopped: (one) => void this.#open.delete(one),
    })
    this.#open.set(recording, new RecordedRuns())
    return recording
  }

  begin(start: Position | null, prompt: Prompt, options: RunOptions): Recorded {
    if (this.#open.size === 0) return notRecorded
    const seed = isRecord(options) && typeof options.seed === 'number' ? options.seed : 0
    const line = promptLine(prompt)
    const runs = [...this.#open].map(([recording, all]) => all.begin(recording, start, seed, line))
    return {
      watcher: toAll(runs),
      hearing: (listener) => ({
        ...listener,
        emit: (event) => {
          for (const run of runs) run.emit(event)
          listener.emit(event)
        },
      }),
      done: (result) => {
        for (const run of runs) run.done(result)
      },
      failed: (error) => {
        for (const run of runs) run.failed(error)
      },
    }
  }
}

function toAll(runs: readonly RecordedRun[]): RunWatcher {
  return {
    alternatives: Math.max(...runs.map(({ alternatives }) => alternatives)),
    fill: (fill) => {
      for (const run of runs) run.fill(fill)
    },
    givenUp: (fills) => {
      for (const run of runs) run.givenUp(fills)
    },
    end: (texts, kept) => {
      for (const run of runs) run.end(texts, kept)
    },
  }
}

function checkedOptions(options: unknown): Required<RecordOptions> {
  if (!isRecord(options)) {
    throw new UsageError('ARGUMENT_INVALID', `record() got ${shown(options)}; expected an object of options.`)
  }
  const {
    alternatives = 5,
    bytesMax = bytesDefault,
    ...others
  } = options as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new UsageError(
      'OPTION_UNKNOWN',
      `record() has no option ${shown(unknown)}; expected alternatives, bytesMax.`,
    )
  }
  return {
    alternatives: wholeIn('alternatives', alternatives, 0, alternativesMax),
    bytesMax: wholeIn('bytesMax', bytesMax, 2 ** 16, Number.MAX_SAFE_INTEGER),
  }
}

function wholeIn(name: string, value: unknown, from: number, until: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= until)
    return value
  throw new UsageError(
    'OPTION_INVALID',
    `${name} of record() is ${shown(value)}; expected a whole number from ${from} to ${until}.`,
  )
}
