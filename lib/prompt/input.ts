// The builder of inputs: text that every run gives. Decides what one may be called and who writes its text; what a run
// gives is checked when it does.
import { PromptError } from '../base/errors.js'
import { optionNames } from '../base/options.js'
import { shown } from '../base/seen.js'
import { checkName } from './name.js'
import { requireOptions } from './options.js'
import type { Input, InputText } from './part.js'

/** What `input` takes. */
export interface InputOptions<T> {
  /**
   * The text of what a run gives, for the model to read; called once for each run, before any work. Default: a run
   * gives text, or a number, which is written in decimal.
   */
  readonly format?: (value: T) => string
}

const inputNames = optionNames<InputOptions<never>>('input()', { format: true })

/**
 * Text that every run gives under this name: text or a finite number as it stands, anything else where `format` says
 * how it is written. What is given has the type that `format` takes.
 *
 * Throws PromptError NAME_INVALID, OPTION_INVALID, UsageError OPTION_UNKNOWN. A run rejects with PromptError
 * INPUT_MISSING, INPUT_INVALID for what is no such value or where `format` returns no text, and what `format` throws.
 *
 * @example
 * ```ts
 * const day = input('day', { format: (day: Date) => day.toISOString().slice(0, 10) })
 * const letter = prompt`${day}: Dear ${input('name')}, you are ${input('age')} now.`
 * const { text } = await model.run(letter, { day: new Date(0), name: 'Anna', age: 30 })
 * console.log(text)
 * ```
 */
export function input<const N extends string, T = InputText>(
  name: N,
  options: InputOptions<T> = {},
): Input<N, T> {
  checkName(name, 'an input')
  requireOptions(options, inputNames, `input ${name}`)
  const { format } = options
  if (format === undefined) return Object.freeze({ kind: 'input', name })
  if (typeof format === 'function') return Object.freeze({ kind: 'input', name, format })
  throw new PromptError(
    'OPTION_INVALID',
    `format of input ${name} is ${shown(format)}; it must be a function that returns text.`,
  )
}
