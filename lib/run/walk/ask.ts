// A question on the side: a walk on a fork from here. Decides what stays of it: its value, and its tokens in the books.
import { settleOrAbort } from '../../async/signal.js'
import type { Ask } from '../../prompt/part.js'
import { writeIfTaken } from '../chat/chat-write.js'
import { pathOf, type Scope } from '../state/scope.js'
import { textBehind } from '../state/transcript.js'
import { Values } from '../state/values.js'
import type { Walk, WalkState } from '../state/walk-state.js'
import { inside, promptParts } from './branches.js'

export async function walkAsk(walk: Walk, scope: Scope, state: WalkState, part: Ask): Promise<WalkState> {
  const { name, prompt, pick } = part
  const { run } = scope
  if (Object.hasOwn(scope.known, name)) {
    return { ...state, values: state.values.with(name, scope.known[name]) }
  }
  const path = pathOf(scope, name)
  run.listener.emit({ type: 'branch-start', branch: path })
  const inner = inside(scope, path, undefined, state.values.all(scope.outer))
  const walked = await walk(inner, { ...state, values: Values.none }, promptParts(prompt), [])
  const end = await writeIfTaken(run, inner.prefix, walked)
  const text = textBehind(state.transcript, end.transcript)
  run.listener.emit({ type: 'branch-end', branch: path, text })
  run.kept.push({ branch: path, transcript: end.transcript })
  const values = end.values.all()
  const value =
    pick === null ? lastOf(values, text) : await settleOrAbort(run.signal, () => pick(values, { text }))
  return { ...state, values: state.values.with(name, value) }
}

function lastOf(values: Readonly<Record<string, unknown>>, text: string): unknown {
  const name = Object.keys(values).at(-1)
  return name === undefined ? text : values[name]
}
