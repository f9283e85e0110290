// A trace from JSON, checked: whoever shows one may rely on its shape, whoever wrote the file. Decides what a trace has
// to have; members it does not know are let through, as later writers may add some.
import { UsageError } from '../base/errors.js'
import { shown } from '../base/seen.js'
import type { Ledger } from '../engine/ledger.js'
import type { ObservedStep } from '../engine/observed.js'
import type { ChoiceScores, OptionScore, VoteCounts } from '../run/report/results.js'
import {
  anyValue,
  both,
  byMember,
  type Check,
  type Fault,
  flag,
  is,
  list,
  maybe,
  members,
  named,
  number,
  oneOf,
  orNull,
  text,
  tuple,
  whole,
} from './checks.js'
import { sizeFault } from './read-sizes.js'
import {
  type Fill,
  type RunEnd,
  type RunHappening,
  type Trace,
  type TracedPiece,
  type TracedText,
  type TraceLine,
  traceVersion,
} from './trace.js'

const linesMax = 2_000_000

/**
 * The value as a trace, itself and not a copy: what was written as JSON may be shown only after this. Throws UsageError
 * TRACE_INVALID for one that is not as `recording.trace` gives it, and for one of another version. Takes time by the
 * number of its lines, about as long as `JSON.parse` took.
 *
 * @example
 * ```ts
 * import { prompt, select } from 'espalier'
 * import { readTrace, traceText } from 'espalier/trace'
 *
 * const recording = model.record()
 * await model.run(prompt`Mood: ${select('mood', ['good', 'bad'])}`)
 * const json = JSON.stringify(recording.stop())
 * console.log(traceText(readTrace(JSON.parse(json))))
 * ```
 */
export function readTrace(json: unknown): Trace {
  const { format, version, espalier } = membersOf(json)
  if (format !== 'espalier-trace') {
    const hint = 'stop' in (json as object) ? ' Of a recording the trace is meant, recording.trace.' : ''
    throw invalid(`It is ${shown(json)} whose format is ${shown(format)}; expected "espalier-trace".${hint}`)
  }
  if (version !== traceVersion) {
    const by = typeof espalier === 'string' ? ` It was written by espalier ${shown(espalier)}.` : ''
    throw invalid(`Its version is ${shown(version)}; this espalier reads ${traceVersion}.${by}`)
  }
  const fault = faultOf(json)
  if (fault === null) return json as Trace
  const expected = `expected ${fault.expected}`
  throw invalid(`${pathText(fault)} is ${shown(fault.seen)}; ${expected}. Record it again.`)
}

function invalid(why: string): UsageError {
  return new UsageError('TRACE_INVALID', `The trace can't be read. ${why}`)
}

function membersOf(json: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof json === 'object' && json !== null
  if (isObject) return json as Readonly<Record<string, unknown>>
  const hint = typeof json === 'string' ? ' Read a text with JSON.parse first.' : ''
  throw invalid(`It is ${shown(json)}; expected an object.${hint}`)
}

/** What is no JSON may have members that throw. */
function faultOf(json: unknown): Fault | null {
  try {
    return trace(json) ?? sizeFault((json as Trace).lines)
  } catch (error) {
    throw new UsageError('TRACE_INVALID', "The trace can't be read: a member of it throws.", { cause: error })
  }
}

function pathText({ path }: Fault): string {
  return path.reduceRight<string>((before, name) => {
    if (typeof name === 'number') return `${before}[${name}]`
    const known = /^\w{1,60}$/.test(name) ? name : shown(name)
    return before === '' ? known : `${before}.${known}`
  }, '')
}

type EventShapes = { readonly [K in RunHappening['event']['type']]: Check }

const anEnd = members<{ reason: string; stop?: string; rejected?: string }>({
  reason: oneOf('stop', 'literal', 'complete', 'end', 'limit'),
  stop: maybe(text),
  rejected: maybe(text),
})

const ledger = members<Ledger>({
  reused: whole,
  restored: whole,
  prefilled: whole,
  forced: whole,
  sampled: whole,
  healed: whole,
  rolledBack: whole,
  redecoded: whole,
  decoded: whole,
  uncached: whole,
  spared: whole,
  guessed: whole,
  confirmed: whole,
})

const events: EventShapes = {
  text: members({ path: text, hole: orNull(text), text }),
  rewrite: members({ kept: whole }),
  'hole-start': members({ hole: text, attempt: whole }),
  'hole-end': members({ hole: text, value: maybe(anyValue), text, end: anEnd }),
  rollback: members({ hole: text, text, reason: text }),
  'one-of': members({ hole: text, key: text }),
  kept: members({ path: text, fill: whole }),
  'tool-call': members({ call: text, tool: text, arguments: maybe(anyValue) }),
  'tool-result': members({ call: text, tool: text, result: maybe(anyValue), error: orNull(text) }),
  'branch-start': members({ branch: text }),
  'branch-end': members({ branch: text, text }),
  'near-tie': members({ hole: text, ties: list(anyValue) }),
  warning: members({ hole: text, message: text }),
  usage: members({ ledger }),
}

