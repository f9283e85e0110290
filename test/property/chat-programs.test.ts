// Goal: however a conversation came about (literal, given or generated, in one run or several), its text is the
// template's rendering of the whole, its tokens spell that, and special ones are marks. A transcript that is written
// anew from some place on has the tokens of one that was written so at once. Taken back to any hole and told on as
// before, it is the same conversation. Method: random conversations over the fake engine and templates of several
// manners; random texts over real vocabularies.
import fc from 'fast-check'
import { Pace } from '../../lib/async/pace.js'
import type { SessionContext } from '../../lib/engine/local/session-context.js'
import { Appended } from '../../lib/engine/local/text/appended.js'
import type { Spelled } from '../../lib/engine/local/text/position.js'
import { firstTokens } from '../../lib/engine/local/text/tokens.js'
import { appendText } from '../../lib/engine/local/write/append.js'
import { rewritten } from '../../lib/engine/local/write/rewrite.js'
import type { Written } from '../../lib/engine/position.js'
import { chatTemplate } from '../../lib/model/chat-template.js'
import type { Transcript } from '../../lib/model/transcript.js'
import { assistant, system, user } from '../../lib/prompt/chat.js'
import { gen } from '../../lib/prompt/hole.js'
import type { Message, Prompt } from '../../lib/prompt/part.js'
import { prompt } from '../../lib/prompt/prompt.js'
import type { ChatMessage } from '../../lib/run/state/chat.js'
import { fakeModel } from '../support/fake-model.js'
import { fakeVocabulary } from '../support/fake-vocabulary.js'
import { disposeVocabularies, realVocabulary, vocabularyNames } from '../support/real-vocabularies.js'
import { vocabularyOf } from '../support/vocabulary-of.js'

afterAll(disposeVocabularies)

const generation = '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
const each = (content: string): string =>
  `{% for m in messages %}<|im_start|>{{ m.role }}\n{{ ${content} }}<|im_end|>\n{% endfor %}`
const templates: readonly string[] = [
  each('m.content') + generation,
  each('m.content | trim') + generation,
  `${each('m.content')}{{ bos_token }}${generation}`,
  '{{ bos_token }}{% for m in messages %}[{{ messages | length }}]{{ m.role }}:{{ m.content }}{{ eos_token }}' +
    '{% endfor %}',
  // Thoughts are kept in the last message only, and put between tags there whether there are any or not.
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{% set c = m.content.split("</think>") %}{% if loop.last %}' +
    '<think>{{ c[0].strip() if c | length > 1 else "" }}</think>{% endif %}{{ c[-1].lstrip("\n") }}<|im_end|>\n' +
    `{% endfor %}${generation}<think>`,
]

interface Told {
  readonly role: ChatMessage['role']
  /** Literal text; a hole that is given a text; a hole that is filled. */
  readonly parts: readonly (string | { readonly given: string | null })[]
  /** A run ends behind it. */
  readonly ends: boolean
}

const words = [
  'a',
  'the order',
  ' \n',
  '<|im_end|>',
  'hm</think>\n\nyes',
  '<|start|>\n',
  '🙂',
  'user\n',
  '[2]',
]
words.push('</think>', '<think>', '[/THINK]<s>', '\u{f0000}', '\uFDD0\uFDE0')
const text = fc.array(fc.constantFrom(...words), { maxLength: 3 }).map((list) => list.join(''))
const told: fc.Arbitrary<Told> = fc.record({
  role: fc.constantFrom<ChatMessage['role']>('system', 'user', 'assistant', 'assistant'),
  parts: fc.array(fc.oneof(text, fc.record({ given: fc.option(text) })), { maxLength: 3 }),
  ends: fc.boolean(),
})
const roles = { system, user, assistant, tool: user, developer: user }
const eos = '<|im_end|>'

