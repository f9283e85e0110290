// Vocabulary, constraint and matcher for callers. Decides that ids and bytes are checked before the addon sees them,
// that its errors have this library's classes, and that what is asked of single tokens takes no call into it.
import { UsageError } from '../base/errors.js'
import { checkNames, type OptionNames, optionNames } from '../base/options.js'
import { isArray, isRecord, shown as seen } from '../base/seen.js'
import type { Ban, CompileLimits, NativeConstraint, NativeMatcher, NativeVocab, VocabTable } from './addon.js'
import { native } from './failure.js'
import type { RawVocab } from './raw.js'

const rawMatchers = new WeakMap<object, NativeMatcher>()

export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)
  return seen(value)
}

function checkBytes(value: unknown, what: string): Uint8Array {
  if (value instanceof Uint8Array || ArrayBuffer.isView(value)) {
    if (Object.prototype.toString.call(value) === '[object Uint8Array]') return value as Uint8Array
  }
  throw new UsageError('ARGUMENT_INVALID', `${what} is ${shown(value)}; expected a Uint8Array.`)
}

function checkCount(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new UsageError('ARGUMENT_INVALID', `${what} is ${shown(value)}; expected a whole number from 0.`)
}

class Matcher implements NativeMatcher {
  readonly #raw: NativeMatcher
  readonly #vocab: Vocab

  constructor(raw: NativeMatcher, vocab: Vocab) {
    this.#raw = raw
    this.#vocab = vocab
    rawMatchers.set(this, raw)
  }

