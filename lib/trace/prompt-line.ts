// A prompt in a line, for lists of runs. Never runs a function of it.
import { promptInShort } from '../prompt/in-short.js'
import { isPrompt } from '../prompt/shape.js'

const lengthMax = 200

/** Texts as they stand, what has a name as `{name}`, everything else as `{...}`; at most 200 characters. */
export function promptLine(prompt: unknown): string {
  if (!isPrompt(prompt)) return ''
  const words = promptInShort(prompt, 2 * lengthMax)
    .replaceAll(/\s+/g, ' ')
    .trim()
  return words.length > lengthMax ? `${words.slice(0, lengthMax - 3)}...` : words
}
