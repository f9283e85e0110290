// Goal: a template out of a model file ends, with its text or with a typed error, and reaches nothing but what it is
// given. Method: templates without end of every manner, and templates of models against the plain interpreter.
import { Template } from '@huggingface/jinja'
import { chatTemplate } from '../../../lib/model/chat-template.js'
import type { ChatMessage } from '../../../lib/run/state/chat.js'

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
  'a long text in capitals again and again': [
    twice(19),
    '{% for i in range(9999) %}{% set y = ns.x | upper %}{% endfor %}',
  ].join(''),
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
  loops:
    '{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}' +
    '{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem.role }}{{ loop.nextitem["role"] }}' +
    '{{ loop.other }}{{ loop.previtem is defined }}{{ loop | length }}{{ "last" in loop }}{{ loop.get("index") }}' +
    '{% for k in loop.keys() %}{{ k }}{% endfor %}{{ loop is mapping }}{% set seen = loop %}{{ seen.index }}' +
    '{% set count = (count if count is defined else 0) + 1 %}{{ count }}{% endfor %}' +
    '{{ count is defined }}{{ loop }}' +
    '{% for x in [] %}a{% else %}b{% endfor %}{% for x in [1, 2] if x > 1 %}{{ x }}{{ loop.index }}{% endfor %}' +
    '{% set namespace = 1 %}{% for x in [1] %}{{ namespace is callable }}{% endfor %}{{ namespace }}',
  members:
    '{% set d = {"get": 1, "a": [3, 4], "n": none} %}{{ d.get }}{{ d["get"] }}{{ d.a[-1] }}{{ d.a[7] }}' +
    '{{ d.n is none }}' +
    '{{ d.b is defined }}{{ d["b"] is defined }}{{ d.keys() | length }}{{ d["items"]() | length }}' +
    '{{ messages[-1].role }}' +
    '{{ messages[0]["content"].upper() }}{{ "ab"[1] }}{{ d.a.length }}{{ messages.x is undefined }}' +
    '{% set ns = namespace(a=1) %}{% set ns.b = ns.a + 1 %}{{ ns.b }}{{ ns["b"] }}{{ ns.c is defined }}' +
    '{{ ns.get is defined }}',
  operators:
    '{{ "a" + "b" }}{{ "a" + 1 }}{{ 1 + 2 }}{{ 1 - 2 }}{{ 7 % 3 }}{{ 1 < 2 }}{{ 2 <= 1 }}{{ 1 > 2 }}' +
    '{{ 2 >= 2 }}{{ 1.5 + 1 }}' +
    '{{ 3 / 2 }}{{ 3 * 2 }}{{ 3 // 2 }}{{ "a" == "a" }}{{ "a" != "a" }}{{ 1 == true }}{{ "1" == 1 }}' +
    '{{ none == missing }}' +
    '{{ [1] == [1] }}{{ "a" in "ba" }}{{ "a" not in ["a"] }}{{ "a" in {"a": 1} }}{{ 1 in [1, 2] }}' +
    '{{ "a" in missing }}' +
    '{{ not "" }}{{ not [] }}{{ not {} }}{{ not [0] }}{{ not none }}{{ "x" if {} else "y" }}' +
    '{{ "" or "z" }}{{ [] and 1 }}' +
    '{{ 1 is odd }}{{ 2 is not odd }}{{ -1 }}',
}

test.each(Object.entries(models))('the template %s gives what it gives without a budget', (_, source) => {
  const items = { messages, add_generation_prompt: false, bos_token: '', eos_token: '' }
  expect(outcome(source)).toBe(new Template(source).render(items))
})

test('a loop goes over what its list was when it began', () => {
  const source =
    '{% set list = [1, 2] %}{% for x in list %}{{ x }}{{ list.append(3) }}{% endfor %}{{ list | length }}'
  expect(outcome(source)).toBe('124')
})