  accept(token: number): boolean {
    this.#vocab.check(token)
    return native(() => this.#raw.accept(token))
  }
  allows(token: number): boolean {
    this.#vocab.check(token)
    return native(() => this.#raw.allows(token))
  }
  mask(words?: Uint32Array): Uint32Array {
    return native(() => this.#raw.mask(words))
  }
  canEnd(): boolean {
    return native(() => this.#raw.canEnd())
  }
  isEnded(): boolean {
    return native(() => this.#raw.isEnded())
  }
  forced(): Uint8Array {
    return native(() => this.#raw.forced())
  }
  valueLength(): number {
    return native(() => this.#raw.valueLength())
  }
  suffixLength(): number {
    return native(() => this.#raw.suffixLength())
  }
  tokenCount(): number {
    return native(() => this.#raw.tokenCount())
  }
  rollback(tokens: number): void {
    checkCount(tokens, 'tokens')
    native(() => this.#raw.rollback(tokens))
  }
  fork(): NativeMatcher {
    return new Matcher(
      native(() => this.#raw.fork()),
      this.#vocab,
    )
  }
  dispose(): void {
    native(() => this.#raw.dispose())
  }
  [Symbol.dispose](): void {
    this.dispose()
  }
}

class Constraint implements NativeConstraint {
  readonly #raw: NativeConstraint
  readonly #vocab: Vocab

  constructor(raw: NativeConstraint, vocab: Vocab) {
    this.#raw = raw
    this.#vocab = vocab
  }

  matcher(prefix?: Uint8Array, suffix?: Uint8Array | null, ban: Ban | null = null): NativeMatcher {
    const before = prefix === undefined ? new Uint8Array(0) : checkBytes(prefix, 'prefix')
    const after = suffix === undefined || suffix === null ? null : checkBytes(suffix, 'suffix')
    const banned = ban === null ? null : checkedBan(ban)
    return new Matcher(
      native(() => this.#raw.matcher(before, after, banned)),
      this.#vocab,
    )
  }

  has(bytes: Uint8Array): boolean {
    const checked = checkBytes(bytes, 'bytes')
    return native(() => this.#raw.has(checked))
  }
}

function checkedBan(ban: Ban): Ban {
  if (!isRecord(ban) || !isArray(ban.texts) || !isArray(ban.ends)) {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `ban is ${shown(ban)}; expected { texts, ends, before }, the first two arrays of Uint8Arrays.`,
    )
  }
  const texts = ban.texts.map((text, index) => checkBytes(text, `ban.texts[${index}]`))
  const ends = ban.ends.map((end, index) => checkBytes(end, `ban.ends[${index}]`))
  return { texts, ends, before: checkBytes(ban.before, 'ban.before') }
}

const tokenizeNames = optionNames<{ readonly special?: boolean }>('tokenize()', { special: true })
const limitNames = optionNames<CompileLimits>('compile()', { statesMax: true, fuelMax: true })

class Vocab implements NativeVocab {
  readonly #raw: RawVocab
  #table: VocabTable | null = null
  readonly size: number
  readonly bos: number | null
  readonly eos: number | null
  readonly addsBos: boolean
  readonly addsSpace: boolean

  constructor(raw: RawVocab) {
    this.#raw = raw
    this.size = raw.size
    this.bos = raw.bos
    this.eos = raw.eos
    this.addsBos = raw.addsBos
    this.addsSpace = raw.addsSpace
  }

  check(token: number): void {
    if (Number.isInteger(token) && token >= 0 && token < this.size) return
    throw new UsageError('TOKEN_OUT_OF_RANGE', `token is ${shown(token)}; expected 0 to ${this.size - 1}.`)
  }

  /** Made when it is first needed. */
  table(): VocabTable {
    this.#table ??= Object.freeze(native(() => this.#raw.table()))
    return this.#table
  }
  tokenBytes(token: number): Uint8Array {
    this.check(token)
    const { bytes, starts } = this.table()
    return bytes.slice(starts[token], starts[token + 1])
  }
  isSpecial(token: number): boolean {
    this.check(token)
    return this.table().special[token] === 1
  }
  specialText(token: number): Uint8Array {
    this.check(token)
    return native(() => this.#raw.specialText(token))
  }
  isEog(token: number): boolean {
    this.check(token)
    return this.table().eog[token] === 1
  }
  tokenize(bytes: Uint8Array, options?: { special?: boolean }): Int32Array {
    const checked = checkBytes(bytes, 'bytes')
    if (options !== undefined) checkOptions(options, tokenizeNames)
    const special = options?.special ?? false
    return native(() => this.#raw.tokenize(checked, { special }))
  }
  canExtend(bytes: Uint8Array): boolean {
    const checked = checkBytes(bytes, 'bytes')
    return native(() => this.#raw.canExtend(checked))
  }
  compile(words: Int32Array, bytes: Uint8Array, limits?: CompileLimits): NativeConstraint {
    if (!(Object.prototype.toString.call(words) === '[object Int32Array]')) {
      throw new UsageError('ARGUMENT_INVALID', `words is ${shown(words)}; expected an Int32Array.`)
    }
    const checked = checkBytes(bytes, 'bytes')
    if (limits !== undefined) checkOptions(limits, limitNames)
    const raw = native(() =>
      limits === undefined
        ? this.#raw.compile(words, checked)
        : this.#raw.compile(words, checked, { ...limits }),
    )
    return new Constraint(raw, this)
  }
}

function checkOptions(options: unknown, names: OptionNames): void {
  if (!isRecord(options)) {
    throw new UsageError('ARGUMENT_INVALID', `options is ${shown(options)}; expected an object.`)
  }
  checkNames(options, names)
}

/** The addon's vocabulary with checks. */
export function checkedVocab(raw: RawVocab): NativeVocab {
  return new Vocab(raw)
}

/** The addon's own object behind a matcher. Throws UsageError MATCHER_EXPECTED for anything else. */
export function rawMatcher(matcher: NativeMatcher): NativeMatcher {
  const raw = typeof matcher === 'object' && matcher !== null ? rawMatchers.get(matcher as object) : undefined
  if (raw !== undefined) return raw
  throw new UsageError('MATCHER_EXPECTED', `matcher is ${shown(matcher)}; expected one made by a constraint.`)
}
