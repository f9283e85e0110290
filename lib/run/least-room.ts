// Whether a prompt has room at all, as far as that can be known before it is walked: the tokens of every text that will
// stand in the transcript, values nobody knows yet left out. Decides on the low side: what may fit is walked.
import { CapacityError } from '../base/errors.js'
import { own } from '../base/own.js'
import type { Join, Part, Prompt } from '../prompt/part.js'
import { appendText } from './append.js'
import { formatKnown, knownArray, knownObject } from './known.js'
import { partCost } from './pace.js'
import { pathOf, type RunContext, type Scope } from './scope.js'
import type { TranscriptState } from './transcript.js'

/** Tokens that a value may spare at most, by joining the texts around it. */
const gapTokens = 2

type Step =
  | { readonly kind: 'text'; readonly text: string }
  /** Something nobody knows yet. */
  | { readonly kind: 'gap' }
  /** What follows goes on from here and is dropped at the next `back`. */
  | { readonly kind: 'fork' }
  | { readonly kind: 'back' }

const gap: Step = { kind: 'gap' }

/** Throws CapacityError CONTEXT_FULL for parts whose known texts alone have no room behind the transcript. */
export async function requireLeastRoom(
  scope: Scope,
  transcript: TranscriptState,
  parts: readonly Part[],
): Promise<void> {
  const { run } = scope
  const { contextTokens } = run.engine.capabilities
  if (run.overflow !== null) return
  let bytes = 0
  for (const step of stepsOf(scope, parts)) {
    const turn = run.pace.take(partCost)
    if (turn !== null) await turn
    if (step.kind === 'text') bytes += Buffer.byteLength(step.text)
  }
  // No token is shorter than a byte.
  if (transcript.tokens.length + bytes < contextTokens) return
  let at = { state: transcript, gaps: 0 }
  const forks: (typeof at)[] = []
  for (const step of stepsOf(scope, parts)) {
    if (step.kind === 'fork') forks.push(at)
    else if (step.kind === 'back') at = forks.pop()!
    else if (step.kind === 'gap') at = { state: at.state, gaps: at.gaps + 1 }
    else {
      const most = contextTokens + at.gaps * gapTokens
      const state = await appendText(run, at.state, { kind: 'literal', hole: null, text: step.text }, most)
      if (state === null || state.tokens.length > most) throw tooLong(run, transcript, state)
      at = { state, gaps: at.gaps }
    }
  }
}

function* stepsOf(scope: Scope, parts: readonly Part[]): Generator<Step, void> {
  for (const part of parts) yield* stepsOfPart(scope, part)
}

function* stepsOfPart(scope: Scope, part: Part): Generator<Step, void> {
  switch (part.kind) {
    case 'text':
      yield part
      return
    case 'input':
      yield { kind: 'text', text: String(own(scope.inputs, part.name) ?? '') }
      return
    case 'hole':
      if (!Object.hasOwn(scope.known, part.name)) yield gap
      else yield { kind: 'text', text: formatKnown(scope, part, scope.known[part.name]) }
      return
    case 'message':
      yield* stepsOf(scope, part.parts)
      return
    case 'prompt':
    case 'choose':
      yield* stepsOf(scope, part.prompt.parts)
      return
    case 'branches': {
      const entries = Object.entries(part.branches)
      const list = entries.map(([name, prompt]) => ({ name, prompt, known: own(scope.known, name) }))
      yield* stepsSideBySide(scope, list, part.join)
      return
    }
    case 'each': {
      if (typeof part.items === 'function') return yield gap
      const known = knownArray(scope, part.name)
      const list = part.items.map((item, index) => ({
        name: `${part.name}[${index}]`,
        prompt: part.prompts(item, index),
        known: known[index],
      }))
      yield* stepsSideBySide(scope, list, part.join)
      return
    }
    case 'repeat': {
      const known = knownArray(scope, part.name)
      const count = known.length > 0 ? known.length : part.min
      const list = Array.from({ length: count }, (_, index) => ({
        name: `${part.name}[${index}]`,
        prompt: part.prompt,
        known: known[index],
      }))
      yield* stepsSideBySide(scope, list, part.separator)
      yield gap
      return
    }
    case 'computed':
      yield gap
  }
}

interface Inner {
  readonly name: string
  readonly prompt: Prompt
  readonly known: unknown
}

/** Joined by a text, they stand one behind the other; else each stands alone behind what was before. */
function* stepsSideBySide(scope: Scope, list: readonly Inner[], join: Join): Generator<Step, void> {
  for (const [index, { name, prompt, known }] of list.entries()) {
    const path = pathOf(scope, name)
    const inner = { ...scope, prefix: `${path}.`, known: knownObject(path, known) }
    if (typeof join === 'string' && index > 0) yield { kind: 'text', text: join }
    if (typeof join !== 'string') yield { kind: 'fork' }
    yield* stepsOf(inner, prompt.parts)
    if (typeof join !== 'string') yield { kind: 'back' }
  }
  if (typeof join === 'function') yield gap
}

function tooLong(run: RunContext, before: TranscriptState, after: TranscriptState | null): CapacityError {
  const { contextTokens } = run.engine.capabilities
  const seen = after === null ? `more than ${contextTokens}` : `${after.tokens.length} or more`
  return new CapacityError(
    'CONTEXT_FULL',
    `The texts of the prompt need ${seen} tokens, ${before.tokens.length} before them included, and the context ` +
      `holds ${contextTokens}; shorten them, walk fewer items, or load the model with more contextTokens.`,
  )
}
