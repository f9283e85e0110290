// Explains a prompt without running it: nothing is drawn, nothing decoded, and nothing of the cache changes.

import { beginning, scopeOf } from '../begin.js'
import { writeLast } from '../chat/chat-write.js'
import { checkParts } from '../given/given.js'
import type { Listener } from '../report/event.js'
import type { RunRequest, Shared } from '../request.js'
import { withoutResumed } from '../state/chat.js'
import { Values } from '../state/values.js'
import { promptParts } from '../walk/branches.js'
import { DryWalk } from './dry-walk.js'
import type { Explanation } from './explanation.js'
import { told } from './known-text.js'
import { Tally, then } from './tally.js'

const silent: Listener = { emit: () => undefined, ready: null, wantsTokens: false }

/** Rejects with what a run would reject with before any work, but for what has no room: that is explained. */
export async function explained(
  shared: Shared,
  { start: from, prompt, given, options }: Pick<RunRequest, 'start' | 'prompt' | 'given' | 'options'>,
  signal: AbortSignal,
): Promise<Explanation> {
  const { overflow: _, ...own } = options
  const request: RunRequest = {
    start: from,
    prompt,
    given,
    options: own,
    listener: silent,
    left: null,
    end: 'open',
    live: null,
    watcher: null,
  }
  const { run, start } = beginning(shared, request, signal, 'any')
  const scope = scopeOf(run, prompt, given, start.values)
  const parts = promptParts(prompt)
  await checkParts(scope, parts)
  const tally = new Tally()
  const { contextTokens } = shared.engine.capabilities
  const before = start.transcript.position.length
  const at = { state: { ...start, values: Values.none }, isExact: true, timesMax: 1 }
  const walked = await new DryWalk(tally).walk(scope, at, parts, [])
  const { state } = walked.at
  const chat = withoutResumed(state.chat, state.transcript.pieces)
  const end = await writeLast(run, '', { ...state, chat })
  const cost = then(walked.cost, await told(scope, tally, walked.at, end))
  return tally.explained(before, cost, contextTokens)
}
