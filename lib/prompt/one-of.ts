// Prompts of which the model chooses one. Decides which prompts it can tell apart: by the known texts they begin with;
// how it is asked is the walk's business.
import { PromptError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { isRecord, quoted, shown } from '../base/seen.js'
import { checkName } from './name.js'
import type { Nothing, OneOf, Part, Prompt } from './part.js'
import { makePrompt } from './prompt.js'
import { isPrompt } from './shape.js'
import type { Flat, Intersect, PromptInputs, PromptKnown, PromptValues } from './typing.js'

type ChosenValues<N extends string, P> = {
  [K in keyof P]: Flat<{ readonly [name in N]: K } & PromptValues<P[K]>>
}[keyof P]
type ChosenKnown<N extends string, P> = {
  [K in keyof P]: Flat<{ readonly [name in N]?: K } & PromptKnown<P[K]>>
}[keyof P]
type ChosenInputs<P> = keyof P extends never
  ? Nothing
  : Intersect<{ [K in keyof P]: { readonly box: PromptInputs<P[K]> } }[keyof P]>

/**
 * The model goes on with one of the prompts: by writing what it begins with, so each begins with text of its own. The
 * key of the chosen one is the value under `name`, beside the values of that prompt, which it tells apart. A key given
 * as a known value decides. Two prompts may capture the same names, since only one of them is walked.
 *
 * Throws PromptError NAME_INVALID, PROMPT_EXPECTED, OPTION_INVALID, ONE_OF_UNDECIDABLE for prompts nobody can tell
 * apart. A run rejects with ONE_OF_UNDECIDABLE where inputs or what follows turn out to make them so.
 *
 * @example
 * ```ts
 * const reply = oneOf('kind', {
 *   question: prompt`Question about ${gen('topic', { tokensMax: 6 })}`,
 *   order: prompt`Order of ${integer('pieces', { min: 1, max: 99 })} pieces`,
 * })
 * const { values } = await model.run(prompt`Mail: Two lids, please.\n${reply}\n`)
 * console.log(values.kind === 'order' ? values.pieces : values.topic)
 * ```
 */
export function oneOf<const N extends string, const P extends Readonly<Record<string, Prompt>>>(
  name: N,
  prompts: P,
  ...extra: []
): OneOf<ChosenValues<N, P>, ChosenInputs<P>, ChosenKnown<N, P>> {
  refuseOptions('oneOf()', extra)
  checkName(name, 'oneOf()')
  if (!isRecord(prompts) || isPrompt(prompts)) {
    throw new PromptError(
      'OPTION_INVALID',
      `oneOf ${name} got ${shown(prompts)}; it takes an object of prompts by key.`,
    )
  }
  const entries = Object.entries(prompts as Readonly<Record<string, unknown>>)
  if (entries.length === 0)
    throw new PromptError('OPTION_INVALID', `oneOf ${name} got no prompts; it needs at least one.`)
  const made = entries.map(([key, inner]) => {
    if (isPrompt(inner)) return [key, makePrompt(inner.parts, inner.check)] as const
    throw new PromptError(
      'PROMPT_EXPECTED',
      `Prompt ${key} of oneOf ${name} is ${shown(inner)}; it must be a prompt.`,
    )
  })
  requireApart(
    name,
    made.map(([key, inner]) => ({ key, ...beginningOf(inner.parts) })),
  )
  return Object.freeze({ kind: 'one-of', name, prompts: Object.freeze(Object.fromEntries(made)) })
}

/** What a prompt begins with, as far as it is known. */
export interface Beginning {
  readonly key: string
  readonly text: string
  /** 'text': the whole prompt is text. 'given': what a run is given comes next. 'filled': what nobody knows before. */
  readonly until: 'text' | 'given' | 'filled'
}

/** Throws PromptError ONE_OF_UNDECIDABLE where no text that is still to be known can tell two of them apart. */
export function requireApart(name: string, beginnings: readonly Beginning[]): void {
  for (const [index, one] of beginnings.entries()) {
    if (one.text === '' && one.until === 'filled' && beginnings.length > 1) {
      throw undecidable(name, `${one.key} begins with nothing known; put text before it`)
    }
    for (const other of beginnings.slice(index + 1)) {
      const isShort =
        one.text.length < other.text.length || (one.text === other.text && one.until === 'filled')
      const [short, long] = isShort ? [one, other] : [other, one]
      if (!long.text.startsWith(short.text)) continue
      const isSame = short.until === 'text' && long.until === 'text' && short.text === long.text
      if (short.until !== 'filled' && !isSame) continue
      throw undecidable(
        name,
        `${long.key} begins with ${quoted(long.text)} and ${short.key} with ${quoted(short.text)}`,
      )
    }
  }
}

export function undecidable(name: string, why: string): PromptError {
  return new PromptError(
    'ONE_OF_UNDECIDABLE',
    `The model chooses a prompt of oneOf ${name} by writing what it begins with, and ${why}; let no prompt begin ` +
      'with all that another one begins with.',
  )
}

function beginningOf(parts: readonly Part[]): Omit<Beginning, 'key'> {
  let text = ''
  for (const part of parts) {
    if (part.kind === 'text') text += part.text
    else if (part.kind === 'input') return { text, until: 'given' }
    else if (part.kind === 'prompt' || part.kind === 'choose') {
      const inner = beginningOf(part.prompt.parts)
      text += inner.text
      if (inner.until !== 'text') return { text, until: inner.until }
    } else return { text, until: 'filled' }
  }
  return { text, until: 'text' }
}
