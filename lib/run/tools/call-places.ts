// Where a chat template writes the parts of a call: what stands before the name, between name and arguments, and where
// the model decides between a call and an answer. Found in what the template renders with stand-ins, never guessed from
// its source. Pure over texts.

/** Noncharacters, which no text has, around a word. */
export const standIn = {
  content: '\uFDD2content\uFDD2',
  name: '\uFDD2name\uFDD2',
  key: '\uFDD2key\uFDD2',
  value: '\uFDD2value\uFDD2',
  result: '\uFDD2result\uFDD2',
} as const

/** What a template writes at the beginning of an assistant's message, all from the conversation's start on. */
export interface Openings {
  /** Up to the name of the first call. */
  readonly call: string
  /** Up to the content of an answer. */
  readonly answer: string
  /** Where it lets the model begin; null: it has no such place. */
  readonly prompt: string | null
}

/** Where the model decides, and between what. */
export interface Decision {
  /** Text up to there. */
  readonly before: string
  /** What a call goes on with; '': its name. */
  readonly mark: string
  /** What an answer goes on with; '': its content. */
  readonly otherwise: string
}

/**
 * Behind the opening of an answer, where a call goes on from there or begins the same but for an empty thought; where
 * the template lets the model begin, if only calls go on from there; else where the two part. null: there is no place.
 */
export function decisionIn({ call, answer, prompt }: Openings): Decision | null {
  const common = commonStart(call, answer)
  const [mark, otherwise] = [call.slice(common.length), answer.slice(common.length)]
  // Where a call begins with its name, it is what goes on in no way of an answer's.
  if (mark.trim() === '' && (mark !== '' || otherwise === '')) return null
  if (mark === '') return { before: common, mark, otherwise }
  if (otherwise === '' || emptyThought.test(otherwise)) return { before: answer, mark, otherwise: '' }
  const thought = prompt?.startsWith(common) ? prompt.slice(common.length) : ''
  if (prompt !== null && emptyThought.test(thought) && mark.startsWith(thought)) {
    return { before: prompt, mark: mark.slice(thought.length), otherwise }
  }
  return { before: common, mark, otherwise }
}

/** Nothing between two tags, such as <think>\n\n</think>. */
const emptyThought = /^\s*(<[^<>]*>|\[\w+\])\s*(<[^<>]*>|\[\/\w+\])\s*$/

/** What both begin with, without a tag that has not ended. */
export function commonStart(left: string, right: string): string {
  let length = 0
  while (length < left.length && left[length] === right[length]) length += 1
  if (length === left.length || length === right.length) return left.slice(0, length)
  return left.slice(0, length).replace(/<[^<>\s]*$|\[[^[\]\s]*$/, '')
}

/** Text up to what is looked for, from a place on; null: it is not there. */
export function upTo(text: string, found: string, from: number): string | null {
  const at = text.indexOf(found, from)
  return at < 0 ? null : text.slice(0, at)
}

/**
 * Where a value stands that is the one in one text and another in the other, `lead` being what both values begin with;
 * null: the texts do not tell.
 */
export function valuePlace(one: string, other: string, lead: string): number | null {
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  return at < one.length && one.slice(0, at).endsWith(lead) ? at - lead.length : null
}
