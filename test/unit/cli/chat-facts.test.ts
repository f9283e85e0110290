// What is told of chat templates: of made ones that can each do one thing, and of real ones.
import { type ChatFacts, chatFacts } from '../../../lib/cli/inspect/chat-facts.js'
import { modelTemplates } from '../../support/model-templates.js'

const tokens = { bos: '<s>', eos: '</s>' }
const loop = (body: string, after = '') => `{% for m in messages %}${body}{% endfor %}${after}`

test.each<[string, string, Partial<ChatFacts>]>([
  [
    'plain',
    loop('<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n'),
    { format: 'ChatML', system: 'shown' },
  ],
  [
    'no system',
    loop('{% if m.role == "system" %}{{ raise_exception("no") }}{% endif %}[INST] {{ m.content }}'),
    { format: 'Mistral', system: 'refused' },
  ],
  [
    'silent',
    loop('{% if m.role != "system" %}{{ m.content }}{% endif %}'),
    { format: null, system: 'left out' },
  ],
  [
    'thoughts kept',
    loop('{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}'),
    { thinking: 'kept', switches: [] },
  ],
  [
    'thoughts opened',
    loop('{{ m.content }}', '{% if add_generation_prompt %}<think>\n{% endif %}'),
    { thinking: 'opened', switches: [] },
  ],
  [
    'a switch',
    loop('{{ m.content }}', '{% if enable_thinking is false %}<think></think>{% endif %}'),
    { switches: ['enable_thinking'] },
  ],
  // The word alone is no switch.
  ['no switch', loop('thinking: {{ m.content }}'), { thinking: 'none', switches: [] }],
  ['no end', loop('{{ m.content'), { system: 'refused', tools: 'none', thinking: 'none', example: null }],
  [
    'for ever',
    '{% for i in range(1000000000) %}x{% endfor %}',
    { system: 'refused', failure: expect.any(String) },
  ],
])('%s', (_, source, expected) => {
  expect(chatFacts(source, tokens)).toMatchObject({ ...expected, characters: source.length })
})

const templates = modelTemplates()

test.each<[string, Partial<ChatFacts>]>([
  [
    'Qwen-Qwen3-0.6B',
    { format: 'ChatML', tools: 'template', thinking: 'kept', switches: ['enable_thinking'] },
  ],
  [
    'meta-llama-Llama-3.1-8B-Instruct',
    { format: 'Llama 3', tools: 'template', thinking: 'none', switches: [] },
  ],
  ['google-gemma-2-2b-it', { format: 'Gemma', system: 'refused', tools: 'espalier', thinking: 'none' }],
  ['openai-gpt-oss-120b', { format: 'Harmony (gpt-oss)', tools: 'template', switches: ['reasoning_effort'] }],
  ['llama-cpp-deepseek-r1', { format: 'DeepSeek', thinking: 'opened' }],
])('%s', (name, expected) => {
  expect(chatFacts(templates.get(`${name}.jinja`)!, tokens)).toMatchObject(expected)
})
