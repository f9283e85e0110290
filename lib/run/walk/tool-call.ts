// Draws one call of a tool: its name out of those there are, then arguments that are valid for that tool's schema, as
// one JSON object or one by one. What stands around them is the template's, and is written, not drawn.

import { settleOrAbort } from '../../async/signal.js'
import { ConstraintError } from '../../base/errors.js'
import { choice } from '../../constraint/choice.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { Tools } from '../../prompt/part.js'
import type { Tool } from '../../prompt/tool-part.js'
import {
  type CallWriter,
  nextId,
  textBehindArguments,
  textBehindName,
  writeToArguments,
  writeToName,
} from '../chat/call-write.js'
import type { Scope } from '../state/scope.js'
import type { WalkState } from '../state/walk-state.js'
import { argumentsOf } from '../tools/arguments.js'
import { membersOf } from '../tools/members.js'
import { drawnOf, fillPart } from './tool-hole.js'
import { drawMembers } from './tool-members.js'
import type { DrawnCall } from './tool-run.js'

/** A call that was drawn, and where that leads. */
export interface CallStep {
  readonly state: WalkState
  readonly call: ToolCall
  readonly drawn: DrawnCall
}

/** `calls`: those of the same message before it; `index`: its own among all of the part. Rejects as holes do. */
export async function drawCall(
  scope: Scope,
  start: WalkState,
  part: Tools,
  { calls, index }: { readonly calls: readonly ToolCall[]; readonly index: number },
): Promise<CallStep> {
  const writer: CallWriter = { run: scope.run, path: scope.prefix }
  const call = `${part.name}[${index}]`
  const before = await writeToName(writer, start, calls)
  const names = { name: `${call}.tool`, language: choice(Object.keys(part.tools)), tokens: namesMax }
  const result = await fillPart(scope, before, names, await textBehindName(writer, before, calls))
  const named = drawnOf(before, result)
  const name = result.text
  const so = { id: nextId(start, calls.length), name, arguments: {} }
  const members = membersOf(part.tools[name]!, start.chat.calls!)
  const path = `${call}.arguments`
  if (start.chat.calls!.parts === 'whole' || members === null) {
    const { state, value, given } = await drawWhole(scope, named, part, { calls, name, path })
    return {
      state,
      call: { ...so, arguments: given },
      drawn: { call, tool: name, arguments: value, refused: null },
    }
  }
  const { state, given } = await drawMembers(scope, named, part, members, { calls, call: so, path })
  const judged = await meaningOfMembers(scope, part.tools[name]!, given)
  return { state, call: { ...so, arguments: given }, drawn: { call, tool: name, ...judged } }
}

/** Tokens of a name: no token is shorter than a byte. */
const namesMax = 64

async function drawWhole(
  scope: Scope,
  start: WalkState,
  part: Tools,
  {
    calls,
    name,
    path,
  }: { readonly calls: readonly ToolCall[]; readonly name: string; readonly path: string },
): Promise<{ readonly state: WalkState; readonly value: unknown; readonly given: unknown }> {
  const writer: CallWriter = { run: scope.run, path: scope.prefix }
  const state = await writeToArguments(writer, start, calls, name)
  const language = argumentsOf(part.tools[name]!, state.chat.calls!.whitespace)
  const behind = await textBehindArguments(writer, state, calls, name)
  const hole = { name: path, language, tokens: part.limits.tokens }
  const { text, value, transcript } = await fillPart(scope, state, hole, behind)
  const next = { ...state, transcript, chat: { ...state.chat, text: state.chat.text + text } }
  return { state: next, value, given: JSON.parse(text) }
}

/** What the schema makes of arguments that were drawn one by one; a schema's own check may refuse them together. */
async function meaningOfMembers(
  { run }: Scope,
  tool: Tool,
  given: unknown,
): Promise<{ readonly arguments: unknown; readonly refused: string | null }> {
  const constraint = argumentsOf(tool, 'compact')
  const text = JSON.stringify(given)
  try {
    const value = await settleOrAbort(
      run.signal,
      () => constraint.parseAsync?.(text) ?? constraint.parse(text),
    )
    return { arguments: value, refused: null }
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error
    return { arguments: given, refused: error.message }
  }
}
