// What stands after a hole: the literal text up to the next thing nobody knows yet, or the texts one of which comes
// next. Decides where a hole without a stop ends. Pure over the parts that are left and what the run was given.
import type { Part, Repeat } from '../prompt/part.js'
import { formatKnown, knownArray, knownObject } from './known.js'
import { pathOf, type Scope } from './scope.js'

/** Marks of the chat template among the parts of a walk; `text` may hold special tokens. */
export type WalkPart = Part | { readonly kind: 'mark'; readonly text: string }

/** A part that only follows others: one of the texts comes next, and the model decides which. */
export type FollowPart = WalkPart | { readonly kind: 'either'; readonly texts: readonly string[] }

/** What follows a hole. */
export interface Following {
  /** Known text; '' if none. */
  readonly literal: string
  /**
   * Texts one of which follows, none of them empty; [] where that is not so. All begin with the literal: a token may
   * straddle its end, too.
   */
  readonly either: readonly string[]
}

export const nothingFollows: Following = { literal: '', either: [] }

/** The known text at the start of `parts`; empty where something unknown comes first. */
export function literalAfter(scope: Scope, parts: readonly FollowPart[]): string {
  return followingOf(scope, parts).literal
}

export function followingOf(scope: Scope, parts: readonly FollowPart[]): Following {
  let literal = ''
  for (const [index, part] of parts.entries()) {
    const start = startOf(scope, part, parts.slice(index + 1))
    if (start.either.length > 0) return { literal, either: start.either.map((text) => literal + text) }
    literal += start.literal
    if (!start.isWhole) break
  }
  return { literal, either: [] }
}

/** The known beginning of one part, and whether that is all of it. */
type Start = Following & { readonly isWhole: boolean }

const unknown: Start = { ...nothingFollows, isWhole: false }

function startOf(scope: Scope, part: FollowPart, rest: readonly FollowPart[]): Start {
  switch (part.kind) {
    case 'text':
      return whole(part.text)
    case 'input': {
      const value = scope.inputs[part.name]
      return typeof value === 'string' ? whole(value) : unknown
    }
    case 'hole':
      if (!Object.hasOwn(scope.known, part.name)) return unknown
      return whole(formatKnown(scope, part, scope.known[part.name]))
    case 'prompt':
    case 'choose':
      return { ...followingOf(scope, part.prompt.parts), isWhole: false }
    case 'repeat':
      return startOfRepeat(scope, part, rest)
    case 'either':
      return { literal: '', either: part.texts, isWhole: false }
    default:
      return unknown
  }
}

function whole(literal: string): Start {
  return { literal, either: [], isWhole: true }
}

/** The first turn, or what comes instead of it. */
function startOfRepeat(scope: Scope, part: Repeat, rest: readonly FollowPart[]): Start {
  const [known] = knownArray(scope, part.name)
  const path = `${pathOf(scope, part.name)}[0]`
  const inner = { ...scope, prefix: `${path}.`, known: knownObject(path, known) }
  const turn = literalAfter(inner, part.prompt.parts)
  if (known !== undefined || part.min > 0) return { literal: turn, either: [], isWhole: false }
  const texts = [turn, literalAfter(scope, rest)].filter((text) => text !== '')
  return { literal: '', either: turn === '' ? [] : texts, isWhole: false }
}
