// Tools the model may call before it answers. Decides what a tool is and what may stand in the list; how a call is
// written is the chat template's, and when one runs is the walk's.
import { ConstraintError, PromptError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { isReadable, isRecord, quoted, shown } from '../base/seen.js'
import { isStandardSchema, standardJsonSchema } from '../constraint/json-schema/document/standard-schema.js'
import { jsonSchema } from '../constraint/json-schema.js'
import type { JsonValue } from './json.js'
import { checkName } from './name.js'
import { requireOptions, tokensMaxDefault } from './options.js'
import type { Hole, Nothing, Tools } from './part.js'
import { isPart } from './shape.js'
import type { Tool, ToolContext } from './tool-part.js'

/** What `tool` takes beside schema and function. */
export interface ToolOptions {
  /** What the model is told of the tool. Default: nothing but its name and its parameters. */
  readonly description?: string
}

const toolNames = optionNames<ToolOptions>('tool()', { description: true })

/**
 * A tool: the schema of its arguments (a JSON Schema of an object, or a Standard Schema that gives one, as Zod's do),
 * and what is called with them. The function returns any value that JSON has (undefined is null), or a promise of one;
 * what it throws is shown to the model as the call's result. Its second argument has the run's `signal`, and the
 * `values` captured before.
 *
 * Throws PromptError OPTION_INVALID, ConstraintError SCHEMA_INVALID, UsageError OPTION_UNKNOWN. A run with it rejects
 * with SCHEMA_UNSUPPORTED or SCHEMA_EMPTY, and with UsageError TOOL_RESULT_INVALID for a result that is no JSON.
 *
 * @example
 * ```ts
 * const place = { type: 'object', properties: { city: { enum: ['Rome', 'Oslo'] } }, required: ['city'] } as const
 * const weather = tool(place, ({ city }) => (city === 'Rome' ? 'sunny' : 'snow'), { description: 'The weather now' })
 * console.log(weather.description)
 * ```
 */
export function tool<const S extends object | string, R>(
  parameters: S,
  run: (args: JsonValue<S>, context: ToolContext) => R,
  options: ToolOptions = {},
): Tool<JsonValue<S>, Awaited<R>> {
  requireOptions(options, toolNames, 'tool()')
  const { description = '' } = options
  if (typeof run !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `The function of tool() is ${shown(run)}; it must be a function of the arguments.`,
    )
  }
  if (typeof description !== 'string') {
    throw new PromptError(
      'OPTION_INVALID',
      `description of tool() is ${shown(description)}; it must be text.`,
    )
  }
  const schema = objectSchema(parameters)
  // Refuses what is no schema.
  jsonSchema(parameters)
  return Object.freeze({
    kind: 'tool',
    description,
    parameters,
    schema,
    run: run as unknown as Tool['run'],
  }) as unknown as Tool<JsonValue<S>, Awaited<R>>
}

/** The JSON Schema that a chat template shows. */
function objectSchema(parameters: unknown): Readonly<Record<string, unknown>> {
  const given = typeof parameters === 'string' ? parsed(parameters) : parameters
  const schema = isStandardSchema(given) ? standardJsonSchema(given) : given
  const type = isRecord(schema) ? (schema as { type?: unknown }).type : undefined
  if (isRecord(schema) && (type === undefined || type === 'object')) return schema as Record<string, unknown>
  const seen = type === undefined ? shown(schema) : `one of type ${shown(type)}`
  throw new PromptError(
    'OPTION_INVALID',
    `The schema of tool() is ${seen}; the arguments of a tool are an object: it must be a JSON Schema of an object.`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ConstraintError('SCHEMA_INVALID', `The schema is no JSON: ${quoted(text)}.`, { cause })
  }
}

/** One call a model made, as `calls` has it. */
export type ToolCallOf<T> = {
  [N in keyof T & string]: T[N] extends Tool<infer A, infer R>
    ? { readonly tool: N; readonly arguments: A } & (
        | { readonly result: R; readonly error?: never }
        | { readonly result?: never; readonly error: string }
      )
    : never
}[keyof T & string]

/** What `tools` takes beside the tools. */
export interface ToolsOptions<N extends string, V, C extends string> {
  /** The hole the answer is written to once the model calls no more. */
  readonly answer: Hole<N, V>
  /** The name under which the calls are captured; default 'calls'. */
  readonly name?: C
  /**
   * Times the model may call at most, 1 to 1,000; default 8. After so many only an answer is left to it, so that a run
   * always ends with one.
   */
  readonly roundsMax?: number
  /**
   * Calls in one message at most, 1 to 128; these run side by side. Default 1. Where the chat template takes one call a
   * message, it is 1.
   */
  readonly callsMax?: number
  /** Tokens drawn at most for the arguments of one call; default 512. */
  readonly tokensMax?: number
}

