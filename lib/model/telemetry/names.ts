// What OpenTelemetry calls things: names of the GenAI semantic conventions (1.41) where they have one, else ours. Says
// names only; docs/telemetry.md says what each of them holds.

/** `gen_ai.provider.name`: whose names beside the conventions' are in a span. */
export const provider = 'espalier'

export const genAi = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  seed: 'gen_ai.request.seed',
  stream: 'gen_ai.request.stream',
  temperature: 'gen_ai.request.temperature',
  topK: 'gen_ai.request.top_k',
  topP: 'gen_ai.request.top_p',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  tokenType: 'gen_ai.token.type',
  toolName: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
} as const

export const errorType = 'error.type'

export const ours = {
  decodedTokens: 'espalier.tokens.decoded',
  uncachedTokens: 'espalier.tokens.uncached',
  decodeCalls: 'espalier.decode_calls',
  text: 'espalier.text',
  hole: 'espalier.hole.path',
  holeEnd: 'espalier.hole.end',
  holeAttempts: 'espalier.hole.attempts',
  holeText: 'espalier.hole.text',
  candidate: 'espalier.candidate',
  rollback: 'espalier.rollback',
  rollbackText: 'espalier.rollback.text',
  rollbackReason: 'espalier.rollback.reason',
  toolCall: 'espalier.tool.call',
  tokenOrigin: 'espalier.token.origin',
} as const
