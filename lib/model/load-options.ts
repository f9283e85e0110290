// What a caller may say about loading a model. Decides which room reads which option, and that each is checked before
// any work.
import { UsageError } from '../base/errors.js'
import { checkNames, type OptionNames, type OptionTable, optionNames } from '../base/options.js'
import { isReadable, isRecord, shown } from '../base/seen.js'
import { referenceIn } from '../files/reference.js'
import { type CacheOptions, cacheTable } from '../native/context.js'
import { type FileOptions, fileTable } from '../native/open-options.js'
import { type AdapterOptions, adaptersOf } from './adapters.js'

/**
 * What `load` and `estimate` take beside the file: where the model is computed, and how much memory its caches have.
 */
export interface LoadOptions extends FileOptions, CacheOptions {
  /**
   * LoRA files in GGUF, each as a path or `{ file, scale }`, and what runs call them; see `AdapterOptions`. Runs with
   * different ones may run side by side; their cells are kept apart. Default: none.
   */
  readonly adapters?: AdapterOptions
  /**
   * Tokens the KV cache holds, for all transcripts together; one transcript may have as many, or with `streams` an
   * equal part. llama.cpp makes a multiple of 256 of it. Default: what the model was trained for, at most 8,192.
   */
  readonly contextTokens?: number
  /**
   * Host memory for cells that were parked, in bytes, so that they need not be decoded again, and of it a sixteenth at
   * most for logits that may be drawn from again; 0: none are kept.
   * Default: four times what the KV cache takes, at most 1 GiB. All models of a thread together hold no more than the
   * largest of theirs, or 1 GiB: beyond that each keeps an equal part.
   */
  readonly hostBytesMax?: number
  /**
   * How many numbers (tokens, log-probabilities; 8 bytes each) are kept of the answers to requests, for requests that
   * are the same; 0: every run asks the model anew. Default: 262,144, about 2 MB.
   */
  readonly answersMax?: number
  /**
   * Requests (holes being filled, texts being read) that may be open at once, those worked on included; one more is
   * refused with CapacityError QUEUE_FULL. Default: any number; a run that waits takes some 25 KB of heap.
   */
  readonly queueMax?: number
  /**
   * 'auto': tokens that stood behind the same ones before (in the prompt, in other answers, in what was drawn here
   * once) are computed beside the token before them, and stand if they are drawn then. Whether that is worth it is
   * decided call by call, by what calls cost on this machine and how often such guesses were right; the ledger counts
   * them. What is drawn is the same, but for near ties: calls of other sizes round otherwise. 'off': one token after
   * the other. Default: 'auto'.
   */
  readonly guess?: 'auto' | 'off'
  /**
   * A small model with the same vocabulary, named as the model is. Where texts tell too little to guess from, it is
   * asked what comes next, and the model checks several of its tokens in one call; what is drawn is the same, as with
   * `guess`. Whether asking it is worth its time is decided by what its calls cost here and how often it was right. Its
   * weights and cells are counted with the model's and lie where `gpu`, `gpuLayers` and the like put those; adapters
   * don't apply to it, and it reads no more than it was trained for. Neither with `guess: 'off'` nor with `streams`.
   * Default: none.
   */
  readonly draft?: string
}

const loadNames = optionNames<LoadOptions>('load()', {
  ...fileTable,
  ...cacheTable,
  adapters: true,
  contextTokens: true,
  hostBytesMax: true,
  answersMax: true,
  queueMax: true,
  guess: true,
  draft: true,
})

/** The addon takes no more. */
export const cellsMax = (1 << 26) - 1

/** The options of the table that the caller gave. */
export function given<T extends object>(options: T, table: OptionTable<T>): T {
  const wanted = (Object.keys(table) as (keyof T)[]).filter((key) => options[key] !== undefined)
  return Object.fromEntries(wanted.map((key) => [key, options[key]])) as T
}

/** Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN; what llama.cpp's options may be, the native layer checks. */
export function checkLoadArguments(file: string | undefined, options: LoadOptions): void {
  checkFile('load()', file)
  checkOptions(options, loadNames)
  adaptersOf(options.adapters)
  checkWhole('load()', 'contextTokens', options.contextTokens, 1, cellsMax)
  checkWhole('load()', 'hostBytesMax', options.hostBytesMax, 0)
  checkWhole('load()', 'answersMax', options.answersMax, 0)
  checkWhole('load()', 'queueMax', options.queueMax, 1)
  checkGuess(options.guess)
  checkDraft(options)
}

function checkGuess(guess: unknown): void {
  if (guess === undefined || guess === 'auto' || guess === 'off') return
  throw new UsageError('ARGUMENT_INVALID', `guess of load() is ${shown(guess)}; expected 'auto' or 'off'.`)
}

function checkDraft({ draft, guess, streams }: LoadOptions): void {
  if (draft === undefined) return
  checkFile('draft of load()', draft)
  const seen = `draft of load() is ${shown(draft)}`
  if (guess === 'off') {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `${seen} and guess is 'off'; expected guess: 'auto', or no draft.`,
    )
  }
  if (streams === undefined) return
  throw new UsageError(
    'ARGUMENT_INVALID',
    `${seen} and streams is ${shown(streams)}, in which nothing is guessed; expected one of the two.`,
  )
}

/** Throws UsageError ARGUMENT_INVALID, REFERENCE_INVALID. */
export function checkFile(taker: string, file: unknown): void {
  if (typeof file === 'string') referenceIn(file)
  if (file === undefined || (typeof file === 'string' && file !== '')) return
  let hint = ''
  if (isRecord(file)) hint = ` Options come second: ${taker.replace('()', '')}(undefined, options).`
  else if (isReadable(file) && file instanceof URL) hint = ' fileURLToPath of node:url makes one of a URL.'
  const seen = file === '' ? 'an empty text' : shown(file)
  throw new UsageError('ARGUMENT_INVALID', `${taker} got ${seen}; expected the path of a GGUF file.${hint}`)
}

/** `names` says whose the options are. */
export function checkOptions(options: unknown, names: OptionNames): void {
  if (!isRecord(options)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `The options of ${names.taker} are ${shown(options)}; expected an object.`,
    )
  }
  checkNames(options, names)
}

export function checkWhole(
  taker: string,
  name: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined) return
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
  throw new UsageError(
    'ARGUMENT_INVALID',
    `${name} of ${taker} is ${shown(value)}; expected a whole number ${range}.`,
  )
}
