// How a chat template takes calls of tools, found out by rendering conversations with stand-ins. Decides whether the
// template's own syntax is used: only where name and arguments stand in it as they are, and results come back; else a
// text of ours is. Never reads a template's source.
import { CapabilityError } from '../../base/errors.js'
import type { Engine } from '../../engine/engine.js'
import type { Tool } from '../../prompt/tool-part.js'
import type { CallForm, RenderChat } from '../state/chat.js'
import { Probe } from './call-probe.js'
import { withCallTexts } from './call-text.js'
import { membersForm } from './member-form.js'
import { membersOf } from './members.js'

const known = new WeakMap<RenderChat, CallForm>()
const knownOurs = new WeakMap<RenderChat, CallForm>()

function callFormOf(render: RenderChat): CallForm {
  const form = known.get(render) ?? ownForm(render) ?? ourForm(render)
  known.set(render, form)
  return form
}

/**
 * For these tools: ours where the template's syntax can't hold their schemas. Throws CapabilityError
 * CHAT_TEMPLATE_UNUSABLE where the template takes neither its own calls nor ours.
 */
export function callFormFor(
  render: RenderChat,
  tools: readonly Tool[],
  { hasSpecial }: Pick<Engine, 'hasSpecial'>,
): CallForm {
  const form = callFormOf(render)
  if (form.parts === 'whole') return form
  // What ends a text has to be drawn, and no special token is.
  const isHeld = !hasSpecial(form.close) && tools.every((tool) => membersOf(tool, form) !== null)
  return isHeld ? form : ourForm(render)
}

/** What renders a conversation whose calls have this form. */
export function renderedAs(render: RenderChat, form: CallForm | null): RenderChat {
  return form === null || form.by === 'template' ? render : withCallTexts(render, form.by)
}

function ownForm(render: RenderChat): CallForm | null {
  for (const given of ['object', 'text'] as const) {
    const probe = new Probe(render, given)
    // As a text only where they are JSON as an object, too: else the model was trained on something else.
    if (given === 'text' && !probe.writesJson()) continue
    const whitespace = probe.whitespace()
    if (whitespace !== null) return formOf('template', given, whitespace, probe.callsOfJson(whitespace))
  }
  return membersForm(render)
}

function ourForm(render: RenderChat): CallForm {
  for (const by of ['system', 'user'] as const) {
    const form = knownOurs.get(render) ?? formOf(by, 'object', 'spaced', 'several')
    if (form.by !== by || new Probe(renderedAs(render, form), 'object').whitespace() === null) continue
    knownOurs.set(render, form)
    return form
  }
  throw new CapabilityError(
    'CHAT_TEMPLATE_UNUSABLE',
    "The model's chat template takes no calls of tools: neither messages with calls and results, nor a user's " +
      'message with what they are; use another model, or give its results as text.',
  )
}

function formOf(
  by: CallForm['by'],
  given: CallForm['arguments'],
  whitespace: CallForm['whitespace'],
  calls: CallForm['calls'],
): CallForm {
  return { by, arguments: given, parts: 'whole', close: '', whitespace, calls }
}