const toolsNames = optionNames<ToolsOptions<never, never, never>>('tools()', {
  answer: true,
  name: true,
  roundsMax: true,
  callsMax: true,
  tokensMax: true,
})

/** What every model's syntax can hold. */
const toolName = /^[A-Za-z_][\w-]{0,63}$/

/**
 * The assistant's turn with tools: the model calls one or answers; calls are valid for their tools' schemas, they run,
 * their results are written behind them, and so on until it answers. Stands in a chat prompt behind a user's message.
 * Captures the answer, and under `calls` every call with its arguments and its result or error.
 *
 * Calls are written as the model's own chat template writes them, where it does; else as JSON that a system message
 * tells of (docs/tools.md has the templates). Whether a call comes next is told by the probability of its opening:
 * drawn at the run's temperature, the more probable way at 0. A known value of the answer leaves no room for calls.
 *
 * Throws PromptError OPTION_INVALID, NAME_INVALID, HOLE_NAME_TWICE, UsageError OPTION_UNKNOWN. A run with it rejects
 * with PromptError CHAT_TEMPLATE_MISSING, MESSAGE_NESTED, CapabilityError CHAT_TEMPLATE_UNUSABLE where the template
 * takes neither, NO_LOGPROBS, and FillError as its holes do: their paths are `calls[0].tool` and `calls[0].arguments`.
 *
 * @example
 * ```ts
 * const place = { type: 'object', properties: { city: { enum: ['Rome', 'Oslo'] } }, required: ['city'] } as const
 * const weather = tool(place, ({ city }) => ({ city, degrees: 21 }), { description: 'The weather now' })
 * const answer = gen('answer', { tokensMax: 12 })
 * const agent = prompt`${user`How warm is it in Rome?`}${tools({ weather }, { answer, roundsMax: 2 })}`
 * const { values } = await model.run(agent)
 * console.log(values.answer, values.calls.map(({ tool, result }) => [tool, result?.degrees]))
 * ```
 */
export function tools<
  const T extends Readonly<Record<string, Tool<never, unknown>>>,
  const N extends string,
  V,
  const C extends string = 'calls',
>(
  list: T,
  options: ToolsOptions<N, V, C>,
): Tools<
  { readonly [name in N]: V } & { readonly [name in C]: readonly ToolCallOf<T>[] },
  Nothing,
  { readonly [name in N]?: V }
> {
  requireOptions(options, toolsNames, 'tools()')
  const { answer, name = 'calls', roundsMax = 8, callsMax = 1, tokensMax = tokensMaxDefault } = options
  checkName(name, 'tools()')
  checkTools(list)
  if (!isPart(answer) || answer.kind !== 'hole') {
    throw new PromptError('OPTION_INVALID', `answer of tools() is ${shown(answer)}; it must be a hole.`)
  }
  if ((answer.name as string) === name) {
    throw new PromptError(
      'HOLE_NAME_TWICE',
      `The name ${name} is captured twice: by the answer of tools() and by its calls; give one another name.`,
    )
  }
  checkCount('roundsMax', roundsMax, 1000)
  checkCount('callsMax', callsMax, 128)
  checkCount('tokensMax', tokensMax, 1_000_000)
  const limits = Object.freeze({ rounds: roundsMax, calls: callsMax, tokens: tokensMax })
  return Object.freeze({ kind: 'tools', name, tools: Object.freeze({ ...list }), answer, limits }) as never
}

function checkTools(list: unknown): void {
  if (!isRecord(list) || Object.keys(list).length === 0) {
    throw new PromptError(
      'OPTION_INVALID',
      `tools() got ${isRecord(list) ? 'no tool' : shown(list)}; it takes an object of tools by name, at least one.`,
    )
  }
  for (const [name, one] of Object.entries(list)) {
    if (!toolName.test(name)) {
      throw new PromptError(
        'NAME_INVALID',
        `The name of a tool is ${quoted(name)}; it must be 1 to 64 letters of ASCII, digits, _ or -, and begin with ` +
          'a letter or _.',
      )
    }
    if (isReadable(one) && (one as { kind?: unknown }).kind === 'tool') continue
    throw new PromptError('OPTION_INVALID', `Tool ${name} is ${shown(one)}; make it with tool(schema, run).`)
  }
}

function checkCount(what: string, count: unknown, most: number): void {
  if (Number.isInteger(count) && (count as number) >= 1 && (count as number) <= most) return
  throw new PromptError(
    'OPTION_INVALID',
    `${what} of tools() is ${shown(count)}; it must be a whole number from 1 to ${most}.`,
  )
}
