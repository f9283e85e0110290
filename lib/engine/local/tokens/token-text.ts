// One token as text for people. Decides how bytes that are no character by themselves are shown.
import type { Vocabulary } from './vocabulary.js'

const whole = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A special token by its name; what is no whole text byte by byte: `<E2><80>`. */
export function tokenText(vocabulary: Vocabulary, token: number): string {
  const special = vocabulary.specialText(token)
  if (special.length > 0) return decoder.decode(special)
  const bytes = vocabulary.tokenBytes(token)
  try {
    return whole.decode(bytes)
  } catch {
    return Array.from(bytes, (byte) => `<${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('')
  }
}
