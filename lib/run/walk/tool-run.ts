// Runs the functions of tools. Decides what of a result the model sees: its text, the JSON of any other value, or what
// the function threw. Never waits past the end of the run, and lets no failure of a tool end it.
import { settleOrAbort } from '../../async/signal.js'
import { CapacityError, UsageError } from '../../base/errors.js'
import { isUnicodeText, shown } from '../../base/seen.js'
import type { ValuesSoFar } from '../../prompt/part.js'
import type { Tool } from '../../prompt/tool-part.js'
import { jsonSizeAtLeast } from '../given/json-size.js'
import { spelled } from '../hole/judge.js'
import { pathOf, type Scope } from '../state/scope.js'

/** A call as it was drawn. */
export interface DrawnCall {
  /** Its name among the calls: `calls[0]`. */
  readonly call: string
  readonly tool: string
  /** What the function is called with. */
  readonly arguments: unknown
  /** Why the schema's own check refuses them, though each is right; null: it does not. */
  readonly refused: string | null
}

/** What came of it. */
export interface CallOutcome {
  /** As it is captured. */
  readonly value: Readonly<Record<string, unknown>>
  /** As the model sees it. */
  readonly text: string
}

/**
 * Rejects with AbortError, UsageError TOOL_RESULT_INVALID for a result that JSON does not have, CapacityError
 * CONTEXT_FULL for one that no context holds.
 */
export async function runTool(
  scope: Scope,
  drawn: DrawnCall,
  tool: Tool,
  values: ValuesSoFar,
): Promise<CallOutcome> {
  const { listener, signal } = scope.run
  const event = { call: pathOf(scope, drawn.call), tool: drawn.tool }
  listener.emit({ type: 'tool-call', ...event, arguments: drawn.arguments })
  const captured = { tool: drawn.tool, arguments: drawn.arguments }
  let result: unknown
  try {
    if (drawn.refused !== null) throw new Error(drawn.refused)
    result = (await settleOrAbort(signal, () => tool.run(drawn.arguments, { signal, values }))) ?? null
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const error = messageOf(thrown)
    listener.emit({ type: 'tool-result', ...event, result: null, error })
    return { value: { ...captured, error }, text: `Error: ${error}` }
  }
  const text = textOf(scope, drawn, result)
  listener.emit({ type: 'tool-result', ...event, result, error: null })
  return { value: { ...captured, result }, text }
}

/** No context holds more, also where an engine knows no bound: what holds itself has no end. */
const resultBytesMax = 1 << 21

function textOf({ run }: Scope, { call, tool }: DrawnCall, result: unknown): string {
  const bytesMax = Math.min(run.engine.textBytesMax(), resultBytesMax)
  if (jsonSizeAtLeast(result, bytesMax) > bytesMax) {
    throw new CapacityError(
      'CONTEXT_FULL',
      `The result of tool ${tool} (${call}) is longer than the ${bytesMax} bytes that the context holds at most; ` +
        'return less, or load the model with more contextTokens.',
    )
  }
  const text = typeof result === 'string' ? result : jsonOf(result)
  if (text !== undefined && isUnicodeText(text)) return text
  const seen = text === undefined ? shown(result) : 'text with half a surrogate pair'
  throw new UsageError(
    'TOOL_RESULT_INVALID',
    `Tool ${tool} (${call}) returned ${seen}; it must return Unicode text or a value that JSON has.`,
  )
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

function messageOf(thrown: unknown): string {
  let message: unknown
  try {
    message = thrown instanceof Error ? thrown.message : thrown
  } catch {
    message = undefined
  }
  const text = typeof message === 'string' ? message : spelled(message)
  return isUnicodeText(text) ? text : 'it failed'
}
