// The tagged template: text and parts become one immutable prompt. Decides what may stand in a template and that no
// name is captured twice; every refusal here is synchronous and happens before any model is needed.
import { PromptError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { inspected, isArray, isReadable, isThenable, shown } from '../base/seen.js'
import { isConstraint } from '../constraint/constraint-type.js'
import { depthMax, noteDepth, tooDeep } from './depth.js'
import { promptInShort } from './in-short.js'
import { noteNames } from './names.js'
import { requireOptions } from './options.js'
import type { Computed, Interpolation, Part, Prompt, PromptCheck, ValuesSoFar } from './part.js'
import { isPart, isPrompt, noteSound } from './shape.js'
import type { InputsOf, KnownOf, StopsOf, ValuesOf } from './typing.js'

/**
 * A template: literal text, inputs, holes, branches, other prompts, and functions of the values so far, which may be
 * async. A promise is waited for when the run comes to it. An array stands for its parts, one after the other (100,000
 * at most); false, null and undefined for nothing.
 *
 * Throws PromptError HOLE_NAME_TWICE, NAME_TWICE, PART_INVALID, NESTING_TOO_DEEP, ESCAPE_INVALID, TEMPLATE_EXPECTED.
 *
 * @example
 * ```ts
 * const greeting = prompt`A greeting for ${input('name')}: ${gen('text', { tokensMax: 12 })}\n`
 * const { values } = await model.run(greeting, { name: 'Maria' })
 * console.log(values.text)
 * const lookUp = async ({ text }: { text: string }) => `It has ${text.length} characters.`
 * const rules = ['Be brief.\n', 'Be kind.\n']
 * console.log((await model.run(prompt`${rules}${greeting}${lookUp}`, { name: 'Maria' })).text)
 * ```
 */
export function prompt<const P extends readonly Interpolation[]>(
  text: TemplateStringsArray,
  ...parts: P
): Prompt<ValuesOf<P>, InputsOf<P>, KnownOf<P>, StopsOf<P>> {
  return assemble(templateParts(text, parts), null)
}

/** What `checked` takes. */
export interface CheckedOptions {
  /** Times all of it is filled again after the first one that was rejected; default 2. */
  readonly retries?: number
}

const checkedNames = optionNames<CheckedOptions>('checked()', { retries: true })

/**
 * A prompt whose captured values are checked together; a rejection fills all of it again. A run with it rejects with
 * FillError ATTEMPTS_SPENT where the last fill was rejected, too.
 *
 * Throws PromptError PROMPT_EXPECTED, OPTION_INVALID, NESTING_TOO_DEEP, UsageError OPTION_UNKNOWN.
 *
 * @example
 * ```ts
 * const span = prompt`Between ${integer('low', { min: 1, max: 9 })} and ${integer('high', { min: 1, max: 9 })}.`
 * const rising = checked(span, ({ low, high }) => low < high || `${low} is not less than ${high}`, { retries: 20 })
 * const { values } = await model.run(rising, {}, { temperature: 1 })
 * console.log(values.low < values.high)
 * ```
 */
export function checked<V, I, K>(
  inner: Prompt<V, I, K>,
  check: (values: V, text: string) => true | string | Promise<true | string>,
  options: CheckedOptions = {},
): Prompt<V, I, K> {
  if (!isPrompt(inner))
    throw new PromptError('PROMPT_EXPECTED', `checked() got ${shown(inner)} instead of a prompt.`)
  if (typeof check !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `The check of a prompt is ${shown(check)}; it must be a function.`,
    )
  }
  requireOptions(options, checkedNames, 'a checked prompt')
  const { retries = 2 } = options
  if (!Number.isInteger(retries) || retries < 0) {
    throw new PromptError('OPTION_INVALID', `retries of a prompt is ${shown(retries)}; it must be 0 or more.`)
  }
  return makePrompt([{ kind: 'prompt', prompt: inner }], { check, retries })
}

/** What a template literal holds. */
export interface Written {
  /** In order, empty texts left out; those of prompts that were put in are among them. */
  readonly parts: Part[]
  /** Of the parts, those that came from no prompt. */
  readonly own: Part[]
  /** Prompts that were put in. */
  readonly inners: Prompt[]
}

export function templateParts(text: TemplateStringsArray, parts: readonly unknown[]): Written {
  if (!isArray(text) || !('raw' in text)) {
    throw new PromptError(
      'TEMPLATE_EXPECTED',
      'prompt is a template tag: write prompt`text`, not prompt(text).',
    )
  }
  const written: Written = { parts: [], own: [], inners: [] }
  for (const [index, literal] of text.entries()) {
    if (literal === undefined) {
      throw new PromptError('ESCAPE_INVALID', `The template has an invalid escape: ${text.raw[index]}.`)
    }
    pushText(written.parts, literal)
    if (index < parts.length) pushPart(written, parts[index], index)
  }
  return written
}

/** Freezes the parts into a prompt; throws PromptError HOLE_NAME_TWICE or NAME_TWICE. */
export function makePrompt<V, I, K>(
  parts: readonly Part[],
  check: PromptCheck | null = null,
): Prompt<V, I, K> {
  return assemble({ parts: [...parts], own: parts, inners: [] }, check)
}

