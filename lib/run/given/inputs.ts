// The texts of what a run was given for its inputs. Decides what an input takes and what it looks like; a caller's
// function is asked once for each value and place it was written for, before any work.
import { PromptError } from '../../base/errors.js'
import { own } from '../../base/own.js'
import { isThenable, isUnicodeText, shown } from '../../base/seen.js'
import type { Input } from '../../prompt/part.js'
import { isWrittenNumber } from '../../prompt/prompt.js'

/** What a run was given, by name. */
export type Inputs = Readonly<Record<string, unknown>>

const written = new WeakMap<Inputs, Map<Input, string>>()

/** Throws PromptError INPUT_MISSING, INPUT_INVALID, and what the input's `format` throws. */
export function inputText(inputs: Inputs, part: Input): string {
  const texts = written.get(inputs) ?? new Map<Input, string>()
  written.set(inputs, texts)
  let text = texts.get(part)
  if (text === undefined) {
    text = textOf(part, own(inputs, part.name))
    texts.set(part, text)
  }
  return text
}

/** Whether what was given under this name is the text of an input. */
export function isTaken(inputs: Inputs, name: string): boolean {
  return [...(written.get(inputs)?.keys() ?? [])].some((part) => part.name === name)
}

function textOf({ name, format }: Input, value: unknown): string {
  if (value === undefined) throw inputMissing(name)
  if (format === undefined) {
    if (isWrittenNumber(value)) return String(value)
    if (typeof value === 'string' && isUnicodeText(value)) return value
    throw refused(name, value)
  }
  const text: unknown = format(value)
  if (typeof text === 'string' && isUnicodeText(text)) return text
  // What becomes of it concerns nobody.
  if (isThenable(text)) Promise.resolve(text).catch(() => undefined)
  throw new PromptError(
    'INPUT_INVALID',
    `format of the input ${name} returned ${seen(text)}; it must return the text the model is to read, at once.`,
  )
}

export function inputMissing(name: string): PromptError {
  return new PromptError('INPUT_MISSING', `The prompt needs the input ${name}, and the run was not given it.`)
}

function refused(name: string, value: unknown): PromptError {
  const why = `The input ${name} is ${seen(value)}; it must be text or a finite number.`
  const kind = typeof value === 'string' ? 'string' : shown(value).replace(/^an? /, '')
  return new PromptError('INPUT_INVALID', `${why}${hint(kind, name)}`)
}

/** What to write instead. */
function hint(kind: string, name: string): string {
  if (kind === 'string') return ''
  if (kind === 'true' || kind === 'false') return " Write what it means, for example value ? 'yes' : 'no'."
  const asText =
    kind === 'Date' ? 'date.toISOString()' : kind === 'array' ? "list.join(', ')" : 'JSON.stringify(it)'
  return ` Give its text, for example ${asText}, or say it once: input('${name}', { format: (value) => text }).`
}

function seen(value: unknown): string {
  return typeof value === 'string' ? 'text with half a surrogate pair' : shown(value)
}
