// What a chat message says beside its text: who says it, and what it has to do with tools. Decides the shapes only; how
// a model's template writes them is not known here.

/** 'tool': the result of a call. 'developer': what some templates tell apart from 'system'. */
export type Role = 'system' | 'user' | 'assistant' | 'tool' | 'developer'

/** A call of a tool in an assistant's message. */
export interface ToolCall {
  readonly id: string
  /** Of the tool. */
  readonly name: string
  /** A JSON value, mostly an object. */
  readonly arguments: unknown
}

/** What a message says beside its text. */
export interface MessageHead {
  readonly role: Role
  /** Of the tool whose result a 'tool' message is. Default: none. */
  readonly name?: string
  /** The call it is the result of. Default: none. */
  readonly toolCallId?: string
  /** Of an assistant's message. Default: none. */
  readonly toolCalls?: readonly ToolCall[]
}
