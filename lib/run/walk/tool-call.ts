// Draws one call of a tool: its name out of those there are, then arguments that are valid for that tool's schema. What
// stands around them is the template's, and is written, not drawn.

import { choice } from '../../constraint/choice.js'
import type { Constraint } from '../../constraint/constraint-type.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { Hole, Tools } from '../../prompt/part.js'
import {
  type CallWriter,
  nextId,
  textBehindArguments,
  textBehindName,
  writeToArguments,
  writeToName,
} from '../chat/call-write.js'
import { fillBySampling } from '../hole/by-sampling.js'
import type { HoleResult } from '../hole/hole-task.js'
import type { Scope } from '../state/scope.js'
import type { WalkState } from '../state/walk-state.js'
import { argumentsOf } from '../tools/arguments.js'
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
  const path = `${part.name}[${index}]`
  const id = nextId(start, calls.length)
  let state = await writeToName(writer, start, calls)
  const behindName = await textBehindName(writer, state, calls)
  const names = choice(Object.keys(part.tools))
  const name = await fill(scope, state, { name: `${path}.tool`, language: names, options: {} }, behindName)
  state = await writeToArguments(writer, drawnOf(state, name), calls, name.text)
  const tool = part.tools[name.text]!
  const given = await fill(
    scope,
    state,
    {
      name: `${path}.arguments`,
      language: argumentsOf(tool, state.chat.calls!.whitespace),
      options: { tokensMax: part.limits.tokens, check: (_, { text }) => checkText(scope, text) },
    },
    await textBehindArguments(writer, state, calls, name.text),
  )
  return {
    state: drawnOf(state, given),
    call: { id, name: name.text, arguments: JSON.parse(given.text) },
    drawn: { call: path, tool: name.text, arguments: given.value },
  }
}

/** Calls are written among the template's marks, where a special token's text would be one. */
function checkText({ run }: Scope, text: string): true | string {
  return !run.engine.hasSpecial(text) || 'it holds the text of a special token'
}

function fill(
  scope: Scope,
  state: WalkState,
  hole: { readonly name: string; readonly language: Constraint; readonly options: Hole['options'] },
  literal: string,
): Promise<HoleResult> {
  return fillBySampling({
    scope,
    hole: { ...hole, kind: 'hole', method: { kind: 'sample' } },
    transcript: state.transcript,
    after: { literal, either: [] },
    values: () => state.values.all(scope.outer),
  })
}

/** What was drawn stands in the conversation's text, too. */
function drawnOf(state: WalkState, { text, transcript }: HoleResult): WalkState {
  return { ...state, transcript, chat: { ...state.chat, text: state.chat.text + text } }
}
