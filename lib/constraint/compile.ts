// From a constraint to a matcher over a vocabulary. Decides what can be compiled: a constraint, or a hole that has one.
// Which token may come next is the matcher's business.
import { ConstraintError, UsageError } from '../base/errors.js'
import { checkNames, optionNames } from '../base/options.js'
import { isArray, isReadable, isRecord, isUnicodeText, typeName } from '../base/seen.js'
import type { CompileLimits, NativeConstraint, NativeMatcher, NativeVocab } from '../native/addon.js'
import { type Constraint, isConstraint } from './constraint-type.js'
import { lowerConstraint } from './lower.js'
import { type Stop, withoutStops } from './stops.js'

/** Anything that says which texts are allowed: a constraint, or a hole made by gen, select, regex, json, ... */
export type Constrained = Constraint | { readonly language: Constraint | { readonly stops: readonly Stop[] } }

/** The constraint behind what a caller passed. Throws UsageError CONSTRAINT_EXPECTED. */
function constraintOf(constrained: Constrained): Constraint {
  if (isConstraint(constrained)) return constrained
  const language: unknown = isReadable(constrained) ? (constrained as { language?: unknown }).language : null
  if (isConstraint(language)) return language
  const stops = isReadable(language) ? (language as { stops?: unknown }).stops : null
  if (isArray(stops)) return withoutStops(stops as readonly Stop[])
  throw new UsageError(
    'CONSTRAINT_EXPECTED',
    `A constraint or a hole is expected, such as choice([...]) or integer('age'), not ${typeName(constrained)}.`,
  )
}

/** What is compiled for one vocabulary. Cheap to hold: equal constraints of a vocabulary are one object inside. */
export class CompiledConstraint {
  readonly constraint: Constraint
  readonly #native: NativeConstraint
  #isDisposed = false

  constructor(constraint: Constraint, compiled: NativeConstraint) {
    this.constraint = constraint
    this.#native = compiled
  }

  /**
   * A matcher at the start of `prefix · value · suffix`. `prefix`: bytes that must come first. `suffix`: the literal
   * that follows the value and ends it (its first 64 bytes count); null: nothing follows. Both default to nothing.
   */
  matcher(prefix: string | Uint8Array = '', suffix: string | Uint8Array | null = null): NativeMatcher {
    if (this.#isDisposed) throw new UsageError('DISPOSED', 'The compiled constraint was disposed.')
    return this.#native.matcher(toBytes(prefix, 'prefix'), suffix === null ? null : toBytes(suffix, 'suffix'))
  }

  /** Refuses further matchers; those made go on. Idempotent. */
  dispose(): void {
    this.#isDisposed = true
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/**
 * Compiles a constraint (or a hole's constraint) for a vocabulary. Compiled constraints are cached by content.
 * Throws ConstraintError CONSTRAINT_EMPTY, CONSTRAINT_TOO_COMPLEX, and whatever lowering refuses by name.
 *
 * @example
 * ```ts
 * const matcher = compile(regex(/[0-9]+ (apples|pears)/), vocab).matcher()
 * for (const token of vocab.tokenize('12 pears')) console.log(matcher.accept(token))
 * console.log(matcher.canEnd())
 * ```
 */
export function compile(
  constrained: Constrained,
  vocab: Pick<NativeVocab, 'compile'>,
  limits: CompileLimits = {},
): CompiledConstraint {
  if (!isReadable(vocab) || typeof vocab.compile !== 'function') {
    throw new UsageError('VOCAB_EXPECTED', `A vocabulary from loadVocab is expected, not ${typeName(vocab)}.`)
  }
  const constraint = constraintOf(constrained)
  const { words, bytes } = lowerConstraint(constraint)
  return new CompiledConstraint(constraint, vocab.compile(words, bytes, checkLimits(limits)))
}

const limitNames = optionNames<CompileLimits>('compile()', { statesMax: true, fuelMax: true })

function checkLimits(limits: CompileLimits): CompileLimits {
  if (!isRecord(limits)) {
    throw new ConstraintError('LIMIT_INVALID', `Limits must be an object, not ${typeName(limits)}.`)
  }
  checkNames(limits, limitNames)
  for (const name of ['statesMax', 'fuelMax'] as const) {
    const count: unknown = limits[name]
    if (count === undefined || (Number.isSafeInteger(count) && (count as number) > 0)) continue
    throw new ConstraintError(
      'LIMIT_INVALID',
      `${name} is ${typeName(count)}; it must be an integer above 0.`,
    )
  }
  return limits
}

const encoder = new TextEncoder()

function toBytes(literal: string | Uint8Array, name: string): Uint8Array {
  let seen = typeName(literal)
  if (typeof literal === 'string') {
    if (isUnicodeText(literal)) return encoder.encode(literal)
    seen = 'half a surrogate pair'
  } else if (Object.prototype.toString.call(literal) === '[object Uint8Array]') return literal
  throw new UsageError('ARGUMENT_INVALID', `${name} is ${seen}; expected Unicode text or a Uint8Array.`)
}