const refused: readonly string[] = [
  '{{ missing + "a" }}',
  '{{ 1 + none }}',
  '{{ "a" - "b" }}',
  '{{ "a" < "b" }}',
  '{% for x in 1 %}{% endfor %}',
  '{% set messages.a = 1 %}',
  '{{ 1 is whatever }}',
  '{{ 1[0] }}',
]

test.each(refused)('%s is refused in the words of the plain interpreter', (source) => {
  let words = ''
  try {
    new Template(source).render({ messages })
  } catch (error) {
    words = (error as Error).message
  }
  expect(words).not.toBe('')
  expect(outcome(source)).toMatchObject({
    code: 'CHAT_TEMPLATE_INVALID',
    message: expect.stringContaining(words),
  })
})

/** What Python's Jinja makes of them, as transformers calls it; written down from there. */
const python: readonly (readonly [template: string, text: string])[] = [
  [
    '{% set d = {0: "a", 512: "b", "x": "c"} %}{{ d[0] }}{{ d[512] }}{{ d["x"] }}{{ d[7] }}{{ d["0"] }}',
    'abc',
  ],
  [
    '{% set d = {512: "b", 64: "a"} %}{% for k, v in d | dictsort %}{{ k + 1 }}{{ v }} {% endfor %}',
    '65a 513b ',
  ],
  [
    '{% set d = {2: "b"} %}{{ (2 in d) ~ ("2" in d) ~ (3 not in d) }} {{ d.get(2) }} {{ d.get(3, "-") }}',
    'TrueFalseTrue b -',
  ],
  ['{% for k, v in {1: 2}.items() %}{{ k + v }}{% endfor %}{{ {1: "a"} | length }}', '31'],
  [
    '{{ "<{}{}>".format("a", 5) }}{{ "{1}{0}".format("a", "b") }}{{ "{x}{{}}".format(x=none) }}',
    '<a5>baNone{}',
  ],
  [
    '{{ " \\n a \\n".strip() ~ "|" }}{{ "\\n\\n a\\n".lstrip("\\n") ~ "|" }}{{ "xxaxx".rstrip("x") }}',
    'a| a\n|xxa',
  ],
  ['{{ "\\n a\\n".strip("\\n") }}|{{ "abc".strip("") }}|{{ "\ufeffa\x1f" | trim }}', ' a|abc|\ufeffa'],
  [
    '{{ ", ".join(["a", "b"]) }}{{ "prefix".removeprefix("pre") }}{{ "suffix".removesuffix("fix") }}',
    'a, bfixsuf',
  ],
  [
    '{% for x in nothing %}x{% endfor %}{{ nothing | length }}{{ nothing ~ "a" }}{{ nothing | join(",") }}',
    '0a',
  ],
  ['{{ nothing | default("d") }}{{ nothing | trim }}{{ nothing | selectattr("a") | list | length }}', 'd0'],
  ['{% for x in "añ🙂" %}{{ x }}.{% endfor %}{{ [] | first }}{{ none ~ true }}', 'a.ñ.🙂.NoneTrue'],
  ['{{ bos_token }}{{ eos_token }}{{ add_generation_prompt ~ "" }}', '<s></s>False'],
  [
    '{% if tools %}tools{% endif %}{% for tool in tools %}tool{% endfor %}{% if tools is none %}none{% endif %}',
    '',
  ],
  ['{{ none | selectattr("a") | list | length }}{{ none | map(attribute="a") | list | length }}', '00'],
  [
    '{% for i in range(5) %}{{ i }}{% if i == 1 %}x{% continue %}{% elif i > 2 %}y{% break %}' +
      '{% endif %}.{% endfor %}',
    '0.1x2.3y',
  ],
  ['a{% generation %}b{% endgeneration %}c', 'abc'],
  ['{{ {"a": [1, "ñ<"]} | tojson }}{{ {"a": 1} | tojson(indent=2) }}', '{"a": [1, "ñ<"]}{\n  "a": 1\n}'],
]

