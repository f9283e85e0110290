// Goal: with every template of llama.cpp's bundle a thought stands where the template puts it and ends with the
// template's own mark, is left out of history where the template does so, and is no part of the content; or it is
// refused before any work. Method: a table of marks, reviewed by hand; and two turns, judged by one rendering of what
// was said.
import { chatTemplate } from '../../lib/model/chat-template.js'
import type { Transcript } from '../../lib/model/transcript.js'
import { assistant, user } from '../../lib/prompt/chat.js'
import { gen } from '../../lib/prompt/hole.js'
import { prompt } from '../../lib/prompt/prompt.js'
import { thinking } from '../../lib/prompt/thinking.js'
import { fakeModel } from '../support/fake-model.js'
import { modelTemplates } from '../support/model-templates.js'

const templates = modelTemplates()
const [bos, eos] = ['<|start|>', '<|im_end|>']
const turn = prompt`${user`Why?`}${assistant`${thinking('thought')}${gen('answer')}`}`
const on = { enable_thinking: true, thinking: true, reasoning_effort: 'high' }

/** Thinks, ends that with the first text of the mark, and then answers. */
function speaker(mark: string) {
  const stop = /^<[^<>]+>|^\[[^[\]]+\]/.exec(mark.trim())![0]
  const latin = (text: string): string => Buffer.from(text).toString('latin1')
  const [thought, answer, end] = [latin(`hm, hm\n${stop}`), latin('So it is.'), latin(stop)]
  return (text: string): string => {
    const asked = text.slice(text.lastIndexOf('Why?'))
    const said = asked.lastIndexOf('hm, hm')
    const all = said >= 0 && asked.includes(end, said) ? answer : thought
    let length = all.length
    while (!text.endsWith(all.slice(0, length))) length -= 1
    return all.slice(length)
  }
}

async function talked(source: string, mark: string, chat: Readonly<Record<string, unknown>>) {
  // What a model writes before its mark is no part of the thought where it is one of the mark.
  const thought = mark.startsWith('\n') ? 'hm, hm' : 'hm, hm\n'
  const { model } = fakeModel(speaker(mark), { chatTemplate: source, contextTokens: 40_000, addsBos: true })
  const judge = chatTemplate(source, { bos, eos })
  const talks: Transcript<{ thought: string; answer: string }>[] = []
  talks.push(await model.run(turn, {}, { chat }))
  talks.push(await talks[0]!.extend(turn))
  for (const talk of talks) {
    const whole = judge(talk.messages, { opensAssistant: 'no', variables: chat })
    expect(talk.text).toBe(whole.startsWith(bos) ? whole.slice(bos.length) : whole)
    expect(talk.values).toEqual({ thought, answer: 'So it is.' })
    expect(talk.messages.at(-1)).toEqual({ role: 'assistant', thinking: thought, content: 'So it is.' })
    expect(talk.pieces.map(({ text }) => text).join('')).toBe(talk.text)
  }
  return talks
}

/** What stands around the thought while it is being thought, from the question on. */
function around({ trace }: Transcript<unknown>): string {
  const texts = trace.flatMap((event) => (event.type === 'text' || event.type === 'hole-end' ? [event] : []))
  const at = texts.findIndex(({ hole }) => hole === 'thought')
  const before = texts.slice(0, at).map(({ text }) => text)
  const opening = before.join('').split('Why?').at(-1)!
  return `${opening}[${texts[at]!.text}]${texts[at + 1]!.text}`
}

/**
 * Name; what the run has to ask for: 'none', or with what code it is refused unless it turns thinking on; what stands
 * before the thought, from the question on, and behind it; in how many of two turns the second one's text has it.
 */
