// The result of what took no run: a conversation that was taken back, shortened or restored.
import { noTokens } from '../engine/ledger.js'
import type { RunResult, RunStart } from './request.js'

/** `began`: when, as `performance.now()` says. */
export function notRun({ transcript, chat, values, marks }: RunStart, began: number): RunResult {
  return {
    transcript,
    chat,
    values,
    marks,
    ledger: noTokens,
    ends: new Map(),
    choices: new Map(),
    votes: new Map(),
    ranked: new Map(),
    logprobs: new Map(),
    decodeCalls: 0,
    ms: performance.now() - began,
    record: null,
  }
}
