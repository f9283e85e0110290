// What stands after a hole: the literal text up to the next thing nobody knows yet, or the texts one of which comes
// next. Decides where a hole without a stop ends. Pure over the parts that are left and what the run was given.
import { isUnicodeText } from '../../base/seen.js'
import type { Following } from '../../engine/fill.js'
import type { OneOf, Repeat } from '../../prompt/part.js'
import { inputText } from '../given/inputs.js'
import { formatKnown, knownArray, knownObject } from '../given/known.js'
import { knownKey } from '../given/one-of.js'
import { pathOf, type Scope } from '../state/scope.js'
import type { FollowPart } from '../state/walk-state.js'

export const nothingFollows: Following = { literal: '', either: [] }

/** Code units of what follows that are looked at: matchers and stops use 64 bytes of it, a token is no longer. */
const lengthMax = 512

/** The known text at the start of `parts`, as far as it matters; empty where something unknown comes first. */
export function literalAfter(scope: Scope, parts: Iterable<FollowPart>): string {
  return read(scope, parts).literal
}

export function followingOf(scope: Scope, parts: Iterable<FollowPart>): Following {
  const { literal, either } = read(scope, parts)
  return { literal, either: either().map((text) => cut(literal + text)) }
}

/** The known texts at the start of `parts`, all of them. */
export function* knownTexts(scope: Scope, parts: Iterable<FollowPart>): Generator<string, void> {
  yield* textsOf(scope, parts)
}

interface Read {
  readonly literal: string
  readonly either: Either
  /** 'text': all of it was. */
  readonly end: 'text' | 'unknown'
}

function read(scope: Scope, parts: Iterable<FollowPart>): Read {
  let literal = ''
  const texts = textsOf(scope, parts)
  while (literal.length < lengthMax) {
    const step = texts.next()
    if (step.done === true) {
      return {
        literal: cut(literal),
        either: step.value ?? nothing,
        end: step.value === null ? 'text' : 'unknown',
      }
    }
    literal += cut(step.value)
  }
  return { literal: cut(literal), either: nothing, end: 'unknown' }
}

function cut(text: string): string {
  if (text.length <= lengthMax) return text
  const units = text.slice(0, lengthMax)
  return isUnicodeText(units) ? units : units.slice(0, -1)
}

/** What may follow instead of a text; asked for only where it matters. */
type Either = () => readonly string[]

const nothing: Either = () => []

/** Yields known texts until something is not known; returns null where all was. */
function* textsOf(scope: Scope, parts: Iterable<FollowPart>): Generator<string, Either | null> {
  let index = 0
  for (const part of parts) {
    index += 1
    const end = yield* startOf(scope, part, () => literalAfter(scope, skip(parts, index)))
    if (end !== null) return end
  }
  return null
}

/** `rest`: the text after the part. */
function* startOf(scope: Scope, part: FollowPart, rest: () => string): Generator<string, Either | null> {
  switch (part.kind) {
    case 'text':
      yield part.text
      return null
    case 'input':
      yield inputText(scope.inputs, part)
      return null
    case 'hole':
      if (!Object.hasOwn(scope.known, part.name)) return nothing
      yield formatKnown(scope, part, scope.known[part.name])
      return null
    case 'prompt':
    case 'choose':
      return (yield* textsOf(scope, part.prompt.parts)) ?? nothing
    case 'one-of':
      return yield* startOfOneOf(scope, part, rest)
    case 'repeat':
      return yield* startOfRepeat(scope, part, rest)
    case 'either':
      return () => part.texts
    default:
      return nothing
  }
}

/** The chosen prompt, or the beginnings of those that may come. */
function* startOfOneOf(scope: Scope, part: OneOf, rest: () => string): Generator<string, Either | null> {
  const key = knownKey(scope, part)
  if (key !== null) return yield* textsOf(scope, part.prompts[key]!.parts)
  return () => {
    const texts = Object.values(part.prompts).map(({ parts }) => {
      const { literal, end } = read(scope, parts)
      return end === 'text' ? cut(literal + rest()) : literal
    })
    return texts.filter((text) => text !== '')
  }
}

/** The first turn, or what comes instead of it. */
function* startOfRepeat(scope: Scope, part: Repeat, rest: () => string): Generator<string, Either> {
  const [known] = knownArray(scope, part.name)
  const path = `${pathOf(scope, part.name)}[0]`
  const inner = { ...scope, prefix: `${path}.`, known: knownObject(path, known) }
  if (known !== undefined || part.min > 0) {
    yield* knownTexts(inner, part.prompt.parts)
    return nothing
  }
  return () => {
    const turn = literalAfter(inner, part.prompt.parts)
    return turn === '' ? [] : [turn, rest()].filter((text) => text !== '')
  }
}

function skip<P>(parts: Iterable<P>, count: number): Iterable<P> {
  return {
    *[Symbol.iterator]() {
      let index = 0
      for (const part of parts) {
        if (index >= count) yield part
        index += 1
      }
    },
  }
}
