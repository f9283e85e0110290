// Branches and items: walks that start from one transcript and run side by side. Decides their namespaces and how
// their texts go on after them. Sharing what they have in common is the engine's business: each branch only names
// all of its tokens.
import { PromptError } from '../base/errors.js'
import { checkItems } from '../prompt/branches.js'
import type { Branches, Each, Join, Part, Prompt } from '../prompt/part.js'
import { appendText } from './append.js'
import { checkKnownItems, checkKnownNames, checkMade } from './given.js'
import { knownArray, knownObject } from './known.js'
import { contextFull } from './overflow.js'
import type { Piece } from './pieces.js'
import { deeper, pathOf, type Scope, TriedPaths } from './scope.js'
import { sideBySide } from './side-by-side.js'
import { type TranscriptState, textOf } from './transcript.js'
import { Values } from './values.js'
import { type WalkState, walk } from './walk.js'

interface Branch {
  /** `pro` or `items[2]`. */
  readonly path: string
  readonly prompt: Prompt
  readonly known: unknown
}

export async function walkBranches(scope: Scope, state: WalkState, part: Branches): Promise<WalkState> {
  const names = Object.keys(part.branches)
  const known = knownRecord(scope, names)
  const list = names.map((name) => ({
    path: pathOf(scope, name),
    prompt: part.branches[name]!,
    known: known[name],
  }))
  const ends = await walkAll(scope, state, list)
  let { values } = state
  for (const [index, name] of names.entries()) values = values.with(name, ends[index]!.values.all())
  return { ...state, values, transcript: await joined(scope, state.transcript, ends, part.join) }
}

export async function walkEach(scope: Scope, state: WalkState, part: Each): Promise<WalkState> {
  const path = pathOf(scope, part.name)
  const items: unknown =
    typeof part.items === 'function' ? part.items(state.values.all(scope.outer)) : part.items
  checkItems(path, items)
  const known = knownArray(scope, part.name)
  const list = Array.from(items, (item: unknown, index) => ({
    path: `${path}[${index}]`,
    prompt: part.prompts(item, index),
    known: known[index],
  }))
  if (typeof part.items === 'function') {
    checkKnownItems(path, known, items)
    checkMadeItems(scope, state, list)
  }
  const ends = await walkAll(scope, state, list)
  const values = state.values.with(
    part.name,
    ends.map((end) => end.values.all()),
  )
  return { ...state, values, transcript: await joined(scope, state.transcript, ends, part.join) }
}

/** Items nobody knew before the run are checked before any of them is walked. */
function checkMadeItems(scope: Scope, state: WalkState, list: readonly Branch[]): void {
  const outer = state.values.all(scope.outer)
  for (const { path, prompt, known } of list) {
    checkKnownNames(path, prompt, known)
    checkMade(inside(scope, path, known, outer), prompt.parts)
  }
}

async function walkAll(scope: Scope, state: WalkState, list: readonly Branch[]): Promise<WalkState[]> {
  const outer = state.values.all(scope.outer)
  const ends = await sideBySide(scope.run, list.length, async (index, run) => {
    const { path, prompt, known } = list[index]!
    run.listener.emit({ type: 'branch-start', branch: path })
    const inner = { ...inside(scope, path, known, outer), run }
    const end = await walk(inner, { ...state, values: Values.none }, promptParts(prompt), [])
    run.listener.emit({ type: 'branch-end', branch: path, text: branchText(state.transcript, end) })
    return end
  })
  for (const end of ends) scope.run.kept.push(end.transcript)
  return ends
}

/** The namespace of one branch; `outer`: the values of the namespaces around it. */
export function inside(scope: Scope, path: string, known: unknown, outer: Scope['outer']): Scope {
  return {
    ...deeper(scope),
    prefix: `${path}.`,
    known: knownObject(path, known),
    outer,
    tried: new TriedPaths(),
  }
}

/** The parts of a prompt; one with a check stays whole, so that the check is made. */
export function promptParts(prompt: Prompt): readonly Part[] {
  return prompt.check === null ? prompt.parts : [{ kind: 'prompt', prompt }]
}

async function joined(
  scope: Scope,
  before: TranscriptState,
  ends: readonly WalkState[],
  join: Join,
): Promise<TranscriptState> {
  const { run } = scope
  const [first, ...others] = ends
  if (join === null || first === undefined) return before
  const append = async (state: TranscriptState, piece: Piece): Promise<TranscriptState> => {
    const next = await appendText(run, state, piece, run.engine.capabilities.contextTokens)
    if (next === null) throw contextFull(run, next)
    return next
  }
  if (typeof join === 'function') {
    const text: unknown = join(ends.map((end) => branchText(before, end)))
    if (typeof text !== 'string')
      throw new PromptError('OPTION_INVALID', `join returned ${typeof text}; it must return text.`)
    return append(before, { kind: 'literal', hole: null, text })
  }
  // The first branch already stands right after what was before, so its tokens go on as they are.
  let state = first.transcript
  for (const end of others) {
    state = await append(state, { kind: 'literal', hole: null, text: join })
    for (const piece of end.transcript.pieces.since(before.pieces.length)) state = await append(state, piece)
  }
  return state
}

function branchText(before: TranscriptState, end: WalkState): string {
  return textOf(end.transcript, before.pieces.length)
}

/** Known values given under the names of branches. */
function knownRecord(scope: Scope, names: readonly string[]): Record<string, unknown> {
  const known: Record<string, unknown> = {}
  for (const name of names) if (Object.hasOwn(scope.known, name)) known[name] = scope.known[name]
  return known
}
