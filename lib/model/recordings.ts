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
import { checkedPort, type Inspector, type InspectorOptions, serveLive } from '../trace/live.js'
import { liveHTML } from '../trace/page.js'
import { promptLine } from '../trace/prompt-line.js'
import { type RecordedRun, RecordedRuns } from '../trace/recorded-run.js'
import { Recorder } from '../trace/recorder.js'
import type { Recording, RecordOptions } from '../trace/recording.js'
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
  readonly #open = new Map<Recorder, RecordedRuns>()
  readonly #inspectors = new Set<Inspector>()

  constructor(engine: Engine, { path: file, description, fingerprint, contextTokens }: ModelInfo) {
    this.#engine = engine
    const { memory } = engine.capabilities
    this.#model = {
      name: path.basename(file),
      description,
      fingerprint,
      contextTokens: Number.isFinite(contextTokens) ? contextTokens : null,
      memory,
    }
  }

  /** Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN, OPTION_INVALID. */
  record(options: unknown): Recording {
    return this.#begin(checkedOptions('record()', options))
  }

  /** Rejects as `record` throws, and with EngineError PORT_UNAVAILABLE. */
  async inspect(options: unknown): Promise<Inspector> {
    const { port = 0, ...others } = isRecord(options) ? (options as InspectorOptions) : {}
    const checked = checkedOptions('inspect()', isRecord(options) ? others : options, ['port'])
    const free = checkedPort(port)
    const recording = this.#begin(checked)
    try {
      const closed = (one: Inspector) => void this.#inspectors.delete(one)
      const inspector = await serveLive({ recording, port: free, page: liveHTML, closed })
      this.#inspectors.add(inspector)
      return inspector
    } catch (error) {
      recording.stop()
      throw error
    }
  }

  /** Takes the pages away that are still served. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#inspectors].map((inspector) => inspector.close()))
  }

  #begin(options: Required<RecordOptions>): Recorder {
    const recording = new Recorder({
      engine: this.#engine,
      model: this.#model,
      espalier: ownVersion() ?? '',
      options,
      stopped: (one) => void this.#open.delete(one),
    })
    this.#open.set(recording, new RecordedRuns())
    return recording
  }

  begin(start: Position | null, prompt: Prompt, options: RunOptions): Recorded {
    if (this.#open.size === 0) return notRecorded
    const seed = isRecord(options) && Number.isFinite(options.seed) ? Number(options.seed) : 0
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

function checkedOptions(
  caller: string,
  options: unknown,
  more: readonly string[] = [],
): Required<RecordOptions> {
  if (!isRecord(options)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `${caller} got ${shown(options)}; expected an object of options.`,
    )
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
      `${caller} has no option ${shown(unknown)}; expected ${['alternatives', 'bytesMax', ...more].join(', ')}.`,
    )
  }
  return {
    alternatives: wholeIn(`alternatives of ${caller}`, alternatives, 0, alternativesMax),
    bytesMax: wholeIn(`bytesMax of ${caller}`, bytesMax, 2 ** 16, Number.MAX_SAFE_INTEGER),
  }
}

function wholeIn(name: string, value: unknown, from: number, until: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= until)
    return value
  throw new UsageError(
    'OPTION_INVALID',
    `${name} is ${shown(value)}; expected a whole number from ${from} to ${until}.`,
  )
}
