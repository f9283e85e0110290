// A run as JSON has it, for whoever wants to know whether it comes out the same elsewhere: what it was asked, for
// people, and every call of its engine, for `replay`. Constraints go as what they were compiled from.
import type { Constraint } from '../../constraint/constraint-type.js'
import { isConstraint, isRegular } from '../../constraint/constraint-type.js'
import { lowerConstraint } from '../../constraint/lower.js'
import { recorded } from '../../constraint/recorded.js'
import { type SamplingOptions, samplingTable } from '../../prompt/options.js'
import type { Shared } from '../request.js'
import type { Call, RunRecord } from './calls.js'
import { described } from './described.js'
import { type Kinds, type Plain, plain, unplain } from './plain.js'
import { type Sealed, sealed, unsealed } from './sealed.js'

const version = 1

interface RecordParts {
  readonly vocabulary: string
  readonly adapters: Readonly<Record<string, number>>
  readonly start: unknown
  readonly overflow: unknown
  readonly calls: Plain
  readonly constraints: readonly SavedConstraint[]
}

/** Its flat form, in base64. */
interface SavedConstraint {
  readonly words: string
  readonly bytes: string
  readonly as: 'regular' | 'grammar'
}

/** What `replayed` reads. */
export type SavedRecord = Sealed<RecordParts>

/** What was asked, for people; functions go by their names. */
export function askedOf({ prompt, given, options }: RunRecord): {
  readonly prompt: Plain
  readonly given: Plain
  readonly options: Plain
} {
  const { signal: _, ...rest } = options
  return { prompt: described(prompt), given: plain(given), options: described(rest) }
}

export function savedRecord({ engine, adapters }: Shared, record: RunRecord): SavedRecord {
  const writer = new ConstraintWriter()
  return sealed<RecordParts>(version, {
    vocabulary: engine.vocabularyId(),
    adapters: adapters.named(engine.adaptersOf(record.start)),
    start: engine.saved(record.start),
    overflow: plain(record.options.overflow ?? null),
    calls: plain(record.calls.map(written), writer),
    constraints: writer.constraints,
  })
}

/** A record as it is replayed. Throws UsageError SAVED_INVALID. */
export function readRecord(
  json: unknown,
): Omit<RecordParts, 'calls' | 'constraints'> & { readonly calls: readonly Call[] } {
  const { constraints, ...parts } = unsealed<RecordParts>('replay()', version, json)
  const made = constraints.map(({ words, bytes, as }) =>
    recorded({ words: intsOf(words), bytes: bytesOf(bytes) }, as),
  )
  const kinds: Kinds = {
    write: () => null,
    read: (kind, value) => {
      if (kind === 'constraint') return made[value as number]!
      if (kind === 'tokens') return Int32Array.from(value as number[])
      const [source, flags] = value as readonly [string, string]
      return new RegExp(source, flags)
    },
  }
  return { ...parts, overflow: unplain(parts.overflow), calls: unplain(parts.calls, kinds) as Call[] }
}

/** A call without what has no place in JSON: of a hole's options, those that say how tokens are drawn. */
function written(call: Call): unknown {
  if (call.op !== 'fill' && call.op !== 'search') return call
  const { sampling, closed, ...request } = call.request
  const drawing = { run: drawingOf(sampling.run), hole: drawingOf(sampling.hole) }
  const ids = closed.list.slice(0, closed.count)
  return { ...call, request: { ...request, sampling: drawing, closed: { list: ids, count: ids.length } } }
}

function drawingOf(options: SamplingOptions): SamplingOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(samplingTable, name)))
}

/** Each constraint once. */
class ConstraintWriter implements Kinds {
  readonly constraints: SavedConstraint[] = []
  readonly #numbers = new Map<Constraint, number>()

  write(value: object): readonly [kind: string, value: Plain] | null {
    if (value instanceof Int32Array) return ['tokens', Array.from(value)]
    if (value instanceof RegExp) return ['pattern', [value.source, value.flags]]
    if (!isConstraint(value)) return null
    let number = this.#numbers.get(value)
    if (number === undefined) {
      number = this.constraints.push(savedConstraint(value)) - 1
      this.#numbers.set(value, number)
    }
    return ['constraint', number]
  }

  read(): never {
    throw new TypeError('what is written is not read')
  }
}

function savedConstraint(constraint: Constraint): SavedConstraint {
  const { words, bytes } = lowerConstraint(constraint)
  const view = Buffer.from(words.buffer, words.byteOffset, words.byteLength)
  const as = isRegular(constraint) ? 'regular' : 'grammar'
  return { words: view.toString('base64'), bytes: Buffer.from(bytes).toString('base64'), as }
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

function intsOf(text: string): Int32Array {
  return new Int32Array(bytesOf(text).buffer)
}
