// Text nobody vouches for (a model's, a file's) where it stands in a line, or in JSON that a screen may show;
// harmless.ts has it as it stands.
import { commanding } from '../trace/harmless.js'

/** JSON with such characters as escapes: to a parser it stays the same. */
export function escaped(json: string): string {
  return json.replace(commanding, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** In one line, with spaces for such characters. */
export function oneLine(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/\t/g, ' ')
    .replace(commanding, ' ')
    .trim()
}
