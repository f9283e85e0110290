// A context for callers: one KV cache with its own decode thread. Decides how a plan is handed to the addon, and offers
// the same operations one at a time for experts. Holds no knowledge of what the cells mean.
import { availableParallelism } from 'node:os'
import { CapacityError, EngineError, UsageError } from '../base/errors.js'
import { checkNames, type OptionNames, type OptionTable, optionNames } from '../base/options.js'
import { isRecord } from '../base/seen.js'
import type {
  ContextCapabilities,
  ContextOptions,
  DrawOptions,
  Generation,
  KvOp,
  NativeContext,
  RopeScaling,
  StepPlan,
  StepResult,
} from './addon.js'
import type { StepCode } from './addon-codes.js'
import { native, translated } from './failure.js'
import type { RawContext, RawDraw, RawGeneration, RawModel, RawPlan } from './raw.js'
import { coresHere, threadsDefault } from './threads.js'
import { rawMatcher, shown } from './vocab.js'

/** A context with the single operations beside `step`. While a step runs, every method ends in UsageError BUSY. */
export interface ExpertContext extends NativeContext {
  /** Threads it computes on now: those asked for, or fewer while other contexts of the process compute. */
  readonly threads: number
  /** Makes `to` a fork of the first `until` tokens of `from` (all of them by default). Copies no cells. */
  copy(from: number, to: number, until?: number): Promise<void>
  /** Drops the tokens of the sequence at positions from `from` on. */
  truncate(sequence: number, from: number): Promise<void>
  /** Drops positions [from, until) and renumbers what follows. Lossy: the cells that follow still remember them. */
  shift(sequence: number, from: number, until: number): Promise<void>
  /** Drops all tokens of one sequence, or of all. */
  clear(sequence?: number): Promise<void>
  /**
   * Appends tokens to a sequence: at most `capabilities.batch` at once. Afterwards `logits()` gives the row after the
   * last one. Throws CapacityError CELLS_FULL where no room is left, EngineError ABORTED_DECODE after `abort()`.
   */
  decode(sequence: number, tokens: Int32Array): Promise<void>
  /** Logits after the last token of chunk `chunk` (0 by default) of the last step, one a token id; a copy. */
  logits(chunk?: number): Float32Array
  [Symbol.asyncDispose](): Promise<void>
}

// Each property of a caller's object is fetched once: a getter is the caller's code, and may answer differently.

function rawDraw(draw: unknown): RawDraw {
  if (typeof draw !== 'object' || draw === null) {
    throw new UsageError('ARGUMENT_INVALID', `draw of a generation is ${shown(draw)}; expected an object.`)
  }
  const { bias, ...rest } = draw as DrawOptions
  if (!(bias instanceof Map)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `draw.bias is ${shown(bias)}; expected a Map of token to number.`,
    )
  }
  const entries = [...(Map.prototype.entries.call(bias) as Iterable<[number, number]>)]
  const tokens = entries.map(([token]) => token)
  const wrong = tokens.find((token) => !Number.isInteger(token) || token < 0 || token > 0x7fffffff)
  if (wrong !== undefined) {
    throw new UsageError('TOKEN_OUT_OF_RANGE', `draw.bias names token ${shown(wrong)}; expected a token id.`)
  }
  return { ...rest, biasTokens: Int32Array.from(tokens), biasValues: entries.map(([, added]) => added) }
}

function rawGeneration(given: Generation): RawGeneration {
  if (typeof given !== 'object' || given === null) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `A generation of the plan is ${shown(given)}; expected an object.`,
    )
  }
  const { matcher, draw, ...rest } = given
  return { ...rest, matcher: rawMatcher(matcher), draw: rawDraw(draw) }
}

function rawPlan(given: StepPlan): RawPlan {
  if (typeof given !== 'object' || given === null) {
    throw new UsageError('ARGUMENT_INVALID', `plan is ${shown(given)}; expected an object.`)
  }
  const { generations, ...rest } = given
  if (!Array.isArray(generations)) {
    throw new UsageError('ARGUMENT_INVALID', `plan.generations is ${shown(generations)}; expected an array.`)
  }
  return { ...rest, generations: generations.map(rawGeneration) }
}

class Context implements ExpertContext {
  readonly #raw: RawContext
  readonly capabilities: ContextCapabilities
  #disposed: Promise<void> | null = null

  constructor(raw: RawContext) {
    this.#raw = raw
    this.capabilities = Object.freeze(raw.capabilities)
  }

