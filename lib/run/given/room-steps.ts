// The texts of a prompt that are known before it is walked, in the order they will stand: what an engine measures room
// by. Values nobody knows yet are gaps. Decides how long such a value may be at most.
import { own } from '../../base/own.js'
import type { RoomStep } from '../../engine/room-step.js'
import { tokensMaxDefault } from '../../prompt/options.js'
import type { Hole, Join, Message, Part, Prompt, Repeat } from '../../prompt/part.js'
import { pathOf, type Scope } from '../state/scope.js'
import { formatKnown, knownArray, knownObject } from './known.js'

/** Nobody knows how long. */
const gap: RoomStep = { kind: 'gap', tokensMax: Number.POSITIVE_INFINITY }

/** A step, or a message whose content the steps between its two marks are. */
export type MessageStep =
  | RoomStep
  | { readonly kind: 'opens'; readonly message: Message }
  | { readonly kind: 'closes' }

/** With the contents of messages alone: what a template writes around them is not known. */
export function* roomSteps(scope: Scope, parts: readonly Part[]): Generator<RoomStep, void> {
  for (const step of messageSteps(scope, parts)) {
    if (step.kind !== 'opens' && step.kind !== 'closes') yield step
  }
}

export function* messageSteps(scope: Scope, parts: readonly Part[]): Generator<MessageStep, void> {
  for (const part of parts) yield* stepsOfPart(scope, part)
}

function* stepsOfPart(scope: Scope, part: Part): Generator<MessageStep, void> {
  switch (part.kind) {
    case 'text':
      yield part
      return
    case 'input':
      yield { kind: 'text', text: String(own(scope.inputs, part.name) ?? '') }
      return
    case 'hole':
      if (!Object.hasOwn(scope.known, part.name)) yield { kind: 'gap', tokensMax: drawnMax(part) }
      else yield { kind: 'text', text: formatKnown(scope, part, scope.known[part.name]) }
      return
    case 'message':
      yield { kind: 'opens', message: part }
      yield* messageSteps(scope, part.parts)
      yield { kind: 'closes' }
      return
    case 'prompt':
    case 'choose':
      yield* messageSteps(scope, part.prompt.parts)
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
      yield turnsLeft(scope, part, known.length > 0 ? 0 : part.max - count)
      return
    }
    case 'computed':
      yield gap
  }
}

/** No token is shorter than a byte, so an option has no more tokens than bytes. */
function drawnMax({ method, options }: Hole): number {
  if (method.kind === 'score')
    return method.options.reduce((max, text) => Math.max(max, Buffer.byteLength(text)), 0)
  return options.tokensMax ?? tokensMaxDefault
}

/** Turns the model may ask for: each with its texts, of a token a byte at most, and what is drawn in it. */
function turnsLeft(scope: Scope, part: Repeat, turns: number): RoomStep {
  const path = `${pathOf(scope, part.name)}[${part.min}]`
  const inner = { ...scope, prefix: `${path}.`, known: {} }
  let tokensMax = Buffer.byteLength(part.separator)
  for (const step of roomSteps(inner, part.prompt.parts)) {
    if (step.kind === 'gap') tokensMax += step.tokensMax
    else if (step.kind === 'text') tokensMax += Buffer.byteLength(step.text)
  }
  // A repeat may have no end.
  return { kind: 'gap', tokensMax: turns === 0 ? 0 : turns * tokensMax }
}

interface Inner {
  readonly name: string
  readonly prompt: Prompt
  readonly known: unknown
}

/** Joined by a text, they stand one behind the other; else each stands alone behind what was before. */
function* stepsSideBySide(scope: Scope, list: readonly Inner[], join: Join): Generator<MessageStep, void> {
  for (const [index, { name, prompt, known }] of list.entries()) {
    const path = pathOf(scope, name)
    const inner = { ...scope, prefix: `${path}.`, known: knownObject(path, known) }
    if (typeof join === 'string' && index > 0) yield { kind: 'text', text: join }
    if (typeof join !== 'string') yield { kind: 'fork' }
    yield* messageSteps(inner, prompt.parts)
    if (typeof join !== 'string') yield { kind: 'back' }
  }
  if (typeof join === 'function') yield gap
}
