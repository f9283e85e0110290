// One of several fixed texts. Decides how many options become a small language (a tree over shared beginnings).
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { Recent } from '../base/recent.js'
import { isArray, isUnicodeText, quoted, typeName } from '../base/seen.js'
import type { RegularConstraint } from './constraint-type.js'
import type { RegexId } from './ir/ir.js'
import type { IrBuilder } from './ir/ir-builder.js'
import { finished, inSteps, type Steps } from './steps.js'

/**
 * One of the options, exactly. At least one, none twice; one of them may be empty.
 *
 * Throws ConstraintError CHOICE_EMPTY, CHOICE_OPTION_INVALID, CHOICE_OPTION_TWICE, or CONSTRAINT_TOO_COMPLEX for more
 * than 100,000 options.
 *
 * @example
 * ```ts
 * compile(choice(['billing', 'shipping', '']), vocab)
 * ```
 */
export function choice<const O extends string>(options: readonly O[], ...extra: []): RegularConstraint<O> {
  refuseOptions('choice()', extra)
  const known = checkOptions(options)
  const key = known.size > keyedMax ? null : JSON.stringify([...known])
  const made = (key !== null && recent.get(key)) || choiceOf(known)
  if (key !== null) recent.set(key, made)
  return made as RegularConstraint<O>
}

/** Options up to which a choice is looked for. */
const keyedMax = 64
const recent = new Recent<RegularConstraint<string>>()

function choiceOf<O extends string>(known: ReadonlySet<O>): RegularConstraint<O> {
  const shown = [...known].slice(0, 5).map(quoted)
  if (known.size > shown.length) shown.push(`${known.size - shown.length} more`)
  const lowering = (builder: IrBuilder): Steps<RegexId> => lowerSorted(builder, known)
  const parts = {
    kind: 'choice',
    options: Object.freeze([...known]),
    lowerRegular: (builder: IrBuilder) => finished(lowering(builder)),
    parse: (text: string) => text as O,
    format: (value: O) => {
      if (known.has(value)) return value
      throw new ConstraintError(
        'VALUE_INVALID',
        `${typeof value === 'string' ? quoted(value) : typeName(value)} is not one of ${shown.join(', ')}.`,
      )
    },
    describe: () => `one of ${shown.join(', ')}`,
  }
  return inSteps<RegularConstraint<O>>(parts, function* (builder) {
    return { lexeme: yield* lowering(builder) }
  })
}

const optionsMax = 100_000

function checkOptions<O extends string>(options: readonly O[]): ReadonlySet<O> {
  if (!isArray(options) || options.length === 0) {
    throw new ConstraintError('CHOICE_EMPTY', 'A choice needs an array of at least one option.')
  }
  if (options.length > optionsMax) {
    throw new ConstraintError(
      'CONSTRAINT_TOO_COMPLEX',
      `A choice has ${options.length} options; at most ${optionsMax} are taken.`,
    )
  }
  const known = new Set<O>()
  const list: readonly O[] = options
  for (const [index, option] of list.entries()) {
    if (typeof option !== 'string') {
      throw new ConstraintError(
        'CHOICE_OPTION_INVALID',
        `Option ${index} of a choice is ${typeName(option)}; it must be a string.`,
      )
    }
    if (!isUnicodeText(option)) {
      throw new ConstraintError(
        'CHOICE_OPTION_INVALID',
        `Option ${index} of a choice holds half of a surrogate pair; it must be Unicode text.`,
      )
    }
    if (known.has(option)) {
      throw new ConstraintError('CHOICE_OPTION_TWICE', `${quoted(option)} is twice in a choice.`)
    }
    known.add(option)
  }
  return known
}

function byCodePoints(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

const sharedDepthMax = 200

function* lowerSorted(builder: IrBuilder, options: ReadonlySet<string>): Steps<RegexId> {
  const sorted = [...options].sort(byCodePoints)
  yield
  return yield* lowerOptions(builder, sorted)
}

/** Sorted, distinct options as a tree: options that begin alike share the beginning. */
function* lowerOptions(
  builder: IrBuilder,
  sorted: readonly string[],
  from = 0,
  until = sorted.length,
  offset = 0,
  depth = 0,
): Steps<RegexId> {
  yield
  const first = sorted[from]!
  if (until - from === 1) return builder.literal(first.slice(offset))
  if (depth === sharedDepthMax) {
    return builder.altOf(sorted.slice(from, until).map((option) => builder.literal(option.slice(offset))))
  }
  const branches: RegexId[] = []
  let next = from
  if (first.length === offset) {
    branches.push(builder.empty)
    next += 1
  }
  while (next < until) {
    const start = next
    const width = sorted[start]!.codePointAt(offset)! > 0xffff ? 2 : 1
    const head = sorted[start]!.slice(offset, offset + width)
    while (next < until && sorted[next]!.startsWith(head, offset)) next += 1
    if (next === start + 1) {
      branches.push(builder.literal(sorted[start]!.slice(offset)))
      continue
    }
    const shared = sharedUntil(sorted[start]!, sorted[next - 1]!, offset)
    const beginning = builder.literal(sorted[start]!.slice(offset, shared))
    const rest = yield* lowerOptions(builder, sorted, start, next, shared, depth + 1)
    branches.push(builder.concat(beginning, rest))
  }
  return builder.altOf(branches)
}

/** End of the common beginning of two options, never inside of a surrogate pair. */
function sharedUntil(left: string, right: string, from: number): number {
  let end = from
  while (end < left.length && end < right.length && left[end] === right[end]) end += 1
  return end > from && (left.codePointAt(end - 1) ?? 0) > 0xffff ? end - 1 : end
}
