// What `import ... from 'espalier/constraint'` gives: constraints, vocabularies and matchers without a model's weights.
// Decides what of lib/constraint is public. Holds no behaviour but the loading of a vocabulary, since nothing there
// opens files. A map of lib/constraint:
//
//   choice, regex, number, text, affix, substring, gbnf, json-schema    the builders, a file each
//   combine, seq, many, recursive    those that make constraints of parts: composite with its part, cut to tell values
//   constraint-type, steps    what a builder returns, and how its lowering is cut into steps
//   compile                   from a constraint, lowered once, to matchers over a vocabulary
//   json-schema/ gbnf/ regex/ number/    how each is read and lowered, to
//   ir/                       the flat form, which is all that native code sees
import { UsageError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { isUnicodeText, shown, typeName } from '../base/seen.js'
import { modelPath } from '../files/locate.js'
import type { CompileLimits, NativeConstraint, NativeVocab, VocabTable } from '../native/addon.js'
import { type ExpertModel, openModel } from '../native/model.js'
import { demoModel } from '../native/package-root.js'

export { ConstraintError, UsageError } from '../base/errors.js'
export type { CompileLimits, NativeMatcher as Matcher, VocabTable } from '../native/addon.js'
export { contains, startsWith, words } from './affix.js'
export { capture } from './capture.js'
export type { Capturing, Times } from './captures.js'
export { choice } from './choice.js'
export { and, not, or } from './combine.js'
export { type CompiledConstraint, type Constrained, compile } from './compile.js'
export type { Constraint, ConstraintValue, RegularConstraint } from './constraint-type.js'
export { gbnf } from './gbnf.js'
export type { StandardSchema } from './json-schema/document/standard-schema.js'
export { type JsonSchemaConstraint, type JsonSchemaOptions, jsonSchema } from './json-schema.js'
export { literalStop } from './literal-stop.js'
export { type ManyOptions, many } from './many.js'
export { type IntegerBounds, integer, type NumberBounds, number } from './number.js'
export type {
  CombinedConstraint,
  ConstraintPart,
  PartValue,
  RegularPart,
} from './part.js'
export { recursive } from './recursive.js'
export { regex } from './regex.js'
export { optional, type SeqValue, seq } from './seq.js'
export { substring } from './substring.js'
export { limit, type TextLimits, text, until } from './text.js'
export { type Transform, transform } from './transform.js'

/** A model file's vocabulary. Immutable; keep it while its matchers live. */
export class Vocab implements NativeVocab {
  readonly #model: ExpertModel
  readonly #native: NativeVocab

  /** Not for callers: `loadVocab()` makes vocabularies. Throws UsageError NOT_CONSTRUCTIBLE. */
  constructor(model: ExpertModel) {
    if (typeof model?.vocab !== 'object') {
      throw new UsageError(
        'NOT_CONSTRUCTIBLE',
        `new Vocab() got ${shown(model)}; vocabularies come from loadVocab().`,
      )
    }
    this.#model = model
    this.#native = model.vocab
  }

  /** Number of token ids. */
  get size(): number {
    return this.#native.size
  }

  get bos(): number | null {
    return this.#native.bos
  }

  get eos(): number | null {
    return this.#native.eos
  }

  get addsBos(): boolean {
    return this.#native.addsBos
  }

  /**
   * Whether tokens at the beginning of a text and behind a special token begin with a space that is no part of it, as
   * SentencePiece vocabularies have it: tokenize `' ' + text` there, and give a matcher there the prefix `' '`.
   */
  get addsSpace(): boolean {
    return this.#native.addsSpace
  }

  /** What `tokenBytes`, `isSpecial` and `isEog` say of every token, at once. Shared: not to be written to. */
  table(): VocabTable {
    return this.#native.table()
  }

  /** Bytes a token stands for; empty for special tokens. Throws UsageError TOKEN_OUT_OF_RANGE. */
  tokenBytes(token: number): Uint8Array {
    return this.#native.tokenBytes(token)
  }

  /** Whether a token is no text: control, unknown, marked as special. Throws UsageError TOKEN_OUT_OF_RANGE. */
  isSpecial(token: number): boolean {
    return this.#native.isSpecial(token)
  }

  /** UTF-8 of the text chat templates write for a special token; empty for any other token. */
  specialText(token: number): Uint8Array {
    return this.#native.specialText(token)
  }

  isEog(token: number): boolean {
    return this.#native.isEog(token)
  }

  /**
   * Canonical tokens of a text or of bytes, all at once; no BOS, no space put in front. Throws UsageError
   * TOKENIZE_FAILED where the vocabulary can't spell it, ARGUMENT_INVALID for half a surrogate pair: it has no UTF-8.
   */
  tokenize(text: string | Uint8Array, options: { special?: boolean } = {}): Int32Array {
    if (typeof text !== 'string') return this.#native.tokenize(text, options)
    if (!isUnicodeText(text)) {
      throw new UsageError('ARGUMENT_INVALID', 'The text holds half a surrogate pair; expected Unicode text.')
    }
    return this.#native.tokenize(new TextEncoder().encode(text), options)
  }

  canExtend(bytes: Uint8Array): boolean {
    return this.#native.canExtend(bytes)
  }

  /** Compiles an encoded constraint; `compile(constraint, vocab)` is the way for constraints. */
  compile(words: Int32Array, bytes: Uint8Array, limits: CompileLimits = {}): NativeConstraint {
    return this.#native.compile(words, bytes, limits)
  }

  /** Lets go of the model file. Idempotent; `tokenize` throws UsageError DISPOSED afterwards. */
  dispose(): Promise<void> {
    return this.#model.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

/**
 * Reads the vocabulary of a GGUF file, named by its path or as `load` takes it, without one the demo model's; weights
 * are not read and need not be there. Rejects with ModelError (MODEL_NOT_FOUND, MODEL_NOT_GGUF, MODEL_TRUNCATED, ...),
 * UsageError ARGUMENT_INVALID, REFERENCE_INVALID, REFERENCE_AMBIGUOUS.
 *
 * @example
 * ```ts
 * const vocab = await loadVocab() // or loadVocab('qwen.gguf')
 * const matcher = compile(choice(['yes', 'no']), vocab).matcher()
 * const mask = matcher.mask() // bit id & 31 of word id >> 5: token id may come next
 * const [token] = vocab.tokenize('yes')
 * console.log((mask[token! >> 5]! >> (token! & 31)) & 1)
 * await vocab.dispose()
 * ```
 */
export async function loadVocab(ggufPath?: string, ...extra: []): Promise<Vocab> {
  refuseOptions('loadVocab()', extra)
  if (ggufPath === undefined) return new Vocab(await openVocab(demoModel()))
  if (typeof ggufPath !== 'string' || ggufPath === '') {
    throw new UsageError(
      'ARGUMENT_INVALID',
      `The path is ${typeName(ggufPath)}; expected the path of a GGUF file.`,
    )
  }
  return new Vocab(await openVocab(await modelPath(ggufPath)))
}

const openVocab = (file: string) => openModel(file, { vocabOnly: true, gpu: false })
