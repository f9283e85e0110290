// The parts that run prompts several times from one point: branches, each, repeat. Decides what they hold and how
// their values are typed; how they run is the walk's business.
import { PromptError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { isArray, isRecord, shown } from '../base/seen.js'
import { noteItems } from './depth.js'
import { checkName } from './name.js'
import { requireOptions } from './options.js'
import type { Branches, Each, Join, Prompt, Repeat, ValuesSoFar } from './part.js'
import { makePrompt } from './prompt.js'
import { isPrompt } from './shape.js'
import type { Intersect, PromptInputs, PromptKnown, PromptValues } from './typing.js'

/** How branches go on in the transcript. */
export interface JoinOptions {
  /**
   * How the texts of the branches go on in the transcript: a separator between them (default ''), a function of
   * them, or null for nothing.
   */
  readonly join?: Join
}

const branchesNames = optionNames<JoinOptions>('branches()', { join: true })
const eachNames = optionNames<JoinOptions>('each()', { join: true })

type BranchValues<B> = { readonly [N in keyof B]: PromptValues<B[N]> }
type BranchKnown<B> = { readonly [N in keyof B]?: PromptKnown<B[N]> }
type BranchInputs<B> = Intersect<{ [N in keyof B]: { readonly box: PromptInputs<B[N]> } }[keyof B]>

/**
 * Prompts that run side by side from here; the values are nested under their names.
 *
 * Throws PromptError BRANCHES_EMPTY, PROMPT_EXPECTED, NAME_INVALID, OPTION_INVALID, UsageError OPTION_UNKNOWN.
 *
 * @example
 * ```ts
 * const views = prompt`Review: The room was lovely.
 * ${branches({
 *   mood: prompt`Sentiment: ${select('label', ['positive', 'negative'])}\n`,
 *   topic: prompt`Topic: ${gen('word', { tokensMax: 6 })}\n`,
 * })}`
 * const { values } = await model.run(views)
 * console.log(values.mood.label, values.topic.word)
 * ```
 */
export function branches<const B extends Readonly<Record<string, Prompt>>>(
  prompts: B,
  options: JoinOptions = {},
): Branches<BranchValues<B>, BranchInputs<B>, BranchKnown<B>> {
  requirePrompts(prompts)
  requireOptions(options, branchesNames, 'branches()')
  const entries = Object.entries(prompts)
  if (entries.length === 0)
    throw new PromptError('BRANCHES_EMPTY', 'branches() got no prompts; it needs at least one.')
  for (const [name, inner] of entries) {
    checkName(name, 'a branch')
    if (isPrompt(inner)) continue
    throw new PromptError('PROMPT_EXPECTED', `Branch ${name} is ${shown(inner)}; it must be a prompt.`)
  }
  return Object.freeze({
    kind: 'branches',
    branches: Object.freeze({ ...prompts }),
    join: checkJoin(options),
  })
}

/** A hundred thousand items of one token each are more than any context holds. */
const itemsMax = 100_000

/** Throws PromptError OPTION_INVALID for items that are no array, or too many; `path` names the each(). */
export function checkItems(path: string, items: unknown): asserts items is readonly unknown[] {
  if (!isArray(items)) {
    throw new PromptError(
      'OPTION_INVALID',
      `The items of each ${path} are ${shown(items)}; they must be an array.`,
    )
  }
  if (items.length <= itemsMax) return
  throw new PromptError(
    'OPTION_INVALID',
    `The items of each ${path} are ${items.length}; at most ${itemsMax} are taken, so run them in parts.`,
  )
}

/**
 * One prompt for each item, side by side from here; the values are an array under the name. The items may be a
 * function of the values so far; at most 100,000 of them.
 *
 * Throws PromptError PROMPT_EXPECTED, NAME_INVALID, OPTION_INVALID, UsageError OPTION_UNKNOWN, and what `make` throws.
 *
 * @example
 * ```ts
 * const reviews = ['The beds were wonderful.', 'I hated the food.']
 * const rated = prompt`Rate the reviews.
 * ${each('moods', reviews, (review) => prompt`Review: ${review}\nMood: ${select('label', ['good', 'bad'])}\n`)}`
 * const { values } = await model.run(rated)
 * console.log(values.moods.map(({ label }) => label))
 * ```
 */
export function each<const N extends string, T, P extends Prompt>(
  name: N,
  items: readonly T[] | { items(values: ValuesSoFar): readonly T[] }['items'],
  make: (item: T, index: number) => P,
  options: JoinOptions = {},
): Each<
  { readonly [name in N]: readonly PromptValues<P>[] },
  PromptInputs<P>,
  { readonly [name in N]?: readonly PromptKnown<P>[] }
> {
  checkName(name, 'each()')
  requireOptions(options, eachNames, `each ${name}`)
  if (typeof make !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `each ${name} got ${shown(make)}; it needs a function that makes a prompt.`,
    )
  }
  const prompts = (item: unknown, index: number): Prompt => {
    const made: unknown = make(item as T, index)
    if (isPrompt(made)) return made
    throw new PromptError(
      'PROMPT_EXPECTED',
      `each ${name} made ${shown(made)} for item ${index}; it must make a prompt.`,
    )
  }
  if (typeof items === 'function')
    return Object.freeze({ kind: 'each', name, items, prompts, join: checkJoin(options) })
  checkItems(name, items)
  // Made now, so that a mistake in one of them shows before any work; items a sparse array lacks are undefined.
  const made = Array.from(items, (item, index) => prompts(item, index))
  const part = Object.freeze({
    kind: 'each' as const,
    name,
    items: Object.freeze([...items]),
    prompts: (_item: unknown, index: number) => made[index]!,
    join: checkJoin(options),
  })
  noteItems(part, made)
  return part
}

