// The text of a conversation, with who wrote which stretch of it. Decides what of a rendered template is a message's
// content, wherever the template puts it and whatever it cuts off: the rest are marks, in which special tokens are
// read. The template is rendered twice: as it is, and with every stretch of content between two noncharacters.
//
//   <|im_start|>user\n Hi <|im_end|>        what counts
//   <|im_start|>user\n [Hi] <|im_end|>      the same without the brackets, or else it is not believed
import { CapabilityError } from '../../base/errors.js'
import type { Engine } from '../../engine/engine.js'
import { ownText, type Piece } from '../state/pieces.js'
import type { Field } from './chat-fields.js'

/** Renders a list of messages, or one that differs from it in the texts of its fields only. */
export type RenderFields = (texts?: readonly string[]) => Promise<string>

// Noncharacters, which no text has: a bracket and the number of the stretch.
const [open, close] = ['\uFDD0', '\uFDD1']
const digitZero = 0xfde0
const brackets = /([\uFDD0\uFDD1])([\uFDE0-\uFDEF]+)/g
/** White space of JavaScript or of Python, and whatever else is below a space. */
const space = /[\s\0-\x20\x85]/
const notSpace = /[^\s\0-\x20\x85]/g
/** What templates look for in content, and must find: <think>, </tool_call>, [THINK]. */
const tags = /<\/?[a-z][\w:-]*>|\[\/?[A-Z_]+\]/gi

/** A stretch of one field. */
interface Fragment {
  readonly field: number
  readonly from: number
  readonly until: number
}

/** Where it stands in the text. */
interface Span extends Fragment {
  readonly at: number
  readonly end: number
}

/**
 * The text in stretches. `text`: what `render` makes of the fields; `known`: how many of these are in the transcript.
 * Throws CapabilityError CHAT_TEMPLATE_UNUSABLE where a message holds the text of a special token and can't be told
 * from the marks, and where the template leaves out what a conversation can't do without.
 */
export async function chatPieces(
  render: RenderFields,
  fields: readonly Field[],
  known: number,
  text: string,
  engine: Pick<Engine, 'hasSpecial'>,
): Promise<readonly Piece[]> {
  for (const areApart of [isAssistants, () => true]) {
    const fragments = fields.flatMap((one, field) =>
      fragmentsOf(one.text, areApart(one) ? engine : null).map((range) => ({ field, ...range })),
    )
    const spans = await spansOf(render, fields, fragments, text)
    if (spans === null) continue
    requireShown(fields, known, fragments, spans)
    return piecesOf(text, fields, spans)
  }
  const hidden = fields.find((field) => engine.hasSpecial(field.text))
  if (hidden === undefined) return [{ kind: 'mark', hole: null, text }]
  throw new CapabilityError(
    'CHAT_TEMPLATE_UNUSABLE',
    `${articled(hidden.role, 'An', 'A')} message holds the text of a special token, and the model's chat template ` +
      "changes it so that it can't be told from the template's own marks.",
  )
}

function isAssistants({ role }: Field): boolean {
  return role === 'assistant'
}

function requireShown(
  fields: readonly Field[],
  known: number,
  fragments: readonly Fragment[],
  spans: readonly Span[],
): void {
  const shown = new Set(spans.map(({ field }) => field))
  const left = fragments.find(({ field }) => field >= known && fields[field]!.isNeeded && !shown.has(field))
  if (left !== undefined) throw leftOut(fields[left.field]!.role)
}

function articled(role: string, before = 'an', otherwise = 'a'): string {
  return `${role === 'assistant' ? before : otherwise} ${role}`
}

export function leftOut(role: string, what = 'content'): CapabilityError {
  const hint = role === 'tool' ? "; write it in a user's message instead" : ''
  return new CapabilityError(
    'CHAT_TEMPLATE_UNUSABLE',
    `The model's chat template leaves out the ${what} of ${articled(role)} message${hint}.`,
  )
}