/** A list has an entry for each token. */
const inStep = (value: unknown): Fault | null => {
  const { tokens, kinds, logprobs, allowed, alternatives } = value as Fill
  for (const [name, { length }] of Object.entries({ kinds, logprobs, allowed, alternatives })) {
    if (length === tokens.length) continue
    return {
      path: [name],
      expected: `an entry for each of ${tokens.length} tokens`,
      seen: `${length} entries`,
    }
  }
  return null
}

type Said<T> = Omit<T, 'type' | 'at'>

const fill = both(
  members<Said<Fill>>({
    run: whole,
    fill: whole,
    hole: text,
    since: number,
    from: whole,
    healed: whole,
    tokens: list(whole),
    kinds: is("letters 'd', 'f' and 'k'", (value) => typeof value === 'string' && /^[dfk]*$/.test(value)),
    logprobs: list(orNull(number)),
    allowed: list(orNull(number)),
    alternatives: list(orNull(list(tuple(whole, number, oneOf(0, 1))))),
    text,
    end: text,
    takes: text,
  }),
  inStep,
)

const piece = members<TracedPiece>({
  kind: oneOf('literal', 'input', 'known', 'generated', 'mark'),
  hole: orNull(text),
  text,
})

const cost = oneOf('cached', 'restored', 'prefilled', 'drawn', 'forced', 'again')

const tracedText = members<TracedText>({
  branch: orNull(text),
  kept: orNull(members({ run: whole, pieces: whole, tokens: whole })),
  pieces: list(piece),
  tokens: list(whole),
  costs: list(tuple(cost, whole)),
})

/** JSON writes ln 0 and a context without bounds as null. */
const real = orNull(number)

const option = members<OptionScore>({
  option: text,
  tokens: whole,
  sum: real,
  mean: real,
  unconditional: orNull(number),
  calibrated: orNull(number),
  probability: number,
})

const end = members<Said<RunEnd>>({
  run: whole,
  outcome: oneOf('done', 'failed', 'aborted'),
  error: orNull(members({ code: text, message: text })),
  texts: list(tracedText),
  ledger: orNull(ledger),
  values: named(anyValue),
  kept: list(whole),
  choices: named(members<ChoiceScores>({ options: list(option), by: text, margin: number })),
  votes: named(
    members<VoteCounts>({
      options: list(members({ key: maybe(anyValue), votes: whole })),
      winner: maybe(anyValue),
      abstained: whole,
    }),
  ),
})

const step = members<ObservedStep>({
  step: whole,
  micros: number,
  decodeMicros: number,
  calls: whole,
  rows: members<ObservedStep['rows']>({ known: whole, drawn: whole, scored: whole, again: whole }),
  working: whole,
  waiting: whole,
  cells: whole,
  attended: whole,
  parkedBytes: whole,
  ops: members<ObservedStep['ops']>({
    fork: whole,
    truncate: whole,
    park: whole,
    restore: whole,
    shift: whole,
    repack: whole,
  }),
})

const node = members({
  id: whole,
  parent: orNull(whole),
  from: whole,
  length: whole,
  state: oneOf('live', 'parked'),
  held: flag,
  tokensFrom: whole,
  tokens: list(whole),
})

const lines: { readonly [K in TraceLine['type']]: Check } = {
  texts: members({ texts: list(tuple(whole, text)) }),
  run: members({ run: whole, after: orNull(whole), seed: number, prompt: text }),
  event: members({
    run: whole,
    event: both(byMember('type', events), members({ candidate: maybe(list(whole)) })),
  }),
  fill,
  'given-up': members({ run: whole, fills: list(whole) }),
  end,
  step,
  tree: members({ nodes: list(node), gone: list(members({ id: whole, why: oneOf('joined', 'freed') })) }),
}

const trace = members<Omit<Trace, 'format' | 'version'>>({
  espalier: text,
  began: text,
  model: members<Trace['model']>({
    name: text,
    description: text,
    fingerprint: text,
    contextTokens: orNull(whole),
    memory: text,
  }),
  dropped: whole,
  lines: both(
    is(`a list of at most ${linesMax} lines`, (value) => Array.isArray(value) && value.length <= linesMax),
    list(both(members({ at: number }), byMember('type', lines))),
  ),
})