/** How often a part is repeated. */
export interface RepeatOptions {
  /** Times at least, 0 to 100,000; default 0. */
  readonly min?: number
  /** Times at most, 1 or more. */
  readonly max: number
  /** Text between two of them; default ''. */
  readonly separator?: string
}

const repeatNames = optionNames<RepeatOptions>('repeat()', { min: true, max: true, separator: true })

/**
 * The prompt again and again; from `min` on the model decides before each one whether to go on. The values are an array
 * under the name.
 *
 * Throws PromptError REPEAT_UNDECIDABLE, PROMPT_EXPECTED, NAME_INVALID, OPTION_INVALID, UsageError OPTION_UNKNOWN.
 *
 * @example
 * ```ts
 * const list = prompt`Things to take to the sea:
 * ${repeat('things', prompt`- ${gen('thing', { tokensMax: 6 })}\n`, { min: 2, max: 4 })}`
 * const { values } = await model.run(list)
 * console.log(values.things.length)
 * ```
 */
export function repeat<const N extends string, V, I, K>(
  name: N,
  inner: Prompt<V, I, K>,
  options: RepeatOptions,
): Repeat<{ readonly [name in N]: readonly V[] }, I, { readonly [name in N]?: readonly K[] }> {
  checkName(name, 'repeat()')
  if (!isPrompt(inner))
    throw new PromptError('PROMPT_EXPECTED', `repeat ${name} got ${shown(inner)} instead of a prompt.`)
  requireOptions(options, repeatNames, `repeat ${name}`)
  const { min = 0, max, separator = '' } = options
  if (typeof min === 'number' && min > itemsMax) {
    throw new PromptError(
      'OPTION_INVALID',
      `repeat ${name} runs ${min} times at least; at most ${itemsMax} can be asked for.`,
    )
  }
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max < 1 || min > max) {
    throw new PromptError(
      'OPTION_INVALID',
      `repeat ${name} runs from ${shown(min)} to ${shown(max)} times; ` +
        'these must be whole numbers, 0 <= min <= max and 1 <= max.',
    )
  }
  if (typeof separator !== 'string') {
    throw new PromptError(
      'OPTION_INVALID',
      `The separator of repeat ${name} is ${shown(separator)}; it must be text.`,
    )
  }
  const [first] = inner.parts
  const begins =
    first !== undefined && ['text', 'input', 'prompt', 'choose', 'computed', 'message'].includes(first.kind)
  if (!begins && ((min === 0 && max > 0) || (separator === '' && Math.max(min, 1) < max))) {
    throw new PromptError(
      'REPEAT_UNDECIDABLE',
      `The model decides whether repeat ${name} goes on by writing what the next turn begins with, and that is ` +
        `${first === undefined ? 'nothing' : `a ${first.kind}`}; put text before it` +
        `${separator === '' ? ' or give a separator' : ', or let min be at least 1'}.`,
    )
  }
  return Object.freeze({
    kind: 'repeat',
    name,
    prompt: makePrompt(inner.parts, inner.check),
    min,
    max,
    separator,
  })
}

function requirePrompts(prompts: unknown): void {
  if (isRecord(prompts) && !isPrompt(prompts)) return
  throw new PromptError(
    'OPTION_INVALID',
    `branches() got ${shown(prompts)}; it takes an object of prompts by name.`,
  )
}

/** Throws PromptError OPTION_INVALID. */
export function checkJoin({ join = '' }: JoinOptions): Join {
  if (join === null || typeof join === 'string' || typeof join === 'function') return join
  throw new PromptError(
    'OPTION_INVALID',
    `join is ${shown(join)}; it must be text, a function of the texts, or null.`,
  )
}
