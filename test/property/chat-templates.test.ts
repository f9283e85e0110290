// Goal: with every template of llama.cpp's bundle a conversation of two turns has, after each turn, the text that the
// template renders for the whole of it, byte by byte, or is refused in the template's own words; and special tokens
// stand where marks are and nowhere else. Method: the judge renders the whole conversation in one go.
import { chatTemplate } from '../../lib/model/chat-template.js'
import type { Transcript } from '../../lib/model/transcript.js'
import { assistant, system, user } from '../../lib/prompt/chat.js'
import { gen } from '../../lib/prompt/hole.js'
import { prompt } from '../../lib/prompt/prompt.js'
import type { ChatMessage, RenderChat } from '../../lib/run/state/chat.js'
import { fakeModel } from '../support/fake-model.js'
import { fakeVocabulary } from '../support/fake-vocabulary.js'
import { modelTemplates } from '../support/model-templates.js'

type Said = ChatMessage[]

const templates = modelTemplates()
const vocabulary = fakeVocabulary({ addsBos: true })
const asked = ['Hello <|im_end|> there', ' And now?\n'] as const
const answers = ['<think>\nhm, hm\n</think>\n\nGood day.\n', 'Nothing more.'] as const
const bos = '<|start|>'
const eos = '<|im_end|>'
const specials = /<\|start\|>|<\|im_start\|>|<\|im_end\|>/g

/** What these templates say of conversations they do not take. */
const refusals: Readonly<Record<string, string>> = {
  'google-gemma-2-2b-it.jinja system': 'System role not supported',
  // Asks for a list of functions that is not one of the usual variables.
  'fireworks-ai-llama-3-firefunction-v2.jinja system': 'undefined',
  'fireworks-ai-llama-3-firefunction-v2.jinja': 'undefined',
}

/** Says the answer to the last question, as far as it is not said yet. */
function speak(text: string): string {
  const answer = answers[text.includes('And now?') ? 1 : 0]
  let said = answer.length
  while (!text.endsWith(answer.slice(0, said))) said -= 1
  return answer.slice(said)
}

/** Reads each template once. */
const judges = new Map<string, RenderChat>()
function judgeOf(source: string): RenderChat {
  const judge = judges.get(source) ?? chatTemplate(source, { bos, eos })
  judges.set(source, judge)
  return judge
}

function judged(source: string, said: Said): string {
  const text = judgeOf(source)(said, { opensAssistant: 'no' })
  return text.startsWith(bos) ? text.slice(bos.length) : text
}

/** Special tokens are the ones in marks, and the BOS, which has no text. */
function expectMarked({ pieces, text, tokens }: Transcript<unknown>): void {
  expect(pieces.map((piece) => piece.text).join('')).toBe(text)
  const marks = pieces.filter(({ kind }) => kind === 'mark').map((piece) => piece.text)
  const count = marks.join('\n').match(specials)?.length ?? 0
  expect(tokens.filter((token) => vocabulary.isSpecial(token))).toHaveLength(count + 1)
}

async function converse(source: string, told: string | null): Promise<void> {
  const { model } = fakeModel(speak, { chatTemplate: source, contextTokens: 40_000, addsBos: true })
  const said: Said = told === null ? [] : [{ role: 'system', content: told }]
  const before = told === null ? prompt`` : prompt`${system`${told}`}`
  let talk: Transcript<{ readonly answer?: string }> = await model.run(before)
  for (const question of asked) {
    talk = await talk.extend(prompt`${user`${question}`}${assistant`${gen('answer')}`}`)
    said.push({ role: 'user', content: question }, { role: 'assistant', content: talk.values.answer! })
    expect(talk.text).toBe(judged(source, said))
    expectMarked(talk)
  }
  // The same without holes, in one run.
  const [, a, , b] = said.slice(-4).map(({ content }) => content)
  const one = prompt`${user`${asked[0]}`}${assistant`${a!}`}${user`${asked[1]}`}${assistant`${b!}`}`
  const run = await model.run(prompt`${before}${one}`)
  expect(run.text).toBe(talk.text)
  expectMarked(run)
}

const cases = [...templates.keys()].flatMap((name) => [`${name} system`, name])

test('all templates are there', () => expect(cases).toHaveLength(140))

test.each(cases)('%s', async (name) => {
  const source = templates.get(name.replace(' system', ''))!
  const talk = converse(source, name.endsWith(' system') ? ' You are kind. ' : null)
  const refusal = refusals[name]
  if (refusal === undefined) return talk
  await expect(talk).rejects.toMatchObject({
    name: 'CapabilityError',
    code: 'CHAT_TEMPLATE_INVALID',
    message: expect.stringContaining(refusal),
  })
})
