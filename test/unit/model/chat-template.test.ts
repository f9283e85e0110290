// Goal: a template out of a model file ends, with its text or with a typed error, and reaches nothing but what it is
// given. Method: templates without end of every manner, and templates of models against the plain interpreter.
import { Template } from '@huggingface/jinja'
import { chatTemplate } from '../../../lib/model/chat-template.js'
import type { ChatMessage } from '../../../lib/run/chat.js'

const messages: readonly ChatMessage[] = [
  { role: 'system', content: ' Be good.\n' },
  { role: 'user', content: 'a "b" <c>' },
  { role: 'assistant', content: 'd'.repeat(500) },
]
const doubling = (count: number, value: string, make: string): string =>
  `{% set ns = namespace(x=${value}) %}{% for i in range(${count}) %}{% set ns.x = ${make} %}{% endfor %}`
const twice = (count: number, value = '"a"'): string => doubling(count, value, 'ns.x ~ ns.x')

const budget: Readonly<Record<string, string>> = {
  'a range without end': '{% for i in range(1000000000) %}x{% endfor %}',
  'a range downwards': '{% for i in range(0, -1000000000, -1) %}x{% endfor %}',
  'loops in loops':
    '{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}x{% endfor %}{% e' +
    'ndfor %}{% endfor %}',
  'empty loops in loops':
    '{% for i in range(9000) %}{% for j in range(9000) %}{% for k in range(9000) %}{% endfor %}{% en' +
    'dfor %}{% endfor %}',
  'a text that doubles': twice(60),
  'a list that doubles': doubling(60, '[1]', 'ns.x + ns.x'),
  'a value that holds itself many times': `${doubling(60, '[1, 2]', '[ns.x, ns.x]')}{{ ns.x | tojson }}`,
  'the same as a text': `${doubling(60, '[1, 2]', '[ns.x, ns.x]')}{{ ns.x ~ "" }}`,
  'a long text turned again and again': `${twice(19)}{% for i in range(10000) %}{% set y = ns.x[::-1] %}{% endfor %}`,
  'a long text in capitals again and again':
    twice(19) + '{% for i in range(9999) %}{% set y = ns.x | upper %}{% endfor %}',
  'a macro that calls itself twice':
    '{% macro f(n) %}{% if n > 0 %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(50) }}',
  'white space that is looked through again and again': `${' '.repeat(250_000)}x`,
}
const invalid: Readonly<Record<string, string>> = {
  'a macro that calls itself': '{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}',
  'brackets 50,000 deep': `{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`,
  'conditions 10,000 deep': '{% if true %}'.repeat(10_000) + '{% endif %}'.repeat(10_000),
  'negations 60,000 deep': `{{ ${'not '.repeat(60_000)}1 }}`,
  'a value within itself': '{% set ns = namespace(x=1) %}{% set ns.x = ns %}{{ ns | tojson }}',
  'a text replaced by itself': `${twice(19)}{{ ns.x.replace("a", ns.x) }}`,
  'lines moved far in': `${twice(18, '"a\\n"')}{{ ns.x | indent(1000000) }}`,
  'a step of nothing': '{% for i in range(0, 5, 0) %}{% endfor %}',
  'a step of almost nothing': '{% for i in range(0, 5, 0.0000001) %}{% endfor %}',
  'a source of a megabyte': 'x'.repeat(1 << 20),
  'an open block': '{% for m in messages %}',
  'what it refuses itself': '{{ raise_exception("no system messages") }}',
}

function outcome(source: string): unknown {
  try {
    return chatTemplate(source)(messages, { opensAssistant: 'no' })
  } catch (error) {
    return error
  }
}

test.each(Object.entries(budget))('%s is given up', (_, source) => {
  expect(outcome(source)).toMatchObject({ name: 'CapabilityError', code: 'CHAT_TEMPLATE_BUDGET' })
})

test.each(Object.entries(invalid))('%s is refused', (_, source) => {
  expect(outcome(source)).toMatchObject({ name: 'CapabilityError', code: 'CHAT_TEMPLATE_INVALID' })
})

test('the sentence has what the template said, and the limit', () => {
  expect(outcome(invalid['what it refuses itself']!)).toMatchObject({
    message: expect.stringContaining('no system messages'),
  })
  expect(outcome(budget['a range without end']!)).toMatchObject({
    message: expect.stringMatching(/1000000000.*20000/),
  })
})

test('nothing of JavaScript is within reach', () => {
  const names = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', '__defineGetter__']
  const values = [
    'messages',
    'messages[0]',
    'range',
    '"a"',
    '1',
    'namespace',
    'raise_exception',
    'namespace(a=1)',
    '[1]',
  ]
  const source = values.flatMap((value) =>
    names.map((name) => `{{ (${value}).${name} }}{{ (${value})["${name}"] }}`),
  )
  expect(outcome(source.join(''))).toBe('')
  const globals = ['process', 'require', 'globalThis', 'this', 'self', 'work', 'eval', 'Function', 'import']
  expect(outcome(globals.map((name) => `{{ ${name} }}`).join(''))).toBe('')
})

const models: Readonly<Record<string, string>> = {
  chatml:
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + " +
    "'<|im_end|>' + '\\n'}}" +
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
  llama:
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set s = messag" +
    "es[0]['content'] %}" +
    '{% else %}{% set loop_messages = messages %}{% endif %}{{ bos_token }}{% for m in loop_messages %}' +
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles') }}{% endif %}" +
    "{% if loop.index0 == 0 and s is defined %}{% set c = '<<SYS>>' + s | trim + '<</SYS>>' + m['content'] %}" +
    "{% else %}{% set c = m['content'] %}{% endif %}[INST] {{ c | trim }} [/INST]{{ eos_token if loo" +
    'p.last }}{% endfor %}',
  filters:
    '{%- for m in messages | selectattr("role", "equalto", "user") -%} {{ m.content | tojson }}{{ loop.length }}' +
    '{%- endfor -%}{{ range(3) | join(",") }}{{ range(4, 0, -2) | list }}{{ messages | map(attribute' +
    '="role") | join("-") }}' +
    '{% macro f(a, b=2) %}{{ a ~ b }}{% endmacro %}{{ f(1) }}{{ f("x", b="y") }}{{ True and not Fals' +
    'e }}{{ none is none }}' +
    '{{ strftime_now("%Y %m %%") }}',
}

test.each(Object.entries(models))('the template %s gives what it gives without a budget', (_, source) => {
  const items = { messages, add_generation_prompt: false, bos_token: '', eos_token: '' }
  expect(outcome(source)).toBe(new Template(source).render(items))
})

test('the budget grows with the conversation', () => {
  const many = Array.from({ length: 3_000 }, (_, index) => messages[1 + (index % 2)]!)
  const render = chatTemplate(models.chatml!)
  expect(render(many, { opensAssistant: 'no' })).toHaveLength(
    new Template(models.chatml!).render({ messages: many }).length,
  )
  const long = [{ role: 'user', content: 'x'.repeat(10_000_000) }] as const
  expect(
    chatTemplate('{% for m in messages %}{{ m.content | trim }}{% endfor %}')(long, { opensAssistant: 'no' }),
  ).toBe(long[0].content)
})
