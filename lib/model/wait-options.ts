// What methods take that only wait: a signal that ends it.
import { isSignal } from '../async/signal.js'
import { UsageError } from '../base/errors.js'
import { type OptionNames, optionNames } from '../base/options.js'
import { shown } from '../base/seen.js'
import { checkOptions } from './load-options.js'

export interface WaitOptions {
  /** Gives up waiting, with AbortError. Default: none. */
  readonly signal?: AbortSignal
}

/** `taker`: whose they are, for messages. */
export function waitNames(taker: string): OptionNames {
  return optionNames<WaitOptions>(taker, { signal: true })
}

/** The signal; null: none. Throws UsageError ARGUMENT_INVALID, OPTION_UNKNOWN. */
export function waitSignal(options: WaitOptions, names: OptionNames): AbortSignal | null {
  checkOptions(options, names)
  const { signal = null } = options
  if (signal === null || isSignal(signal)) return signal
  throw new UsageError('ARGUMENT_INVALID', `signal is ${shown(signal)}; expected an AbortSignal.`)
}
