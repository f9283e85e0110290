// Chat templates that write each argument of a call between marks of its own, such as <parameter=city>. Decides whether
// a template is one: texts and numbers stand there as they are, one behind the other, and something ends each.
import type { CallForm, RenderChat } from '../state/chat.js'
import { commonStart, standIn, valuePlace } from './call-places.js'
import { callJson, Probe, probeNames } from './call-probe.js'

/** What a template might change. */
const raw = `${standIn.value}"'\\ \n<b>&\u00e9{}${standIn.value}`
const [area, list] = [standIn.content, [1, '\u00e9']]

/** null: the template is none of these. */
export function membersForm(render: RenderChat): CallForm | null {
  const probe = new Probe(render, 'object')
  const called = (value: object): string => probe.called(probeNames[0], value) ?? ''
  const before = probe.before({ place: raw })
  const one = called({ place: raw })
  const at = before === null ? -1 : one.indexOf(raw, before.length)
  if (before === null || at < 0 || !one.startsWith(before + probeNames[0])) return null
  const end = at + raw.length
  const both = called({ place: raw, area })
  const close = commonStart(one.slice(end), both.slice(end))
  const isInOrder = both.startsWith(one.slice(0, end)) && both.indexOf(area, end) > 0
  // A quote alone may stand in any text.
  if (close.trim().length < 3 || !isInOrder || !one.includes(standIn.result, end)) return null
  // Around another text stands the same.
  if (called({ place: area }) !== one.slice(0, at) + area + one.slice(end)) return null
  const number = valuePlace(called({ count: 7 }), called({ count: 8 }), '')
  const isPlain = number !== null && called({ count: 0.5 }).startsWith('0.5', number)
  if (!isPlain) return null
  const nested = (['spaced', 'compact'] as const).find((whitespace) =>
    called({ list }).includes(callJson[whitespace].format(list), before.length),
  )
  const calls = probe.calls([{ place: raw }, { place: area }], [raw, area])
  const parts = nested === undefined ? 'flat members' : 'members'
  return { by: 'template', arguments: 'object', parts, close, whitespace: nested ?? 'spaced', calls }
}
