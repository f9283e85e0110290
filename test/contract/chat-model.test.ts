// Goal: real conversations on a real vocabulary have the text their template renders, whether it drops thoughts, writes
// the BOS or merges the system message, and go on from what is cached. Method: the demo model with templates of models,
// judged by one rendering of the whole conversation.
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { chatTemplate } from '../../lib/model/chat-template.js'
import { load } from '../../lib/model/load.js'
import type { Transcript } from '../../lib/model/transcript.js'
import { assistant, system, user } from '../../lib/prompt/chat.js'
import { gen } from '../../lib/prompt/hole.js'
import { prompt } from '../../lib/prompt/prompt.js'
import type { ChatMessage } from '../../lib/run/state/chat.js'
import { modelTemplates } from '../support/model-templates.js'
import { modelWithTemplate } from '../support/model-with-template.mjs'

const templates = modelTemplates()
const names = ['Qwen-Qwen3-0.6B', 'mistralai-Mistral-Nemo-Instruct-2407', 'meta-llama-Llama-3.1-8B-Instruct']
names.push('Bielik-11B-v3.0-Instruct', 'google-gemma-2-2b-it')
const tokens = { bos: '<|endoftext|>', eos: '<|im_end|>' }

test.each(names)('%s', async (name) => {
  const source = templates.get(`${name}.jinja`)!
  const path = modelWithTemplate(source)
  const model = await load(path, { answersMax: 0 })
  try {
    const said: ChatMessage[] = []
    let talk: Transcript<{ readonly answer?: string }> = await model.start(prompt``)
    if (!source.includes('System role not supported')) {
      said.push({ role: 'system', content: ' You are kind. ' })
      talk = await model.start(prompt`${system` You are kind. `}`)
    }
    for (const question of ['Who are you?', 'What is <|im_end|>?']) {
      const before = talk.tokens
      talk = await talk.extend(prompt`${user`${question}`}${assistant`${gen('answer', { tokensMax: 24 })}`}`)
      said.push({ role: 'user', content: question }, { role: 'assistant', content: talk.values.answer! })
      const { text, ledger } = talk
      expect(text).toBe(chatTemplate(source, tokens)(said, { opensAssistant: 'no' }))
      const { reused, restored, prefilled, forced, sampled, healed, rolledBack, redecoded } = ledger
      const classes = reused + restored + prefilled + forced + sampled + healed + rolledBack + redecoded
      expect(classes).toBe(ledger.decoded + reused + restored + ledger.spared)
      let common = 0
      while (common < before.length && before[common] === talk.tokens[common]) common += 1
      expect(reused).toBeGreaterThanOrEqual(Math.min(common, before.length - 8))
    }
  } finally {
    await model.dispose()
    rmSync(dirname(path), { recursive: true })
  }
})
