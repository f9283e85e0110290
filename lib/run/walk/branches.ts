// Branches and items: walks that start from one transcript and run side by side. Decides their namespaces and how
// their texts go on after them. Sharing what they have in common is the engine's business: each branch only names
// all of its tokens.

import { sideBySide } from '../../async/side-by-side.js'
import { PromptError } from '../../base/errors.js'
import { own } from '../../base/own.js'
import { shown } from '../../base/seen.js'
import { checkItems } from '../../prompt/branches.js'
import type { Branches, Each, Join, Part, Prompt } from '../../prompt/part.js'
import { writeIfTaken } from '../chat/chat-write.js'
import { checkKnownItems, checkKnownNames, checkMade } from '../given/given.js'
import { knownArray, knownObject } from '../given/known.js'
import type { RunContext } from '../state/run-context.js'
import { deeper, pathOf, type Scope } from '../state/scope.js'
import { appended, type TranscriptState, textBehind } from '../state/transcript.js'
import { Tried } from '../state/tried.js'
import { Values } from '../state/values.js'
import type { Walk, WalkState } from '../state/walk-state.js'
import { requireMadeRoom } from './room.js'

interface Branch {
  /** `pro` or `items[2]`. */
  readonly path: string
  readonly prompt: Prompt
  readonly known: unknown
}

export async function walkBranches(
  walk: Walk,
  scope: Scope,
  state: WalkState,
  part: Branches,
): Promise<WalkState> {
  const names = Object.keys(part.branches)
  const known = knownOf(scope, names)
  const list = names.map((name, index) => ({
    path: pathOf(scope, name),
    prompt: part.branches[name]!,
    known: known[index],
  }))
  const ends = await walkAll(walk, scope, state, list)
  let { values } = state
  for (const [index, name] of names.entries()) values = values.with(name, ends[index]!.values.all())
  return {
    ...state,
    values,
    transcript: await joined(scope.run, state.transcript, transcriptsOf(ends), part.join),
  }
}

export async function walkEach(walk: Walk, scope: Scope, state: WalkState, part: Each): Promise<WalkState> {
  const path = pathOf(scope, part.name)
  const told: unknown =
    typeof part.items === 'function' ? part.items(state.values.all(scope.outer)) : part.items
  checkItems(path, told)
  // Items a sparse array lacks are undefined.
  const items = Array.from(told)
  const known = knownArray(scope, part.name)
  const list = Array.from(items, (item: unknown, index) => ({
    path: `${path}[${index}]`,
    prompt: part.prompts(item, index),
    known: known[index],
  }))
  if (typeof part.items === 'function') {
    checkKnownItems(path, known, items)
    await checkMadeItems(scope, state, list)
    // Made once, since making them is the caller's work.
    const made = { ...part, items, prompts: (_: unknown, index: number) => list[index]!.prompt }
    await requireMadeRoom(scope, state.transcript, [made])
  }
  const ends = await walkAll(walk, scope, state, list)
  const values = state.values.with(
    part.name,
    ends.map((end) => end.values.all()),
  )
  return {
    ...state,
    values,
    transcript: await joined(scope.run, state.transcript, transcriptsOf(ends), part.join),
  }
}

/** Items nobody knew before the run are checked before any of them is walked. */
async function checkMadeItems(scope: Scope, state: WalkState, list: readonly Branch[]): Promise<void> {
  const outer = state.values.all(scope.outer)
  for (const { path, prompt, known } of list) {
    checkKnownNames(path, prompt, known)
    await checkMade(inside(scope, path, known, outer), prompt.parts)
  }
}

async function walkAll(
  walk: Walk,
  scope: Scope,
  state: WalkState,
  list: readonly Branch[],
): Promise<WalkState[]> {
  const outer = state.values.all(scope.outer)
  const ends = await sideBySide(scope.run, list.length, async (index, signal) => {
    const run = { ...scope.run, signal }
    const { path, prompt, known } = list[index]!
    run.listener.emit({ type: 'branch-start', branch: path })
    const inner = { ...inside(scope, path, known, outer), run }
    const walked = await walk(inner, { ...state, values: Values.none }, promptParts(prompt), [])
    const end = await writeIfTaken(run, inner.prefix, walked)
    run.listener.emit({
      type: 'branch-end',
      branch: path,
      text: textBehind(state.transcript, end.transcript),
    })
    return end
  })
  for (const [index, { transcript }] of ends.entries()) {
    scope.run.kept.push({ branch: list[index]!.path, transcript })
  }
  return ends
}

/** The namespace of one branch; `outer`: the values of the namespaces around it. */
export function inside(scope: Scope, path: string, known: unknown, outer: Scope['outer']): Scope {
  return {
    ...deeper(scope),
    prefix: `${path}.`,
    known: knownObject(path, known),
    outer,
    tried: new Tried(),
  }
}

/** The parts of a prompt; one with a check stays whole, so that the check is made. */
export function promptParts(prompt: Prompt): readonly Part[] {
  return prompt.check === null ? prompt.parts : [{ kind: 'prompt', prompt }]
}

function transcriptsOf(ends: readonly WalkState[]): TranscriptState[] {
  return ends.map(({ transcript }) => transcript)
}

/** The texts of others that began with it, behind a transcript. */
export async function joined(
  { session, signal }: Pick<RunContext, 'session' | 'signal'>,
  before: TranscriptState,
  ends: readonly TranscriptState[],
  join: Join,
): Promise<TranscriptState> {
  const [first, ...others] = ends
  if (join === null || first === undefined) return before
  if (typeof join === 'function') {
    const text: unknown = join(ends.map((end) => textBehind(before, end)))
    if (typeof text !== 'string')
      throw new PromptError('OPTION_INVALID', `join returned ${shown(text)}; it must return text.`)
    return appended(session, before, { kind: 'literal', hole: null, text }, signal)
  }
  // The first branch already stands right after what was before, so its tokens go on as they are.
  let state = first
  for (const end of others) {
    state = await appended(session, state, { kind: 'literal', hole: null, text: join }, signal)
    for (const piece of end.pieces.behind(before.pieces)) {
      state = await appended(session, state, piece, signal)
    }
  }
  return state
}

/** Known values given under the names of branches, one each. */
function knownOf(scope: Scope, names: readonly string[]): unknown[] {
  return names.map((name) => own(scope.known, name))
}
