// A constraint whose values are made into others by its caller's functions. Decides what it means that these throw: the
// text has no such value, or the value no text. Never judges what they return.
import { ConstraintError } from '../base/errors.js'
import { checkNames, optionNames, refuseOptions } from '../base/options.js'
import { isReadable, isRecord, quoted, shown } from '../base/seen.js'
import { composite, describeAll, textFor } from './composite.js'
import { type CombinedConstraint, type ConstraintPart, type PartValue, partOf } from './part.js'

/** How values become others and back. */
export interface Transform<From, To> {
  /** What a value of the part stands for, at once: a promise is refused. What it throws says why it means nothing. */
  readonly parse: (value: From) => To
  /** The part's value for a known one; default: no value can be given instead of generated. */
  readonly format?: (value: To) => From
}

const names = optionNames<Transform<never, never>>('transform()', { parse: true, format: true })

/**
 * The texts of the part (a constraint, a string or a RegExp), with other values: `parse` makes each out of the part's
 * own (of a RegExp the text, of captures their object), and `format` makes known ones into the part's again. Regular
 * where the part is. Captures in it belong to its value.
 *
 * Where `parse` throws, the value is rejected for that reason, as by a check: the hole is filled again, and FillError
 * ATTEMPTS_SPENT tells path and reasons in the end. Where `format` throws, the run rejects with PromptError
 * KNOWN_VALUE_INVALID. Throws as `or`, and ConstraintError TRANSFORM_INVALID, UsageError OPTION_UNKNOWN.
 *
 * @example
 * ```ts
 * import { hole, prompt, transform } from 'espalier'
 *
 * const date = transform(/20\d\d-0[1-9]-[0-2]\d/, {
 *   parse: (text) => new Date(`${text}T00:00:00Z`),
 *   format: (value) => value.toISOString().slice(0, 10),
 * })
 * const { values } = await model.run(prompt`Due: ${hole('due', date)}.`, { due: new Date('2026-03-01') })
 * console.log(values.due.getUTCMonth())
 * ```
 */
export function transform<const P extends ConstraintPart, V>(
  part: P,
  how: Transform<PartValue<P>, V>,
  ...extra: []
): CombinedConstraint<P, V> {
  refuseOptions('transform()', extra)
  const known = partOf(part, 'transform()')
  const { parse, format } = checkHow(how)
  const told = `transform() of ${known.describe()}`
  const back = (value: V): PartValue<P> => {
    if (format !== undefined) return calling(`format of ${told}`, value, format)
    throw invalid(`The value ${seen(value)} can't be known: ${told} has no format`)
  }
  return composite<V>([known], {
    kind: known.kind,
    names: () => new Map(),
    read: () => [],
    lowerRegular: (_builder, [id]) => id!,
    lower: (_builder, [symbol]) => symbol!,
    cut: (text) => [{ part: known, text }],
    valueOf: ([value]) => settled(told, calling(`parse of ${told}`, value as PartValue<P>, parse)),
    format: (value) => textFor(known, back(value)),
    formatCaptures: () => '',
    ...(known.textOf && { textOf: (value: V) => textFor(known, back(value)) }),
    describe: () => describeAll([known], ''),
  }) as CombinedConstraint<P, V>
}

function checkHow<From, To>(how: Transform<From, To>): Transform<From, To> {
  if (!isRecord(how)) throw refused('is told', how, 'an object with parse and format')
  checkNames(how, names)
  const { parse, format } = how
  if (typeof parse !== 'function') throw refused('has as parse', parse, 'a function')
  if (format !== undefined && typeof format !== 'function')
    throw refused('has as format', format, 'a function')
  return format === undefined ? { parse } : { parse, format }
}

function refused(what: string, given: unknown, expected: string): ConstraintError {
  return new ConstraintError(
    'TRANSFORM_INVALID',
    `transform() ${what} ${shown(given)}, expected ${expected}.`,
  )
}

/** What a caller's function makes of a value; what it throws is no reason for anything else to end. */
function calling<From, To>(what: string, value: From, work: (value: From) => To): To {
  try {
    return work(value)
  } catch (cause) {
    throw invalid(`The value ${seen(value)} means nothing to the ${what}, which threw: ${toldBy(cause)}`, {
      cause,
    })
  }
}

function toldBy(cause: unknown): string {
  try {
    return cause instanceof Error ? String(cause.message) : shown(cause)
  } catch {
    return shown(cause)
  }
}

function settled<V>(told: string, value: V): V {
  const isPromise = isReadable(value) && typeof (value as { then?: unknown }).then === 'function'
  if (!isPromise) return value
  // Nobody waits for it, and a rejection that nobody hears would end the process.
  Promise.resolve(value).catch(() => undefined)
  throw invalid(`The parse of ${told} returned a promise, expected a value at once`)
}

function seen(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : shown(value)
}

function invalid(sentence: string, options?: ErrorOptions): ConstraintError {
  return new ConstraintError('VALUE_INVALID', `${sentence.replace(/\.$/, '')}.`, options)
}
