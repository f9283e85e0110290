// The tagged template: text and parts become one immutable prompt. Decides what may stand in a template and that no
// name is captured twice; every refusal here is synchronous and happens before any model is needed.
import { PromptError } from '../base/errors.js'
import type {
  Computed,
  InputsOf,
  Interpolation,
  KnownOf,
  Part,
  Prompt,
  PromptCheck,
  ValuesOf,
  ValuesSoFar,
} from './part.js'

/** A template: literal text, inputs, holes, branches, other prompts and functions of the values so far. */
export function prompt<const P extends readonly Interpolation[]>(
  text: TemplateStringsArray,
  ...parts: P
): Prompt<ValuesOf<P>, InputsOf<P>, KnownOf<P>> {
  return makePrompt(templateParts(text, parts))
}

/** A prompt whose captured values are checked together; a rejection fills all of it again. */
export function checked<V, I, K>(
  inner: Prompt<V, I, K>,
  check: (values: V, text: string) => true | string | Promise<true | string>,
  options: { readonly retries?: number } = {},
): Prompt<V, I, K> {
  if (!isPrompt(inner))
    throw new PromptError('PROMPT_EXPECTED', `checked() got ${typeof inner} instead of a prompt.`)
  if (typeof check !== 'function') {
    throw new PromptError(
      'OPTION_INVALID',
      `The check of a prompt is ${typeof check}; it must be a function.`,
    )
  }
  const { retries = 2 } = options
  if (!Number.isInteger(retries) || retries < 0) {
    throw new PromptError(
      'OPTION_INVALID',
      `retries of a prompt is ${String(retries)}; it must be 0 or more.`,
    )
  }
  return makePrompt([{ kind: 'prompt', prompt: inner }], { check, retries })
}

export function isPrompt(value: unknown): value is Prompt {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'prompt'
}

/** Parts of a template literal in order, empty texts left out. */
export function templateParts(text: TemplateStringsArray, parts: readonly unknown[]): Part[] {
  if (!Array.isArray(text) || !('raw' in text)) {
    throw new PromptError(
      'TEMPLATE_EXPECTED',
      'prompt is a template tag: write prompt`text`, not prompt(text).',
    )
  }
  const list: Part[] = []
  for (const [index, literal] of text.entries()) {
    if (literal === undefined) {
      throw new PromptError('ESCAPE_INVALID', `The template has an invalid escape: ${text.raw[index]}.`)
    }
    pushText(list, literal)
    if (index < parts.length) pushPart(list, parts[index], index)
  }
  return list
}

/** Freezes the parts into a prompt; throws PromptError HOLE_NAME_TWICE or NAME_TWICE. */
export function makePrompt<V, I, K>(
  parts: readonly Part[],
  check: PromptCheck | null = null,
): Prompt<V, I, K> {
  checkNames(parts)
  return Object.freeze({ kind: 'prompt', parts: Object.freeze([...parts]), check })
}

function pushText(list: Part[], text: string): void {
  if (text === '') return
  const last = list.at(-1)
  if (last?.kind === 'text') list[list.length - 1] = { kind: 'text', text: last.text + text }
  else list.push({ kind: 'text', text })
}

const kinds = new Set(['input', 'hole', 'message', 'branches', 'each', 'repeat', 'choose', 'prompt'])

function pushPart(list: Part[], part: unknown, index: number): void {
  const kind = typeof part === 'object' && part !== null ? (part as { kind?: unknown }).kind : undefined
  if (typeof part === 'string') pushText(list, part)
  else if (typeof part === 'number' && Number.isFinite(part)) pushText(list, String(part))
  else if (typeof part === 'function') list.push(computed(part as (values: ValuesSoFar) => Interpolation))
  else if (isPrompt(part) && part.check === null) for (const inner of part.parts) pushInner(list, inner)
  else if (isPrompt(part)) list.push({ kind: 'prompt', prompt: part })
  else if (typeof kind === 'string' && kinds.has(kind)) list.push(part as Part)
  else throw partInvalid(part, index)
}

function partInvalid(part: unknown, index: number): PromptError {
  const seen = part === null ? 'null' : typeof part === 'number' ? String(part) : typeof part
  return new PromptError(
    'PART_INVALID',
    `Part ${index + 1} of the template is ${seen}; it must be text, a finite number, an input, a hole, a prompt, ` +
      'branches or a function.',
  )
}

function pushInner(list: Part[], part: Part): void {
  if (part.kind === 'text') pushText(list, part.text)
  else list.push(part)
}

function computed(make: (values: ValuesSoFar) => Interpolation): Computed {
  return Object.freeze({
    kind: 'computed',
    make(values: ValuesSoFar): Prompt {
      const list: Part[] = []
      const made: unknown = make(values)
      if (typeof made === 'object' && made !== null && 'then' in made) {
        throw new PromptError(
          'PART_INVALID',
          'A function in a template returned a promise; it must return a part at once.',
        )
      }
      pushPart(list, made, 0)
      return makePrompt(list)
    },
  })
}

/** Every name a list of parts captures or needs, nested prompts and messages included, branches not entered. */
function checkNames(parts: readonly Part[]): void {
  const captured = new Set<string>()
  const inputs = new Set<string>()
  const capture = (name: string): void => {
    if (captured.has(name)) {
      throw new PromptError(
        'HOLE_NAME_TWICE',
        `The name ${name} is captured twice; every hole needs its own name.`,
      )
    }
    captured.add(name)
  }
  const visit = (part: Part): void => {
    if (part.kind === 'input') inputs.add(part.name)
    else if (part.kind === 'hole' || part.kind === 'each' || part.kind === 'repeat') capture(part.name)
    else if (part.kind === 'branches') for (const name of Object.keys(part.branches)) capture(name)
    else if (part.kind === 'message') part.parts.forEach(visit)
    else if (part.kind === 'prompt' || part.kind === 'choose') part.prompt.parts.forEach(visit)
  }
  parts.forEach(visit)
  for (const name of inputs) {
    if (!captured.has(name)) continue
    throw new PromptError(
      'NAME_TWICE',
      `The name ${name} is both an input and captured; give one of them another name.`,
    )
  }
}