/** Says anything, the same after the same. */
function speak(after: string): string {
  let hash = 7
  for (let index = 0; index < after.length; index += 1)
    hash = Math.imul(hash ^ after.charCodeAt(index), 0x01000193)
  const number = (hash ^ (hash >>> 15)) >>> 0
  return number % 4 === 0 ? '' : Buffer.from(words[number % words.length]!).toString('latin1')
}

function templateOf(literals: number): TemplateStringsArray {
  return Object.assign(Array<string>(literals + 1).fill(''), { raw: [] }) as unknown as TemplateStringsArray
}

const nameOf = (message: number, part: number): string => `hole${message}_${part}`

function holesOf({ parts }: Told, message: number) {
  return parts.map((part, index) =>
    typeof part === 'string' ? part : gen(nameOf(message, index), { tokensMax: 20 }),
  )
}

function messageOf(one: Told, message: number): Message {
  const { role, parts } = one
  const holes = holesOf(one, message)
  return roles[role](templateOf(parts.length), ...holes) as Message
}

function knownOf(list: readonly Told[], from: number): Record<string, string> {
  const known: Record<string, string> = {}
  for (const [index, { parts }] of list.entries()) {
    for (const [at, part] of parts.entries()) {
      if (typeof part !== 'string' && part.given !== null) known[nameOf(from + index, at)] = part.given
    }
  }
  return known
}

function contentOf({ parts }: Told, message: number, values: Readonly<Record<string, string>>): string {
  return parts.map((part, at) => (typeof part === 'string' ? part : values[nameOf(message, at)]!)).join('')
}

const marks = /<\|start\|>|<\|im_start\|>|<\|im_end\|>/g

function expectSpelled(talk: Transcript<unknown>, addsBos: boolean): void {
  const vocabulary = fakeVocabulary({ addsBos })
  const bytes = Array.from(talk.tokens.subarray(addsBos ? 1 : 0), (token) =>
    vocabulary.isSpecial(token) ? vocabulary.specialText(token) : vocabulary.tokenBytes(token),
  )
  expect(Buffer.concat(bytes).toString()).toBe(talk.text)
  const inMarks = talk.pieces
    .filter(({ kind }) => kind === 'mark')
    .map((piece) => piece.text.match(marks)?.length ?? 0)
  const specials = talk.tokens.filter((token) => vocabulary.isSpecial(token)).length - (addsBos ? 1 : 0)
  expect(specials).toBe(inMarks.reduce((sum, count) => sum + count, 0))
}

/** Takes it back to one of its holes, and tells the rest as it was told before. */
async function toldAgain(
  talk: Transcript<Record<string, string>>,
  list: readonly Told[],
  from: number,
): Promise<{ before: Transcript<unknown>; again: Transcript<unknown> } | null> {
  const filled = list.flatMap(({ parts }, message) =>
    parts.flatMap((part, at) => (typeof part !== 'string' ? [{ message, at }] : [])),
  )
  const hole = filled[from % filled.length]
  if (hole === undefined) return null
  const { message, at } = hole
  const before = await talk.at(from % filled.length)
  const later = list.slice(message + 1).map((one, index) => messageOf(one, message + 1 + index))
  const parts = [...holesOf(list[message]!, message).slice(at), ...later]
  const rest = prompt(templateOf(parts.length), ...parts) as Prompt<Record<string, string>>
  const names = list.flatMap((one, index) =>
    one.parts.flatMap((part, at) =>
      typeof part === 'string' ? [] : [{ index, at, name: nameOf(index, at) }],
    ),
  )
  const left = names.filter(({ index, at }) => index > message || (index === message && at >= hole.at))
  const known = Object.fromEntries(left.map(({ name }) => [name, talk.values[name]!]))
  // What the model wrote behind a value that hides marks is known now, and can't be told from them.
  const again = await before.extend(rest, known as never).catch((error: { code?: string }) => {
    if (error.code !== 'CHAT_TEMPLATE_UNUSABLE') throw error
    return null
  })
  return again === null ? null : { before, again }
}

