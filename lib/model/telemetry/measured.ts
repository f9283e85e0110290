// A run as OpenTelemetry sees it: a span that is the parent of all that happens in it, and what it cost. Decides when
// anything is measured at all: without an SDK a run pays for a look whether there is one. Texts, values and messages of
// errors, which quote them, are left out unless somebody asked for them. Never changes what a run does or throws.
import path from 'node:path'
import type { Attributes, Span, SpanKind } from '@opentelemetry/api'
import { EspalierError } from '../../base/errors.js'
import { isRecord, saidBy } from '../../base/seen.js'
import { isPrompt } from '../../prompt/shape.js'
import type { Listener } from '../../run/report/event.js'
import type { RunResult, RunStart } from '../../run/request.js'
import { textOf } from '../../run/state/transcript.js'
import type { ModelInfo } from '../model-info.js'
import { type OpenTelemetry, openTelemetry } from './api.js'
import { type Capture, fail, HoleSpans } from './hole-spans.js'
import { countTokens, runInstruments, usageOf } from './instruments.js'
import { conversation, json } from './messages.js'
import { errorType, genAi, ours, provider } from './names.js'

/** What is known of a run before it begins; nothing of it has been checked. */
export interface AskedRun {
  readonly info: ModelInfo
  readonly start: RunStart | null
  readonly prompt: unknown
  readonly options: unknown
  readonly how: 'run' | 'stream'
}

const internal: SpanKind.INTERNAL = 0

/** Does the work; inside of a span, with a listener that tells it what happens, where anybody hears. */
export async function measured(
  asked: AskedRun,
  listener: Listener,
  work: (listener: Listener) => Promise<RunResult>,
): Promise<RunResult> {
  const api = openTelemetry()
  if (api === null) return work(listener)
  const tracer = api.trace.getTracer('espalier')
  const about = aboutOf(asked)
  const name = `${about[genAi.operation]} ${about[genAi.requestModel]}`
  const span = tracer.startSpan(name, {
    kind: internal,
    attributes: { ...about, ...requested(asked) },
  })
  const inside = api.trace.setSpan(api.context.active(), span)
  if (!span.isRecording())
    return counted(api, about, () => api.context.with(inside, work, undefined, listener))
  const capture = captureWanted()
  const holes = new HoleSpans(tracer, { span, context: inside }, capture)
  const heard: Listener = {
    ...listener,
    emit: (event) => {
      holes.take(event)
      listener.emit(event)
    },
  }
  try {
    const result = await counted(api, about, () => api.context.with(inside, work, undefined, heard))
    tell(span, result, holes, capture)
    holes.close(null)
    return result
  } catch (error) {
    const type = typeOf(error)
    holes.close(type)
    fail(span, type)
    span.addEvent('exception', exceptionOf(error, capture))
    throw error
  } finally {
    span.end()
  }
}

async function counted(
  api: OpenTelemetry,
  about: Attributes,
  work: () => Promise<RunResult>,
): Promise<RunResult> {
  const instruments = runInstruments(api)
  if (instruments === null) return work()
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  try {
    const result = await work()
    countTokens(instruments, result.ledger, about)
    instruments.duration.record(seconds(), about)
    return result
  } catch (error) {
    instruments.duration.record(seconds(), { ...about, [errorType]: typeOf(error) })
    throw error
  }
}

/** What spans and metrics of the run have in common. */
function aboutOf({ info, start, prompt }: AskedRun): Attributes {
  const isChat = (start?.chat.messages.length ?? 0) > 0 || hasMessages(prompt)
  const model = info.path === '' ? info.description : path.basename(info.path, '.gguf')
  return {
    [genAi.operation]: isChat ? 'chat' : 'text_completion',
    [genAi.provider]: provider,
    [genAi.requestModel]: model,
    [genAi.responseModel]: model,
  }
}

function hasMessages(prompt: unknown): boolean {
  return isPrompt(prompt) && prompt.parts.some(({ kind }) => kind === 'message' || kind === 'tools')
}

function requested({ options, how }: AskedRun): Attributes {
  const given: Readonly<Record<string, unknown>> = isRecord(options) ? { ...options } : {}
  const attributes: Attributes = {}
  for (const option of ['seed', 'temperature', 'topK', 'topP'] as const) {
    const value = given[option]
    if (typeof value === 'number' && Number.isFinite(value)) attributes[genAi[option]] = value
  }
  if (how === 'stream') attributes[genAi.stream] = true
  return attributes
}

function tell(span: Span, result: RunResult, holes: HoleSpans, capture: Capture): void {
  const { ledger, decodeCalls } = result
  const { input, output } = usageOf(ledger)
  span.setAttributes({
    [genAi.inputTokens]: input,
    [genAi.outputTokens]: output,
    [genAi.cachedTokens]: ledger.reused + ledger.restored,
    [genAi.finishReasons]: [...holes.finishReasons],
    [ours.decodedTokens]: ledger.decoded,
    [ours.uncachedTokens]: ledger.uncached,
    [ours.decodeCalls]: decodeCalls,
  })
  if (capture === 'none') return
  const { inputs, outputs } = conversation(result.chat)
  span.setAttribute(ours.text, textOf(result.transcript))
  if (inputs.length > 0) span.setAttribute(genAi.inputMessages, json(inputs))
  if (outputs.length > 0) span.setAttribute(genAi.outputMessages, json(outputs))
}

/** The code of ours, the class of others'. */
function typeOf(error: unknown): string {
  try {
    if (error instanceof EspalierError) return error.code
    return error instanceof Error && typeof error.name === 'string' ? error.name : '_OTHER'
  } catch {
    // A revoked proxy, or a getter of the caller's.
    return '_OTHER'
  }
}

function exceptionOf(error: unknown, capture: Capture): Attributes {
  const type = typeOf(error)
  return capture === 'none'
    ? { 'exception.type': type }
    : { 'exception.type': type, 'exception.message': saidBy(error) }
}

/** As the conventions' instrumentations read it. */
function captureWanted(): Capture {
  const asked = process.env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT ?? ''
  return ['true', 'span_only', 'span_and_event'].includes(asked.toLowerCase()) ? 'texts' : 'none'
}
