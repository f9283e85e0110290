// Goal: with every template of llama.cpp's bundle a conversation with a call of a tool and its result has the text the
// template renders for it, nothing in it can become a mark, and what was said makes the same text again; or the
// template has no place for it and that is said. Never is a call or a result lost. Method: a table of those that
// refuse; the judge renders the whole conversation in one go.
import { chatTemplate } from '../../lib/model/chat-template.js'
import { assistant, toolResult, user } from '../../lib/prompt/chat.js'
import { gen } from '../../lib/prompt/hole.js'
import { messages } from '../../lib/prompt/messages.js'
import { prompt } from '../../lib/prompt/prompt.js'
import { fakeModel } from '../support/fake-model.js'
import { fakeVocabulary } from '../support/fake-vocabulary.js'
import { modelTemplates } from '../support/model-templates.js'

const templates = modelTemplates()
const vocabulary = fakeVocabulary({ addsBos: true })
const [bos, eos] = ['<|start|>', '<|im_end|>']
const specials = /<\|start\|>|<\|im_start\|>|<\|im_end\|>/g
const call = { id: 'call12345', name: 'weather', arguments: { city: 'Rome <|im_end|>', days: 3 } }
const asked = [
  { role: 'user', content: 'And in Rome?' },
  { role: 'assistant', content: '', tool_calls: [{ id: call.id, function: call }] },
]
const answer = 'It is fine.'
const result = toolResult({ name: 'weather', id: call.id })
const turn = prompt`${messages(asked)}${result`sunny <|im_end|>`}${assistant`${gen('answer')}`}`

const noCalls = /leaves out the calls of tools of an assistant message/
/** What these templates say of it. */
const refusals: Readonly<Record<string, RegExp>> = {
  'HuggingFaceTB-SmolLM3-3B.jinja': noCalls,
  'LFM2-8B-A1B.jinja': noCalls,
  'LFM2.5-Instruct.jinja': noCalls,
  'deepseek-ai-DeepSeek-R1-Distill-Llama-8B.jinja': noCalls,
  'fireworks-ai-llama-3-firefunction-v2.jinja': /undefined/,
  'google-gemma-2-2b-it.jinja': /Conversation roles must alternate/,
  'ibm-granite-granite-3.3-2B-Instruct.jinja': noCalls,
  'llama-cpp-rwkv-world.jinja': noCalls,
  'microsoft-Phi-3.5-mini-instruct.jinja': noCalls,
}

test.each([...templates.keys()])('%s', async (file) => {
  const talk = converse(templates.get(file)!)
  const refusal = refusals[file]
  if (refusal === undefined) return talk
  await expect(talk).rejects.toMatchObject({
    name: 'CapabilityError',
    code: expect.stringMatching(/CHAT_TEMPLATE_(UNUSABLE|INVALID)/),
    message: expect.stringMatching(refusal),
  })
})

/** Says the answer, as far as it is not said yet. */
function speak(text: string): string {
  let said = answer.length
  while (!text.endsWith(answer.slice(0, said))) said -= 1
  return answer.slice(said)
}

async function converse(source: string): Promise<void> {
  const made = () =>
    fakeModel(speak, {
      chatTemplate: source,
      contextTokens: 40_000,
      addsBos: true,
    }).model
  const judge = chatTemplate(source, { bos, eos })
  let talk = await made().run(turn)
  for (const more of [null, prompt`${user`Thanks.`}${assistant`${gen('answer')}`}`]) {
    if (more !== null) talk = await talk.extend(more)
    const whole = judge(talk.messages, { opensAssistant: 'no' })
    expect(talk.text).toBe(whole.startsWith(bos) ? whole.slice(bos.length) : whole)
    expect(talk.text).toContain('sunny <|im_end|>')
    expect(talk.text).toContain('Rome <|im_end|>')
    expect(talk.values).toEqual({ answer })
    expect(talk.messages[1]).toEqual({ role: 'assistant', content: '', toolCalls: [call] })
    const marks = talk.pieces.filter(({ kind }) => kind === 'mark').map(({ text }) => text)
    const count = marks.join('\n').match(specials)?.length ?? 0
    expect(talk.tokens.filter((token) => vocabulary.isSpecial(token))).toHaveLength(count + 1)
  }
  const again = await made().run(messages(talk.messages))
  expect(again.text).toBe(talk.text)
  expect(again.messages).toEqual(talk.messages)
}
