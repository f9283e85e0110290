// Spans within a run: one for each hole from its first attempt to its value, and one for each tool that is called.
// Decides what becomes a span and what an event in one; texts are left out unless somebody asked for them.
import type { Attributes, Context, Span, SpanStatusCode, Tracer } from '@opentelemetry/api'
import type { RunEvent } from '../../run/report/event.js'
import { json } from './messages.js'
import { errorType, genAi, ours, provider } from './names.js'

/** Whether texts and values may leave the process. */
export type Capture = 'none' | 'texts'

const failed: SpanStatusCode.ERROR = 2

/** A run has holes by the thousand in a long `each`: of their ends only so many are told in one attribute. */
const endsMax = 100

interface OpenHole {
  readonly span: Span
  attempts: number
}

export class HoleSpans {
  readonly #tracer: Tracer
  readonly #run: { readonly span: Span; readonly context: Context }
  readonly #capture: Capture
  readonly #holes = new Map<string, OpenHole>()
  readonly #tools = new Map<string, Span>()
  readonly #ends: string[] = []

  constructor(tracer: Tracer, run: { readonly span: Span; readonly context: Context }, capture: Capture) {
    this.#tracer = tracer
    this.#run = run
    this.#capture = capture
  }

  /** How holes ended, as the conventions call it. */
  get finishReasons(): readonly string[] {
    return this.#ends
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case 'hole-start':
        this.#start(event, event.hole)
        return
      case 'hole-end':
        this.#end(event)
        return
      case 'rollback':
        this.#rollback(event)
        return
      case 'tool-call':
        this.#call(event)
        return
      case 'tool-result':
        this.#result(event)
    }
  }

  /** What is still open when the run ends did not end well. */
  close(error: string | null): void {
    for (const span of [...[...this.#holes.values()].map((hole) => hole.span), ...this.#tools.values()]) {
      if (error !== null) fail(span, error)
      span.end()
    }
    this.#holes.clear()
    this.#tools.clear()
  }

  #start({ candidate }: RunEvent, path: string): void {
    const key = keyOf(path, candidate)
    const open = this.#holes.get(key)
    if (open !== undefined) {
      open.attempts += 1
      return
    }
    const attributes: Attributes = { [ours.hole]: path }
    if (candidate !== undefined) attributes[ours.candidate] = [...candidate]
    // The number of an item is no name.
    const name = `fill ${path.replace(/\[\d+\]/g, '[]')}`
    const span = this.#tracer.startSpan(name, { attributes }, this.#run.context)
    this.#holes.set(key, { span, attempts: 1 })
  }

  #end({ hole, candidate, end, text }: Extract<RunEvent, { readonly type: 'hole-end' }>): void {
    if (this.#ends.length < endsMax) this.#ends.push(end.reason === 'limit' ? 'length' : 'stop')
    const key = keyOf(hole, candidate)
    const open = this.#holes.get(key)
    if (open === undefined) return
    this.#holes.delete(key)
    open.span.setAttributes({ [ours.holeEnd]: end.reason, [ours.holeAttempts]: open.attempts })
    if (this.#capture === 'texts') open.span.setAttribute(ours.holeText, text)
    open.span.end()
  }

  /** What was given up after its value stood is told of the run. */
  #rollback({ hole, candidate, text, reason }: Extract<RunEvent, { readonly type: 'rollback' }>): void {
    const span = this.#holes.get(keyOf(hole, candidate))?.span ?? this.#run.span
    const attributes: Attributes = { [ours.hole]: hole }
    if (this.#capture === 'texts') {
      attributes[ours.rollbackText] = text
      // A check's reason mostly quotes the value.
      attributes[ours.rollbackReason] = reason
    }
    span.addEvent(ours.rollback, attributes)
  }

  #call({
    call,
    candidate,
    tool,
    arguments: given,
  }: Extract<RunEvent, { readonly type: 'tool-call' }>): void {
    const operation = 'execute_tool'
    const attributes: Attributes = {
      [genAi.operation]: operation,
      [genAi.provider]: provider,
      [genAi.toolName]: tool,
      [genAi.toolType]: 'function',
      [ours.toolCall]: call,
    }
    if (this.#capture === 'texts') attributes[genAi.toolArguments] = json(given)
    this.#tools.set(
      keyOf(call, candidate),
      this.#tracer.startSpan(`${operation} ${tool}`, { attributes }, this.#run.context),
    )
  }

  #result({ call, candidate, result, error }: Extract<RunEvent, { readonly type: 'tool-result' }>): void {
    const key = keyOf(call, candidate)
    const span = this.#tools.get(key)
    if (span === undefined) return
    this.#tools.delete(key)
    if (this.#capture === 'texts') span.setAttribute(genAi.toolResult, error ?? json(result))
    if (error !== null) fail(span, 'tool_error')
    span.end()
  }
}

export function fail(span: Span, type: string): void {
  span.setAttribute(errorType, type)
  span.setStatus({ code: failed, message: type })
}

function keyOf(path: string, candidate: readonly number[] = []): string {
  return `${candidate.join(',')} ${path}`
}
