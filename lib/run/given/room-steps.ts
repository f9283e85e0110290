// The texts of a prompt that are known before it is walked, in the order they will stand: what an engine measures room
// by. Values nobody knows yet are gaps.
import { own } from '../../base/own.js'
import type { RoomStep } from '../../engine/room-step.js'
import type { Branches, Each, Join, OneOf, Part, Prompt } from '../../prompt/part.js'
import { pathOf, type Scope } from '../state/scope.js'
import { inputText } from './inputs.js'
import { formatKnown, knownArray, knownObject } from './known.js'

const gap: RoomStep = { kind: 'gap' }

export function* roomSteps(scope: Scope, parts: readonly Part[]): Generator<RoomStep, void> {
  for (const part of parts) yield* stepsOfPart(scope, part)
}

function* stepsOfPart(scope: Scope, part: Part): Generator<RoomStep, void> {
  switch (part.kind) {
    case 'text':
      yield part
      return
    case 'input':
      yield { kind: 'text', text: inputText(scope.inputs, part) }
      return
    case 'hole':
      if (!Object.hasOwn(scope.known, part.name)) yield gap
      else yield { kind: 'text', text: formatKnown(scope, part, scope.known[part.name]) }
      return
    case 'thinking':
      yield* stepsOfPart(scope, part.hole)
      return
    case 'message':
      yield* roomSteps(scope, part.parts)
      return
    case 'prompt':
    case 'choose':
      yield* roomSteps(scope, part.prompt.parts)
      return
    case 'branches':
      return yield* stepsSideBySide(scope, branchesOf(scope, part), part.join)
    case 'each':
      if (typeof part.items === 'function') return yield gap
      return yield* stepsSideBySide(scope, itemsOf(scope, part, part.items), part.join)
    case 'one-of':
      return yield* stepsOfOneOf(scope, part)
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
    case 'ask':
      if (!Object.hasOwn(scope.known, part.name))
        yield* stepsSideBySide(scope, [{ ...part, known: {} }], null)
      return
    case 'tools':
    case 'collect':
    case 'computed':
      yield gap
  }
}

function branchesOf({ known }: Scope, { branches }: Branches): Inner[] {
  return Object.entries(branches).map(([name, prompt]) => ({ name, prompt, known: own(known, name) }))
}

function itemsOf(scope: Scope, part: Each, items: readonly unknown[]): Inner[] {
  const known = knownArray(scope, part.name)
  return items.map((item, index) => ({
    name: `${part.name}[${index}]`,
    prompt: part.prompts(item, index),
    known: known[index],
  }))
}

/** Whichever prompt comes, its texts need room. */
function* stepsOfOneOf(scope: Scope, { name, prompts }: OneOf): Generator<RoomStep, void> {
  const key = own(scope.known, name)
  const known = typeof key === 'string' ? own(prompts, key) : undefined
  if (known !== undefined) return yield* roomSteps(scope, known.parts)
  for (const prompt of Object.values(prompts)) {
    yield { kind: 'fork' }
    yield* roomSteps(scope, prompt.parts)
    yield { kind: 'back' }
  }
  yield gap
}

interface Inner {
  readonly name: string
  readonly prompt: Prompt
  readonly known: unknown
}

/** Joined by a text, they stand one behind the other; else each stands alone behind what was before. */
function* stepsSideBySide(scope: Scope, list: readonly Inner[], join: Join): Generator<RoomStep, void> {
  for (const [index, { name, prompt, known }] of list.entries()) {
    const path = pathOf(scope, name)
    const inner = { ...scope, prefix: `${path}.`, known: knownObject(path, known) }
    if (typeof join === 'string' && index > 0) yield { kind: 'text', text: join }
    if (typeof join !== 'string') yield { kind: 'fork' }
    yield* roomSteps(inner, prompt.parts)
    if (typeof join !== 'string') yield { kind: 'back' }
  }
  if (typeof join === 'function') yield gap
}
