// A prompt in a line, for lists of runs. Never runs a function of it.
import { isReadable } from '../base/seen.js'
import { isPrompt } from '../prompt/shape.js'

const lengthMax = 200
/** What is deeper is not looked at. */
const depthMax = 20

/** Texts as they stand, what has a name as `{name}`, everything else as `{...}`; at most 200 characters. */
export function promptLine(prompt: unknown): string {
  if (!isPrompt(prompt)) return ''
  const words = written(prompt, 0).replaceAll(/\s+/g, ' ').trim()
  return words.length > lengthMax ? `${words.slice(0, lengthMax - 3)}...` : words
}

function written(part: unknown, depth: number): string {
  if (!isReadable(part) || depth === depthMax) return '{...}'
  const { kind, text, name, role, parts, prompt } = part as Readonly<Record<string, unknown>>
  if (kind === 'text') return String(text).slice(0, lengthMax + 1)
  if (kind !== 'prompt' && kind !== 'message' && typeof name === 'string') return `{${name}}`
  const own = Array.isArray(parts) ? parts : isReadable(prompt) ? [prompt] : null
  if (own === null) return '{...}'
  let line = kind === 'message' ? ` ${String(role)}: ` : ''
  for (const one of own) {
    if (line.length > lengthMax) break
    line += written(one, depth + 1)
  }
  return line
}