/** As `makePrompt`, but the parts become the prompt's; prompts that were put in are not looked through again. */
export function assemble<V, I, K, S = unknown>(
  { parts, own, inners }: { readonly [K in keyof Written]: Readonly<Written[K]> },
  check: PromptCheck | null,
): Prompt<V, I, K, S> {
  const made: Prompt = Object.freeze({
    kind: 'prompt',
    parts: Object.freeze(parts),
    check,
    [inspected]: promptShown,
  })
  noteDepth(made, own, inners)
  noteNames(made, own, inners)
  noteSound(made)
  return made as Prompt<V, I, K, S>
}

const shownMax = 600

/** A prompt as a console prints it: as it was written, with names in braces for what a run puts there. */
function promptShown(this: Prompt, depth: number | null): string {
  try {
    return depth !== null && depth < 0 ? '[Prompt]' : `Prompt \`${promptInShort(this, shownMax)}\``
  } catch {
    // Parts made by hand may have getters.
    return '[Prompt]'
  }
}

function pushText(list: Part[], text: string): void {
  if (text === '') return
  const last = list.at(-1)
  if (last?.kind === 'text') list[list.length - 1] = { kind: 'text', text: last.text + text }
  else list.push({ kind: 'text', text })
}

function pushPart(written: Written, part: unknown, index: number): void {
  const { parts: list, own, inners } = written
  const add = (added: Part): void => {
    list.push(added)
    own.push(added)
  }
  if (part === false || part === null || part === undefined) return
  if (typeof part === 'string') pushText(list, part)
  else if (isWrittenNumber(part)) pushText(list, String(part))
  else if (typeof part === 'function') add(computed(part as (values: ValuesSoFar) => unknown))
  else if (isPrompt(part) && part.check === null) {
    inners.push(part)
    const [first] = part.parts
    if (first !== undefined) pushInner(list, first)
    for (let next = 1; next < part.parts.length; next += 1) list.push(part.parts[next]!)
  } else if (isPrompt(part)) add({ kind: 'prompt', prompt: part })
  else if (isPart(part) && part.kind !== 'text' && part.kind !== 'computed') add(part)
  else if (isArray(part)) for (const one of partsIn(part)) pushPart(written, one, index)
  else if (isThenable(part)) add(promised(part))
  else throw partInvalid(part, index)
}

/** Numbers that have a text everybody expects. */
export function isWrittenNumber(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))
}

/** Parts in all lists of one place in a template: more than any context holds. */
const listedMax = 100_000

/** The parts in a list and in lists within it, in order; none of them is a list. */
function* partsIn(list: readonly unknown[]): Generator<unknown, void> {
  const open = [list.values()]
  let seen = 0
  for (let inner = open.at(-1); inner !== undefined; inner = open.at(-1)) {
    const { done, value } = inner.next()
    seen += 1
    if (seen > listedMax) throw tooMany()
    if (done === true) open.pop()
    else if (!isArray(value)) yield value
    else if (open.length >= depthMax)
      throw tooDeep('Arrays in a template are nested', open.length + 1, depthMax)
    else open.push(value.values())
  }
}

function tooMany(): PromptError {
  return new PromptError(
    'PART_INVALID',
    `An array in a template holds more than ${listedMax} parts, those in arrays within it included; ` +
      'make several prompts of it.',
  )
}

const hints: Readonly<Record<string, string>> = {
  constraint: " As a hole it has a name: hole('name', constraint).",
  RegExp: " As a hole it has a name: regex('name', pattern).",
  true: ' A condition writes nothing where it is false: write `condition && part`.',
  Date: ' Write the text of it that the model is to read, for example date.toISOString().',
}

function partInvalid(part: unknown, index: number): PromptError {
  const seen = isConstraint(part) ? 'a constraint' : shownPart(part)
  const hint = hints[seen.replace(/^an? /, '')] ?? ''
  return new PromptError(
    'PART_INVALID',
    `Part ${index + 1} of the template is ${seen}; it must be text, a finite number, an input, a hole, ` +
      'a prompt, branches, an array of these, a function, a promise, or false, null or undefined for nothing.' +
      hint,
  )
}

/** A part written by hand that lacks something is told by its kind. */
function shownPart(part: unknown): string {
  const kind = isReadable(part) ? (part as { kind?: unknown }).kind : undefined
  return typeof kind === 'string' ? `an object of kind ${kind} without all that belongs to it` : shown(part)
}

function pushInner(list: Part[], part: Part): void {
  if (part.kind === 'text') pushText(list, part.text)
  else list.push(part)
}

function computed(make: (values: ValuesSoFar) => unknown): Computed {
  return Object.freeze({
    kind: 'computed',
    make(values: ValuesSoFar): Prompt | Promise<Prompt> {
      const made = make(values)
      return isThenable(made) ? Promise.resolve(made).then(promptOf) : promptOf(made)
    },
  })
}

/** A part that is there later. It may be rejected before a walk comes to it, or where none ever does. */
function promised(part: PromiseLike<unknown>): Computed {
  const made = Promise.resolve(part).then(promptOf)
  made.catch(() => undefined)
  return Object.freeze({ kind: 'computed', make: () => made })
}

/** One part as a prompt. */
function promptOf(part: unknown): Prompt {
  const written: Written = { parts: [], own: [], inners: [] }
  pushPart(written, part, 0)
  return assemble(written, null)
}
