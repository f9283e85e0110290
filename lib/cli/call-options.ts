// What a command asks of its options. Decides what a number is; which options there are, and that values are there at
// all, was checked when the line was read.
import { assert } from '../base/assert.js'
import { UsageError } from '../base/errors.js'
import type { CallOptions, Command, NumberRange } from './command.js'
import { optionWords } from './option-words.js'

/** Values by name, in the order they came; '' for a flag. */
export type Written = ReadonlyMap<string, readonly string[]>

export function callOptions(written: Written, command: Command | null): CallOptions {
  const names = new Set(command?.options.map((option) => optionWords(option).name))
  const values = (name: string): readonly string[] => {
    assert(names.has(name), `espalier ${command?.name} has the option --${name}`)
    return written.get(name) ?? []
  }
  const numberOf = (name: string, range: NumberRange, is: (value: number) => boolean, what: string) => {
    const text = values(name).at(-1)
    if (text === undefined) return null
    const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
    if (is(value) && value >= range.from && value <= range.until) return value
    throw new UsageError('ARGUMENT_INVALID', `--${name} is ${text}; expected ${what} ${rangeWords(range)}.`)
  }
  return {
    flag: (name) => values(name).length > 0,
    text: (name) => values(name).at(-1) ?? null,
    whole: (name, range) => numberOf(name, range, Number.isSafeInteger, 'a whole number'),
    number: (name, range) => numberOf(name, range, Number.isFinite, 'a number'),
    list: values,
  }
}

function rangeWords({ from, until }: NumberRange): string {
  return until >= Number.MAX_SAFE_INTEGER ? `of ${from} or more` : `from ${from} to ${until}`
}
