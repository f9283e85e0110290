// How a chat template is told what a model thought: as a member of the message, as a part of its content, or between
// tags in the content itself, which many templates look for and cut out. Decides by what the template shows of a
// message made for that; never by the name of a model.
import type { ChatMessage, TemplateVariables } from '../run/state/chat.js'

/** `open` and `close` stand around it in the content. */
export type ThoughtForm = 'member' | 'part' | { readonly open: string; readonly close: string }

const thought = '\uFDD2thought\uFDD2'
const content = '\uFDD2content\uFDD2'
const probe: readonly ChatMessage[] = [
  { role: 'user', content: 'x' },
  { role: 'assistant', thinking: thought, content },
]
/** With these on, templates that think on demand do. */
const demands: readonly TemplateVariables[] = [{}, { enable_thinking: true, thinking: true }]
/** A part of a content, in the source of a template that knows such parts. */
const thinkingPart = /(['"])thinking\1/

/**
 * The first form in which the template shows a thought before the content, once; a member where it never does.
 * `attempt`: what it makes of messages, or null where it refuses them.
 */
export function thoughtFormFor(
  source: string,
  attempt: (list: readonly ChatMessage[], form: ThoughtForm, variables: TemplateVariables) => string | null,
): ThoughtForm {
  const found = formsFor(source).find((form) =>
    demands.some((variables) => isShown(attempt(probe, form, variables), form)),
  )
  return found ?? 'member'
}

function formsFor(source: string): ThoughtForm[] {
  const forms: ThoughtForm[] = ['member']
  if (thinkingPart.test(source)) forms.push('part')
  const [, name] = /<\/((?:\w+:)?think)>/.exec(source) ?? []
  if (name !== undefined) {
    const close = `\n</${name}>\n\n`
    // Some write what opens a thought themselves.
    forms.push({ open: `<${name}>\n`, close }, { open: '', close })
  }
  return forms
}

function isShown(text: string | null, form: ThoughtForm): boolean {
  const [before = '', behind, ...others] = text?.split(thought) ?? []
  if (behind === undefined || others.length > 0) return false
  const [between, after, ...more] = behind.split(content)
  if (after === undefined || more.length > 0 || between!.includes('"type"')) return false
  if (typeof form === 'string') return true
  // A thought that the template has put there already, and this one behind it.
  const tag = form.close.trim()
  const open = tag.replace('/', '')
  const lead = before.slice(before.lastIndexOf('x'))
  return !lead.includes(tag) && lead.split(open).length === 2
}
