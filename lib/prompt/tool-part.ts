// What a tool is as a value: what a model may call, what is called then, and how often. Decides the shapes only.

/** What a tool's function is given beside the arguments. */
export interface ToolContext {
  /** Aborted when the run is. */
  readonly signal: AbortSignal
  /** Values captured before the tools. */
  readonly values: Readonly<Record<string, unknown>>
}

/** What a model may call, and what is called then. */
export interface Tool<A = unknown, R = unknown> {
  readonly kind: 'tool'
  /** What the model is told of it; '' for nothing. */
  readonly description: string
  /** What the arguments are held to, as the caller gave it. */
  readonly parameters: object | string
  /** The same as a JSON Schema, for chat templates. */
  readonly schema: Readonly<Record<string, unknown>>
  // A method by type, so that a tool of some arguments still is one of any.
  run(args: A, context: ToolContext): R | Promise<R>
}

/** How far a turn with tools may go. */
export interface ToolLimits {
  /** Messages with calls. */
  readonly rounds: number
  /** Calls in one of them. */
  readonly calls: number
  /** Tokens of one call's arguments. */
  readonly tokens: number
}