/** Stretches without white space around them, which templates cut off; ordinary tags stand apart for an engine. */
function fragmentsOf(
  content: string,
  engine: Pick<Engine, 'hasSpecial'> | null,
): { from: number; until: number }[] {
  const fragments: { from: number; until: number }[] = []
  const add = (from: number, until: number): void => {
    notSpace.lastIndex = from
    const first = notSpace.exec(content)?.index ?? until
    if (first >= until) return
    let end = until
    while (isSpace(content.charCodeAt(end - 1))) end -= 1
    fragments.push({ from: first, until: end })
  }
  let at = 0
  if (engine !== null) {
    for (const { 0: tag, index } of content.matchAll(tags)) {
      if (engine.hasSpecial(tag)) continue
      add(at, index)
      at = index + tag.length
    }
  }
  add(at, content.length)
  if (fragments.length === 0 && at > 0) add(0, content.length)
  return fragments
}

function isSpace(code: number): boolean {
  return code <= 0x20 || (code >= 0x85 && space.test(String.fromCharCode(code)))
}

/** Fragments stand in the order of the fields and of their texts. */
function bracketed(fields: readonly Field[], fragments: readonly Fragment[]): string[] {
  let index = 0
  return fields.map(({ text: content }, field) => {
    let text = ''
    let at = 0
    for (; fragments[index]?.field === field; index += 1) {
      const { from, until } = fragments[index]!
      const number = Array.from(index.toString(16), (digit) =>
        String.fromCharCode(digitZero + parseInt(digit, 16)),
      )
      const name = number.join('')
      text += content.slice(at, from) + open + name + content.slice(from, until) + close + name
      at = until
    }
    return text + content.slice(at)
  })
}

function numberOf(name: string): number {
  return Array.from(name).reduce((number, digit) => number * 16 + digit.charCodeAt(0) - digitZero, 0)
}

/** null: the template does something else with brackets in its contents. */
async function spansOf(
  render: RenderFields,
  fields: readonly Field[],
  fragments: readonly Fragment[],
  text: string,
): Promise<readonly Span[] | null> {
  const contents = bracketed(fields, fragments)
  let marked: string
  try {
    marked = await render(contents)
  } catch (error) {
    if (error instanceof CapabilityError) return null
    throw error
  }
  const spans: Span[] = []
  let plain = ''
  let from = 0
  let began: { readonly name: string; readonly at: number } | null = null
  for (const { 0: whole, 1: bracket, 2: name, index } of marked.matchAll(brackets)) {
    plain += marked.slice(from, index)
    from = index + whole.length
    if (bracket === open) {
      if (began !== null) return null
      began = { name: name!, at: plain.length }
    } else {
      const fragment = fragments[numberOf(name!)]
      if (began?.name !== name || fragment === undefined) return null
      spans.push({ ...fragment, at: began!.at, end: plain.length })
      began = null
    }
  }
  plain += marked.slice(from)
  return began === null && plain === text ? spans : null
}

/** What lies between two stretches of a content, or at its ends, is content where the text has all of it. */
function piecesOf(text: string, fields: readonly Field[], spans: readonly Span[]): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  const mark = (until: number): void => {
    if (until > at) pieces.push({ kind: 'mark', hole: null, text: text.slice(at, until) })
    at = Math.max(at, until)
  }
  for (const [index, span] of spans.entries()) {
    const { text: content, pieces: written } = fields[span.field]!
    const [before, next] = [spans[index - 1], spans[index + 1]]
    const lead = content.slice(before?.field === span.field ? before.until : 0, span.from)
    const rest = content.slice(span.until, next?.field === span.field ? next.from : content.length)
    const hasLead = span.at - lead.length >= at && text.endsWith(lead, span.at)
    const hasRest = span.end + rest.length <= (next?.at ?? text.length) && text.startsWith(rest, span.end)
    const from = hasLead ? span.from - lead.length : span.from
    const until = hasRest ? span.until + rest.length : span.until
    mark(span.at - (span.from - from))
    const own = text.slice(at, span.end + (until - span.until))
    if (own === content.slice(from, until)) pieces.push(...cutPieces(written, from, until))
    else pieces.push({ ...written[0]!, text: ownText(own) })
    at += own.length
  }
  mark(text.length)
  return pieces
}

/** The pieces of the content between two places in it. */
function cutPieces(pieces: readonly Piece[], from: number, until: number): Piece[] {
  const cut: Piece[] = []
  let at = 0
  for (const piece of pieces) {
    const text = piece.text.slice(Math.max(0, from - at), Math.max(0, until - at))
    at += piece.text.length
    if (text !== '') cut.push({ ...piece, text })
  }
  return cut
}