test.each(python)('%s is what it is in Python', (template, text) => {
  const render = chatTemplate(template, { bos: '<s>', eos: '</s>' })
  expect(render(messages, { opensAssistant: 'no' })).toBe(text)
})

test('strftime_now has the formats of Python, at the time it is given', () => {
  const time = new Date(2024, 1, 9, 15, 4, 5, 6)
  const told = (format: string): string =>
    chatTemplate(`{{ strftime_now(${JSON.stringify(format)}) }}`)([], { opensAssistant: 'no', time })
  expect(told('%d %b %Y, %B %-d, %Y-%m-%d')).toBe('09 Feb 2024, February 9, 2024-02-09')
  expect(told('%A %a %w %u %j %U %W %y')).toBe('Friday Fri 5 5 040 05 06 24')
  expect(told('%H:%M:%S %I %p %-I %f %T %R %F %D %e|%%|%n|%t|%Q')).toBe(
    '15:04:05 03 PM 3 006000 15:04:05 15:04 2024-02-09 02/09/24  9|%|\n|\t|%Q',
  )
  expect(told('%c')).toBe('Fri Feb  9 15:04:05 2024')
})

test('a template that takes only typed content gets it', () => {
  const typed =
    '{% for m in messages %}{{ m.role }}:{% for part in m.content %}{% if part.type == "text" %}{{ part.text }}' +
    '{% endif %}{% endfor %};{% endfor %}'
  const said = [{ role: 'user', content: 'a b' }] as const
  expect(chatTemplate(typed)(said, { opensAssistant: 'no' })).toBe('user:a b;')
  const strict = '{% if messages[0].content is string %}{{ raise_exception("parts") }}{% endif %}'
  expect(chatTemplate(strict + typed)(said, { opensAssistant: 'no' })).toBe('user:a b;')
  const either = '{{ messages[0].content if messages[0].content is string else "typed" }}'
  expect(chatTemplate(either)(said, { opensAssistant: 'no' })).toBe('a b')
})

test('a template is read when messages are rendered, not before', () => {
  const render = chatTemplate('{% for %}')
  for (const _ of [1, 2]) {
    expect(() => render(messages, { opensAssistant: 'no' })).toThrow(
      expect.objectContaining({ name: 'CapabilityError', code: 'CHAT_TEMPLATE_INVALID' }),
    )
  }
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

test('a template sees what messages carry beside their text, and the variables of the conversation', () => {
  const names = '["reasoning_content", "tool_calls", "name", "tool_call_id"]'
  const members = `{% for n in ${names} %}{% if n in m %}{{ m[n] | tojson }};{% endif %}{% endfor %}`
  const shown = `{% for m in messages %}{{ m.role }}:${members}{% endfor %}`
  const calls = [{ id: 'c1', name: 'weather', arguments: { city: 'Rome' } }]
  const said: readonly ChatMessage[] = [
    { role: 'assistant', thinking: 'hm', content: '', toolCalls: calls },
    { role: 'tool', content: 'sunny', name: 'weather', toolCallId: 'c1' },
  ]
  const call = (given: string): string =>
    `{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": ${given}}}`
  const render = chatTemplate(shown)
  const text = (given: string): string => `assistant:"hm";[${call(given)}];tool:"weather";"c1";`
  expect(render(said, { opensAssistant: 'no' })).toBe(text('{"city": "Rome"}'))
  expect(render(said, { opensAssistant: 'no', arguments: 'text' })).toBe(
    text(JSON.stringify(JSON.stringify({ city: 'Rome' }))),
  )
  const variables = { tools: [{ name: 'a' }], enable_thinking: false, messages: 'not these' }
  const seen = '{{ tools[0].name }} {{ enable_thinking is false }} {{ messages | length }}'
  expect(chatTemplate(seen)(said, { opensAssistant: 'no', variables })).toBe('a true 2')
})
