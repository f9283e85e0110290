// A prompt in a few words, for people: its texts as they stand, and a name in braces for whatever a run puts there.
// Decides what stands for each part; runs no function of the prompt, and takes no longer than the text is long.
import type { Part, Prompt } from './part.js'

/** Prompts made by hand may hold themselves. */
const depthMax = 50

/** At most so many characters, and then `...`. */
export function promptInShort(prompt: Prompt, charactersMax: number): string {
  const written = new Written(charactersMax)
  writeParts(written, prompt.parts, 0)
  return written.text
}

class Written {
  text = ''
  isFull = false
  readonly #charactersMax: number

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax
  }

  add(text: string): void {
    if (this.isFull) return
    const left = this.#charactersMax - this.text.length
    this.isFull = text.length > left
    this.text += this.isFull ? `${text.slice(0, left)}...` : text
  }
}

function writeParts(written: Written, parts: readonly Part[], depth: number): void {
  if (depth > depthMax) written.add('{...}')
  for (const part of depth > depthMax ? [] : parts) {
    if (written.isFull) return
    const inner = innerParts(part)
    if (inner === null) {
      written.add(ownText(part))
      continue
    }
    if (part.kind === 'message') written.add(`[${part.role}: `)
    writeParts(written, inner, depth + 1)
    if (part.kind === 'message') written.add(']')
  }
}

/** Null: its text is its own. */
function innerParts(part: Part): readonly Part[] | null {
  if (part.kind === 'message') return part.parts
  return part.kind === 'choose' || part.kind === 'prompt' ? part.prompt.parts : null
}

function ownText(part: Part): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'input':
    case 'hole':
    case 'ask':
    case 'tools':
      return `{${part.name}}`
    case 'thinking':
      return `{${part.hole.name}}`
    case 'each':
    case 'repeat':
    case 'collect':
      return `{${part.name}[]}`
    case 'branches':
      return `{${Object.keys(part.branches).join(', ')}}`
    case 'one-of':
      return `{${part.name}: ${Object.keys(part.prompts).join(' or ')}}`
    case 'computed':
    case 'message':
    case 'choose':
    case 'prompt':
      return '{...}'
  }
}
