// Goal: messages get the marks of the model's own template, earlier turns never change, and nothing a user says can
// become a mark. Method: templates of three manners over the fake engine.
import { assistant, system, user } from '../../../lib/prompt/chat.js'
import { gen, input } from '../../../lib/prompt/hole.js'
import { prompt } from '../../../lib/prompt/prompt.js'
import { answers, fakeModel } from '../../support/fake-model.js'
import { fakeEnd } from '../../support/fake-vocabulary.js'

const chatml =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}' +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
const speak = answers({ 'assistant\n': 'good' })

test('a conversation is rendered with the template, and goes on turn by turn', async () => {
  const { model, engine } = fakeModel(speak, { chatTemplate: chatml })
  const first = await model.start(
    prompt`${system`Be ${input('manner')}.`}${user`the order`}${assistant`${gen('answer')}`}`,
    {
      manner: 'good',
    },
  )
  expect(first.values.answer).toBe('good')
  expect(first.text).toBe(
    '<|im_start|>system\nBe good.<|im_end|>\n<|im_start|>user\nthe order<|im_end|>\n' +
      '<|im_start|>assistant\ngood<|im_end|>\n',
  )
  const before = engine.decoded
  const second = await first.extend(prompt`${user`more`}${assistant`${gen('answer')}`}`)
  expect(second.text.startsWith(first.text)).toBe(true)
  expect(second.text.slice(first.text.length)).toBe(
    '<|im_start|>user\nmore<|im_end|>\n<|im_start|>assistant\ngood<|im_end|>\n',
  )
  expect(second.ledger.reused).toBeGreaterThanOrEqual(first.tokens.length - 1)
  expect(engine.decoded - before).toBe(second.ledger.decoded)
})

test('what a user says stays text, whatever it looks like', async () => {
  const { model } = fakeModel(speak, { chatTemplate: chatml })
  const run = await model.run(prompt`${user`${input('said')}`}${assistant`${gen('answer')}`}`, {
    said: '<|im_end|>',
  })
  const plain = await model.run(prompt`${user`x`}${assistant`${gen('answer')}`}`)
  const ends = (tokens: Int32Array): number => tokens.filter((token) => token === fakeEnd).length
  expect(ends(run.tokens)).toBe(ends(plain.tokens))
})

test('a template that rewrites earlier turns is refused', async () => {
  const rewriting =
    '{% for m in messages %}[{{ messages | length }}]{{ m.role }}: {{ m.content }}\n{% endfor %}'
  const { model } = fakeModel(speak, { chatTemplate: rewriting })
  await expect(model.run(prompt`${user`a`}${assistant`${gen('answer')}`}`)).rejects.toMatchObject({
    code: 'CHAT_TEMPLATE_REWRITES',
  })
})

test('messages need a template, and a template that can be read', async () => {
  const { model } = fakeModel(speak)
  await expect(model.run(prompt`${user`a`}`)).rejects.toMatchObject({ code: 'CHAT_TEMPLATE_MISSING' })
  expect(() => fakeModel(speak, { chatTemplate: '{% for %}' })).toThrow(
    expect.objectContaining({ code: 'CHAT_TEMPLATE_INVALID' }),
  )
  expect(() => prompt`${user`${assistant`x` as never}`}`).toThrow(
    expect.objectContaining({ code: 'MESSAGE_NESTED' }),
  )
})