/** The runs: from one end to the next. */
function* runsOf(list: readonly Told[]): Generator<readonly [from: number, until: number]> {
  let from = 0
  for (const [index, { ends }] of list.entries()) {
    if (!ends && index < list.length - 1) continue
    yield [from, index + 1]
    from = index + 1
  }
}

test('random conversations have the text of one rendering', async () => {
  const conversation = fc.array(told, { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...templates),
      conversation,
      fc.boolean(),
      fc.nat(20),
      async (source, list, addsBos, back) => {
        const bos = addsBos ? '<|start|>' : ''
        const judge = chatTemplate(source, { bos, eos })
        const { model } = fakeModel(speak, { chatTemplate: source, addsBos, contextTokens: 20_000 })
        let talk: Transcript<Record<string, string>> = await model.run(prompt``)
        const said: ChatMessage[] = []
        for (const [from, until] of runsOf(list)) {
          const part = list.slice(from, until)
          const program = prompt(templateOf(part.length), ...part.map((one, at) => messageOf(one, from + at)))
          const run = talk.extend(program as Prompt<Record<string, string>>, knownOf(part, from) as never)
          const isRefused = await run.then(
            (next) => {
              talk = next
              return false
            },
            (error: { code?: string }) => error.code === 'CHAT_TEMPLATE_UNUSABLE',
          )
          if (isRefused) return
          for (const [at, one] of part.entries()) {
            said.push({ role: one.role, content: contentOf(one, from + at, talk.values) })
          }
          const whole = judge(said, { opensAssistant: 'no' })
          expect(talk.text).toBe(bos !== '' && whole.startsWith(bos) ? whole.slice(bos.length) : whole)
          expectSpelled(talk, addsBos)
        }
        const told = await toldAgain(talk, list, back)
        if (told === null) return
        expectSpelled(told.before, addsBos)
        expectSpelled(told.again, addsBos)
        expect(told.again.text).toBe(talk.text)
        expect(told.again.messages).toEqual(talk.messages)
        expect(told.again.values).toEqual(talk.values)
      },
    ),
    { numRuns: 150 },
  )
})

const piece: fc.Arbitrary<Written> = fc.record({
  as: fc.constantFrom<Written['as']>('mark', 'given', 'generated'),
  text: text.map((part) => part.replaceAll('<|im_end|>', '</s>')),
})

test.each(vocabularyNames)('a transcript written anew over %s', async (name) => {
  const vocabulary = vocabularyOf(await realVocabulary(name))
  const nothing: Spelled = { ...firstTokens(vocabulary, null), overrun: 0, dropped: null }
  const context = {
    vocabulary,
    appended: new Appended(),
    pace: new Pace(new AbortController().signal),
  } as unknown as SessionContext
  const append = async (list: readonly Written[], onto = nothing): Promise<Spelled> => {
    let at = onto
    // As the walk writes it, but that nothing is kept from being spelled anew.
    for (const { text, as } of list) {
      at = (await appendText(context, at, { text, as: as === 'mark' ? 'mark' : 'given' }, 1 << 20))!
    }
    return at
  }
  const pieces = fc.array(piece, { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(pieces, pieces, pieces, async (common, old, fresh) => {
      const wanted = [...common, ...fresh].filter((one) => one.text !== '')
      const { spelled, length } = rewritten(vocabulary, await append([...common, ...old]), wanted)
      const after = await append(behind(wanted, length), spelled)
      expect(after.tokens.join()).toBe((await append(wanted)).tokens.join())
    }),
    { numRuns: 150 },
  )
})

/** The text from a character of it on. */
function behind(list: readonly Written[], from: number): Written[] {
  let at = 0
  return list.flatMap((one) => {
    const text = one.text.slice(Math.max(0, from - at))
    at += one.text.length
    return text === '' ? [] : [{ ...one, text }]
  })
}
