// Draws the arguments of a call one by one, where the template has each between marks of its own. Decides which
// optional ones come, as the model would have it; what the schema needs always comes.

import { choice } from '../../constraint/choice.js'
import type { ToolCall } from '../../prompt/message-head.js'
import type { Hole, Tools } from '../../prompt/part.js'
import type { CallWriter, Offer } from '../chat/call-write.js'
import {
  booleansOf,
  type CallSoFar,
  offerOfMember,
  textBehindMember,
  writeToMember,
} from '../chat/member-write.js'
import type { Scope } from '../state/scope.js'
import type { WalkState } from '../state/walk-state.js'
import type { Member } from '../tools/members.js'
import { comes } from './tool-decision.js'
import { drawnOf, fillPart } from './tool-hole.js'

export interface MembersDrawn {
  readonly state: WalkState
  readonly given: Readonly<Record<string, unknown>>
}

/** `path`: of the arguments. Rejects as holes do. */
export async function drawMembers(
  scope: Scope,
  start: WalkState,
  part: Tools,
  members: readonly Member[],
  {
    calls,
    call,
    path,
  }: { readonly calls: readonly ToolCall[]; readonly call: ToolCall; readonly path: string },
): Promise<MembersDrawn> {
  const writer: CallWriter = { run: scope.run, path: scope.prefix }
  let state = start
  let given: Readonly<Record<string, unknown>> = {}
  for (const [index, member] of members.entries()) {
    const so: CallSoFar = { calls, call: { ...call, arguments: given } }
    if (member.comes === 'maybe') {
      const next = members.slice(index + 1).find((one) => one.comes === 'always') ?? null
      const offer: Offer<WalkState> | null = await offerOfMember(writer, state, so, { member, next })
      if (offer === null || !(await comes(scope, offer, `${path}.${member.key}?`, 0))) continue
    }
    state = await writeToMember(writer, state, so, member)
    const step = await drawMember(scope, state, part, { so, member, path: `${path}.${member.key}` })
    state = step.state
    given = { ...given, [member.key]: step.value }
  }
  return { state, given }
}

async function drawMember(
  scope: Scope,
  state: WalkState,
  part: Tools,
  { so, member, path }: { readonly so: CallSoFar; readonly member: Member; readonly path: string },
): Promise<{ readonly state: WalkState; readonly value: unknown }> {
  const writer: CallWriter = { run: scope.run, path: scope.prefix }
  const { tokens } = part.limits
  let language: Hole['language'] | null = member.constraint
  let yes: string | null = null
  if (member.type === 'boolean') {
    const booleans = await booleansOf(writer, state, so, member)
    yes = booleans[0]
    language = choice(booleans)
  }
  language ??= { stops: [await textBehindMember(writer, state, so, member)] }
  const result = await fillPart(scope, state, { name: path, language, tokens }, '')
  const value = yes === null ? result.value : result.text === yes
  return { state: drawnOf(state, result), value }
}