const thinkers: readonly (readonly [string, string, string, string, number])[] = [
  [
    'Apriel-1.6-15b-Thinker-fixed',
    'none',
    '\n<|begin_assistant|>\nHere are my reasoning steps:\n',
    '\n[BEGIN FINAL RESPONSE]\n',
    1,
  ],
  ['Bielik-11B-v3.0-Instruct', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n', 2],
  ['ByteDance-Seed-OSS', 'none', '<seed:eos><seed:bos>assistant\n<seed:think>', '</seed:think>\n', 2],
  [
    'Cohere2MoE',
    'none',
    '<|END_TEXT|><|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|><|START_THINKING|>',
    '<|END_THINKING|><|START_TEXT|>',
    2,
  ],
  ['GLM-4.6', 'none', '<|assistant|>\n<think>', '</think>\n', 1],
  ['GLM-4.7-Flash', 'none', '<|assistant|><think>', '</think>', 1],
  ['HuggingFaceTB-SmolLM3-3B', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n\n', 2],
  ['Kimi-K2-Thinking', 'none', '<|im_end|><|im_assistant|>assistant<|im_middle|><think>', '</think>', 1],
  [
    'Kimi-K3',
    'none',
    '<|close|>message<|sep|><|end_of_msg|><|open|>message role="assistant"<|sep|><|open|>think<|sep|>',
    '<|close|>think<|sep|><|open|>response<|sep|>',
    2,
  ],
  ['LFM2.5-8B-A1B', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>', '</think>', 1],
  ['LFM2.5-Instruct', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n\n', 1],
  ['MiniMax-M2', 'none', '[e~[\n]~b]ai\n<think>\n', '\n</think>\n\n', 1],
  ['MiniMax-M3', 'none', '[e~[\n]~b]ai\n<mm:think>', '</mm:think>', 2],
  [
    'NVIDIA-Nemotron-3-Nano-30B-A3B-BF16',
    'none',
    '<|im_end|>\n<|im_start|>assistant\n<think>\n',
    '\n</think>\n',
    1,
  ],
  ['NVIDIA-Nemotron-Nano-v2', 'none', '\n<SPECIAL_11>Assistant\n<think>\n', '\n</think>\n\n', 1],
  ['Qwen-QwQ-32B', 'THINKING_OFF', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n\n', 1],
  ['Qwen-Qwen3-0.6B', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n\n', 1],
  ['Qwen3.5-4B', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n\n', 1],
  ['Reka-Edge', 'NO_THINKING', '<sep>assistant: <think>\n', '\n</think>\n\n', 1],
  ['Spark2.5', 'none', '<｜end▁of▁sentence｜><｜start▁of▁sentence｜><|Bot|><think>', '</think>', 2],
  ['StepFun3.5-Flash', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n', 1],
  ['deepseek-ai-DeepSeek-R1-Distill-Llama-8B', 'none', '<｜Assistant｜><think>\n', '\n</think>\n\n', 0],
  [
    'deepseek-ai-DeepSeek-R1-Distill-Qwen-32B',
    'THINKING_OFF',
    '<｜Assistant｜><think>\n',
    '\n</think>\n\n',
    0,
  ],
  ['deepseek-ai-DeepSeek-V3.1', 'THINKING_OFF', '<｜Assistant｜><think>', '</think>', 0],
  ['deepseek-ai-DeepSeek-V3.2', 'THINKING_OFF', '<｜Assistant｜><think>', '</think>', 1],
  ['deepseek-ai-DeepSeek-V4-Flash-0731', 'THINKING_OFF', '<｜Assistant｜><think>', '</think>', 1],
  ['deepseek-ai-DeepSeek-V4', 'THINKING_OFF', '<｜Assistant｜><think>', '</think>', 1],
  [
    'ibm-granite-granite-3.3-2B-Instruct',
    'none',
    '<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|><think>\n',
    '\n</think>\n\n',
    2,
  ],
  ['inclusionai-ling-3.0-flash', 'none', '<|role_end|><role>ASSISTANT</role>\n<think>', '</think>', 2],
  ['llama-cpp-deepseek-r1', 'none', '<｜end▁of▁sentence｜><｜Assistant｜><think>\n', '\n</think>\n\n', 0],
  ['llama-cpp-rwkv-world', 'NO_THINKING', '\n\nAssistant: <think>', '</think>', 0],
  ['mistralai-Ministral-3-14B-Reasoning-2512', 'none', '[/INST][THINK]', '[/THINK]', 2],
  [
    'muse-glimmer',
    'none',
    '<|eot|><|start|>assistant to=self<|message|>',
    '<|eom|><|start|>assistant to=user<|message|>',
    2,
  ],
  [
    'openai-gpt-oss-120b',
    'none',
    '<|end|><|start|>assistant<|channel|>analysis<|message|>',
    '<|end|><|start|>assistant<|channel|>final<|message|>',
    1,
  ],
  ['openbmb-MiniCPM5-1B', 'none', '<|im_end|>\n<|im_start|>assistant\n<think>\n', '\n</think>\n\n', 1],
  ['poolside-Laguna-S-2.1', 'none', '</user>\n<assistant><think>', '</think>', 2],
  ['poolside-Laguna-XS-2.1', 'THINKING_OFF', '\n</user>\n<assistant>\n<think>\n', '\n</think>\n', 2],
  ['poolside-Laguna-XS.2', 'THINKING_OFF', '\n</user>\n<assistant>\n<think>\n', '\n</think>\n', 2],
  [
    'tencent-Hy3',
    'THINKING_OFF',
    '<｜hy_Assistant:opensource｜><think:opensource>',
    '</think:opensource>',
    1,
  ],
  [
    'upstage-Solar-Open-100B',
    'none',
    '<|end|><|begin|>assistant<|think|>',
    '<|end|><|begin|>assistant<|content|>',
    1,
  ],
]

test.each(thinkers)('%s', async (name, without, opening, mark, kept) => {
  const source = templates.get(`${name}.jinja`)!
  const { model } = fakeModel(() => '', { chatTemplate: source, contextTokens: 40_000, addsBos: true })
  if (without !== 'none') {
    await expect(model.run(turn)).rejects.toMatchObject({ name: 'CapabilityError', code: without })
  }
  const chat = without === 'none' ? {} : on
  const known = await model.run(turn, { thought: 'hm, hm' }, { chat })
  expect(around(known)).toBe(`${opening}[hm, hm]${mark}`)
  const talks = await talked(source, mark, chat)
  expect(around(talks[0]!)).toBe(`${opening}[${talks[0]!.values.thought}]${mark}`)
  expect(talks[1]!.text.split('hm, hm')).toHaveLength(kept + 1)
})

const others = [...templates.keys()].filter((name) => !thinkers.some(([known]) => `${known}.jinja` === name))

test('all templates are there', () => {
  expect([thinkers.length, others.length]).toEqual([40, 30])
})

test.each(others)('%s has no place for a thought', async (name) => {
  let asked = 0
  const speak = (): string => {
    asked += 1
    return ''
  }
  const { model, engine } = fakeModel(speak, { chatTemplate: templates.get(name)!, contextTokens: 40_000 })
  const before = prompt`${user`First.`}${assistant`${gen('first')}`}${turn}`
  for (const chat of [{}, on]) {
    await expect(model.run(before, {}, { chat })).rejects.toMatchObject({
      name: 'CapabilityError',
      // One asks for a list of functions that nobody gives.
      code: name.startsWith('fireworks') ? 'CHAT_TEMPLATE_INVALID' : 'NO_THINKING',
    })
  }
  expect([asked, engine.decoded]).toEqual([0, 0])
})
