// Formats at their edges: what the standard allows and few people write, and what only looks like it.
import { domainToASCII, domainToUnicode } from 'node:url'
import { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { jsonSchema } from '../../../lib/constraint/json-schema.js'
import { type Judge, judge } from '../../support/schema-judge.js'

const label63 = 'a'.repeat(63)
const long253 = [label63, label63, label63, 'a'.repeat(61)].join('.')

const rows: [format: string, members: string[], others: string[]][] = [
  [
    'hostname',
    [
      'xn--4gbwdl.xn--wgbh1c',
      'XN--4GBWDL.com',
      'xn--mnchen-3ya.example',
      'www.xn--tda.de',
      'a--b',
      'abcd--e',
      'a--b.c-d.e--f',
      'ab-cd',
      'a-b--c---d',
      'a.b.c.d.e.f.g.h',
      '1.2.3.4',
      label63,
      `${'a-'.repeat(31)}a`,
      long253,
    ],
    [
      'ab--cd',
      '12--34.com',
      'xn--',
      'xn--a',
      'xn--X',
      'xn--abc-',
      'xn--mnchen-3y1',
      'xn-',
      'a-',
      'a.-b',
      '.a',
      'a.',
      'a b',
      'a_b',
      'é.com',
      `a${label63}`,
      `a${long253}`,
      `xn--${'a'.repeat(60)}`,
    ],
  ],
  [
    'email',
    [
      '"joe bloggs"@example.com',
      '"joe..bloggs"@example.com',
      '"joe@bloggs"@example.com',
      '"a\\"b"@example.com',
      `"${'x'.repeat(62)}"@example.com`,
      'joe@[127.0.0.1]',
      'joe@[IPv6:::1]',
      'joe@[IPv6:2001:db8::1]',
      'joe@[IPv6:1:2:3:4:5:6:7:8]',
      'joe@[IPv6:::ffff:1.2.3.4]',
      '"a b"@[10.0.0.1]',
      'a@xn--mnchen-3ya.example',
      'a@b--c.org',
      'a@a.b.c.d.e.f.org',
      `a@${long253.slice(2)}`,
    ],
    [
      '"joe"bloggs@example.com',
      '"joe\nb"@example.com',
      '"a"b"@example.com',
      '"a\\"@example.com',
      `"${'x'.repeat(63)}"@example.com`,
      'joe@[127.0.0.300]',
      'joe@[127.0.0]',
      'joe@[::1]',
      'joe@[IPv6:1:2:3:4:5:6:7::]',
      'joe@[IPv6:12345::]',
      'joe@[127.0.0.1',
      'joe@ab--cd.org',
      'joe@-a.org',
      'joe bloggs@example.com',
    ],
  ],
  [
    'time',
    [
      '23:59:60Z',
      '23:59:60.5z',
      '01:29:60+01:30',
      '23:29:60+23:30',
      '15:59:60-08:00',
      '00:29:60-23:30',
      '00:59:60+01:00',
      '05:44:60+05:45',
      '14:14:60.123-09:45',
    ],
    [
      '22:59:60Z',
      '23:59:60+01:00',
      '23:58:60Z',
      '01:29:60-01:30',
      '24:59:60+01:00',
      '23:59:60+24:00',
      '23:59:61Z',
    ],
  ],
  [
    'date-time',
    ['1998-12-31T23:59:60Z', '1998-12-31T15:59:60.123-08:00', '2017-01-01T05:29:60+05:30'],
    ['1998-12-31T22:59:60Z', '1998-12-31T23:59:60-08:00', '1998-12-31T23:58:60Z'],
  ],
  [
    'idn-hostname',
    [
      '실례.테스트',
      'bücher-laden.de',
      'mein-großer-laden.example',
      'παράδειγμα.δοκιμή',
      'пример.рф',
      'मराठी.भारत',
      'ตาก.ไท',
      'דוגמה.קום',
      'موقع.وزارة',
      'www.דוגמה.קום',
      'xn--4gbwdl.xn--wgbh1c',
      'example.com',
      'a--b.com',
    ],
    [
      '〮한',
      '-실',
      '실-',
      'x..y',
      'ab--ü',
      'ü--b',
      'Ü.de',
      '1a.דוגמה',
      'aדוגמה',
      'e\u0301.de',
      '्क',
      '☕.de',
      'xn--X',
      'ab--cd',
    ],
  ],
  ['idn-email', ['"a b"@실례.테스트', 'böb@bücher-laden.de', 'a@דוגמה.קום'], ['a@☕.de', 'a@-실.de']],
]

function finished(format: string): (text: string) => boolean {
  const constraint = jsonSchema({ type: 'string', format })
  constraint.lower(new IrBuilder())
  return (text) => {
    try {
      constraint.parse(text)
      return true
    } catch {
      return false
    }
  }
}

test.each(rows)('%s', (format, members, others) => {
  const { accepts } = judge({ type: 'string', format })
  const isFinished = finished(format)
  for (const text of members.map((each) => JSON.stringify(each))) {
    expect([text, accepts(text) && isFinished(text)]).toEqual([text, true])
    expect([text, jsonSchema({ type: 'string', format }).textOf!(JSON.parse(text))]).toEqual([text, text])
  }
  for (const text of others.map((each) => JSON.stringify(each))) {
    expect([text, accepts(text) && isFinished(text)]).toEqual([text, false])
    expect([text, jsonSchema({ type: 'string', format }).textOf!(JSON.parse(text))]).toEqual([text, null])
  }
})

test('a name in ASCII that means none is found out when it is finished', () => {
  const schema = { type: 'object', properties: { h: { format: 'hostname' } } }
  const wrong = [
    'xn--hello-txk',
    'xn--hello-zed',
    'xn--hello-6bf',
    'XN--aa---o47jg78q',
    'xn--ttt-8ia',
    'xn--0ca24w',
    '1a.xn--4gbwdl',
  ]
  const constraint = jsonSchema(schema)
  constraint.lower(new IrBuilder())
  for (const host of wrong) {
    const text = JSON.stringify({ h: `www.${host}.com` })
    expect(() => constraint.parse(text)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
  }
  expect(constraint.parse('{"h":"www.xn--tda.com"}')).toEqual({ h: 'www.xn--tda.com' })
  // Where it is no host name it means nothing.
  expect(constraint.parse('{"h":"a","x":"xn--hello-txk"}')).toEqual({ h: 'a', x: 'xn--hello-txk' })
})

const clock = (minutes: number): string => {
  const all = (minutes + 1440) % 1440
  return [Math.floor(all / 60), all % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

test('leap seconds in every zone there is', () => {
  const { accepts } = judge({ type: 'string', format: 'time' })
  for (let zone = 0; zone < 1440; zone += 15) {
    for (const [sign, local] of [
      ['+', clock(zone - 1)],
      ['-', clock(1439 - zone)],
    ] as const) {
      const text = `"${local}:60${sign}${clock(zone)}"`
      expect([text, accepts(text)]).toEqual([text, true])
      const other = `"${clock(zone * 7 + 3)}:60${sign}${clock(zone)}"`
      const isRight = other === text
      expect([other, accepts(other)]).toEqual([other, isRight])
    }
  }
})

test('internationalized labels have a form in ASCII that means them', () => {
  const { accepts } = judge({ type: 'string', format: 'idn-hostname' })
  const letters = [
    0xdf, 0xff, 0x3ac, 0x3ce, 0x430, 0x45f, 0x561, 0x586, 0x5d0, 0x5ea, 0x621, 0x64a, 0x904, 0x928, 0x939,
  ]
  letters.push(
    0xe01,
    0xe44,
    0x10d0,
    0x10f0,
    0x3041,
    0x3096,
    0x30a1,
    0x30fa,
    0x4e00,
    0x9fa5,
    0xac00,
    0xd7a3,
    0x61,
    0x39,
    0x2d,
  )
  let accepted = 0
  for (let count = 0; count < 3_000; count++) {
    const length = 1 + (count % 12)
    const name = Array.from({ length }, (_, index) => {
      const mixed = Math.imul(count * 31 + index * 17 + 7, 0x9e3779b1) >>> 8
      return String.fromCharCode(letters[mixed % letters.length]!)
    }).join('')
    if (!accepts(JSON.stringify(name))) continue
    accepted++
    // With a second label, as digits alone would be an address.
    const ascii = domainToASCII(`${name}.x`)
    expect([name, domainToUnicode(ascii), ascii.length <= 65]).toEqual([name, `${name}.x`, true])
  }
  expect(accepted).toBeGreaterThan(150)
})

const uniques: [schema: object, members: string[], others: string[]][] = [
  [
    { type: 'string' },
    ['["a","b","ab"]', '["","\\u0000"]'],
    ['["a","\\u0061"]', '["é","\\u00E9"]', '["/","\\/"]'],
  ],
  [{ type: 'string', maxLength: 2 }, ['["ab","a"]'], ['["😀","\\ud83d\\uDE00"]', '["\\"","\\u0022"]']],
  [{ type: 'string', format: 'date' }, ['["2024-01-01","2024-01-02"]'], ['["2024-01-01","2024-01-01"]']],
  [
    { type: 'number' },
    ['[1,-1,0.1,0.11,12]', '[100000000000000]'],
    ['[1,1.0]', '[0,-0]', '[0.0,-0.0]', '[1,1e0]', '[0.5,0.50]'],
  ],
  [{ type: 'integer', multipleOf: 3 }, ['[3,0,33]'], ['[3,3]', '[3,4]']],
  [
    { enum: [[1, 'a'], { a: 1, b: [] }, [], 'a'] },
    ['[[1,"a"],{"a":1,"b":[]},[],"a"]'],
    ['[[],[]]', '[[1,"a"],[1,"a"]]'],
  ],
  [{ type: ['null', 'boolean', 'string'] }, ['[null,true,false,"null"]'], ['[null,null]', '[true,true]']],
  [
    { type: 'integer', minimum: 1, maximum: 6 },
    ['[1,2,3]', '[6,1]', '[]'],
    ['[1,1]', '[1,1.0]', '[7]', '[3.0,2]'],
  ],
  [{ type: 'integer', minimum: 0, maximum: 60, multipleOf: 15 }, ['[0,15,60]'], ['[0,0]', '[15,15]', '[10]']],
  [{ type: 'number', minimum: 0, maximum: 1, multipleOf: 0.25 }, ['[0,0.25,1]'], ['[0.25,0.25]', '[0.3]']],
  [{ type: 'string', pattern: '^[a-c]$' }, ['["a","c"]'], ['["a","a"]', '["d"]']],
  [{ type: 'string', pattern: '^(red|blue)$', maxLength: 3 }, ['["red"]'], ['["red","red"]', '["blue"]']],
  [
    { anyOf: [{ type: 'boolean' }, { type: 'integer', minimum: 1, maximum: 2 }] },
    ['[true,1]'],
    ['[1,1]', '[3]'],
  ],
]

test.each(uniques)('unique items of %j', (items, members, others) => {
  const list: Judge = judge({ type: 'array', items, uniqueItems: true })
  for (const text of members) expect([text, list.accepts(text)]).toEqual([text, true])
  for (const text of others) expect([text, list.accepts(text)]).toEqual([text, false])
})

test.each([
  [{ type: ['string', 'array'] }, '["a","b"]', '["a","a"]'],
  [{ type: 'object' }, '[{"a":1},{"a":2}]', '[{"a":1,"b":2},{"b":2,"a":1}]'],
])('unique items of free %j are judged at the end where that is lenient', (items, good, bad) => {
  const constraint = jsonSchema({ type: 'array', items, uniqueItems: true }, { lenient: true })
  constraint.lower(new IrBuilder())
  expect(constraint.parse(good)).toEqual(JSON.parse(good))
  expect(() => constraint.parse(bad)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
})
