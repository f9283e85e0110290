// HTML as text: elements whose contents are escaped unless they were made here. Decides what a text of a model, a
// caller or a schema becomes in a page: itself, never markup, and nothing that turns the direction of writing.
import { harmless } from './harmless.js'

/** HTML that was made by `tag`: whatever else is put into an element is escaped. */
export class Markup {
  readonly html: string
  constructor(html: string) {
    this.html = html
  }
}

type Content = Markup | string | number | readonly Content[]
type Attributes = Readonly<Record<string, string>>

export function tag(name: string, attributes: Attributes, ...contents: readonly Content[]): Markup {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`)
  return new Markup(`<${name}${written.join('')}>${contents.map(inner).join('')}</${name}>`)
}

function inner(content: Content): string {
  if (content instanceof Markup) return content.html
  return typeof content === 'object' ? content.map(inner).join('') : escaped(String(content))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return harmless(text).replace(/[&<>"']/g, (character) => entities[character]!)
}