  get threads(): number {
    return native(() => this.#raw.threads)
  }

  async step(plan: StepPlan): Promise<StepResult> {
    try {
      return await this.#raw.step(rawPlan(plan))
    } catch (thrown) {
      throw translated(thrown)
    }
  }

  interrupt(): void {
    native(() => this.#raw.interrupt())
  }

  abort(): void {
    native(() => this.#raw.abort())
  }

  positions(sequence: number): { readonly first: number; readonly last: number } | null {
    return native(() => this.#raw.positions(sequence))
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#raw.dispose()
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async copy(from: number, to: number, until?: number): Promise<void> {
    const end = until ?? (this.positions(from)?.last ?? -1) + 1
    await this.#operate({ kind: 'copy', from, to, until: end })
  }

  async truncate(sequence: number, from: number): Promise<void> {
    await this.#operate({ kind: 'truncate', sequence, from })
  }

  async shift(sequence: number, from: number, until: number): Promise<void> {
    await this.#operate({ kind: 'shift', sequence, from, until })
  }

  async clear(sequence?: number): Promise<void> {
    const all = Array.from({ length: this.capabilities.sequences }, (_, id) => id)
    const cleared = sequence === undefined ? all : [sequence]
    await this.#operate(...cleared.map((id) => ({ kind: 'truncate', sequence: id, from: 0 }) as const))
  }

  async decode(sequence: number, tokens: Int32Array): Promise<void> {
    const position = (this.positions(sequence)?.last ?? -1) + 1
    const chunks = [{ sequences: [sequence], position, tokens, output: true }]
    const result = await this.step({ ops: [], chunks, generations: [], decodesMax: 1 })
    this.#check(result)
  }

  logits(chunk = 0): Float32Array {
    const row = native(() => this.#raw.logits(chunk))
    if (row !== null) return row
    throw new UsageError(
      'LOGITS_MISSING',
      `The last step left no logits for chunk ${chunk}; decode a token first.`,
    )
  }

  async #operate(...ops: KvOp[]): Promise<void> {
    const result = await this.step({ ops, chunks: [], generations: [], decodesMax: 1 })
    this.#check(result)
    const refused = result.opsRefused[0]
    if (refused === undefined) return
    throw new UsageError(
      'OPERATION_REFUSED',
      `The memory of this model (${this.capabilities.memory}) refused ${JSON.stringify(ops[refused])}: ` +
        'it can not do that, or the range is not held, or the target is not free.',
    )
  }

  #check(result: StepResult): void {
    if (result.status === 'ok') return
    if (result.status === 'no-room') {
      throw new CapacityError(
        'CELLS_FULL',
        `None of the ${this.capabilities.cells} cells is free for these tokens.`,
      )
    }
    if (result.status === 'aborted') throw new EngineError('ABORTED_DECODE', 'The decode was aborted.')
    const code = (result.code || 'DECODE_FAILED') as StepCode
    const inUse = code === 'POSITION_NOT_NEXT' || code === 'SEQUENCE_TAKEN' || code === 'SEQUENCE_GOES_ON'
    throw new (inUse ? UsageError : EngineError)(code, result.message)
  }
}

/** What is said of a cache and how it is computed on, whatever its size. */
export type CacheOptions = Omit<ContextOptions, 'cells' | 'sequences'>

export const cacheTable: OptionTable<CacheOptions> = {
  batch: true,
  microBatch: true,
  threads: true,
  threadsBatch: true,
  streams: true,
  flashAttention: true,
  kvType: true,
  ropeScaling: true,
}
const contextNames = optionNames<ContextOptions>('createContext()', {
  ...cacheTable,
  cells: true,
  sequences: true,
})

const ropeNames = optionNames<RopeScaling>('ropeScaling', {
  type: true,
  factor: true,
  base: true,
  contextTrained: true,
})

/**
 * Makes a context of a model. Rejects with UsageError ARGUMENT_INVALID, OPTION_UNKNOWN, CapacityError CONTEXT_FAILED,
 * OUT_OF_MEMORY, THREAD_FAILED.
 */
export async function createContext(model: RawModel, options: ContextOptions): Promise<ExpertContext> {
  const given = checkedContextOptions(options, contextNames)
  try {
    return new Context(await model.createContext(given))
  } catch (thrown) {
    throw translated(thrown)
  }
}

/** A copy with the threads it leaves out. Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN. */
export function checkedContextOptions<T extends CacheOptions>(
  options: T,
  names: OptionNames,
): T & { readonly threads: number; readonly cores: number } {
  if (!isRecord(options)) {
    throw new UsageError('ARGUMENT_INVALID', `options is ${shown(options)}; expected an object with cells.`)
  }
  const given = { ...options }
  checkNames(given, names)
  if (isRecord(given.ropeScaling)) checkNames(given.ropeScaling, ropeNames)
  const { kvType, flashAttention } = given
  if (flashAttention === 'off' && typeof kvType === 'string' && !/^b?f\d+$/.test(kvType)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `kvType is ${shown(kvType)}, which needs flash attention; expected "f16", "bf16" or "f32", or flashAttention ` +
        'other than "off".',
    )
  }
  const threads = given.threads ?? Math.min(threadsDefault(), threadsMax())
  checkThreads('threads', threads)
  if (given.threadsBatch !== undefined) checkThreads('threadsBatch', given.threadsBatch)
  return { ...given, threads, cores: coresHere() }
}

/** More threads than this only wait for each other; ggml itself takes 512 at most. */
function threadsMax(): number {
  return Math.min(512, 4 * availableParallelism())
}

function checkThreads(name: string, threads: unknown): void {
  if (Number.isInteger(threads) && (threads as number) >= 1 && (threads as number) <= threadsMax()) return
  const least = Number.isInteger(threads) && (threads as number) >= 1 ? 'at most' : 'a whole number from 1 to'
  throw new UsageError(
    'ARGUMENT_INVALID',
    `${name} is ${shown(threads)}; expected ${least} ${threadsMax()}, four for each of the ${availableParallelism()} ` +
      'cores this process may use. Leave it out for the default.',
  )
}
