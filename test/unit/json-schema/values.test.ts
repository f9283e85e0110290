// Scalars and what one keyword says about them: each row is a schema, texts that are members, texts that are not.
import { judge } from '../../support/schema-judge.js'

type Row = readonly [schema: object | boolean | string, members: string[], others: string[]]

const rows: Row[] = [
  [
    true,
    ['null', '1', '"a"', '[]', '{}', '{"a":[1,{"b":null}]}'],
    ['', '1 ', 'nul', '[1,]', '{"a"}', '01', '+1'],
  ],
  [{ type: 'integer' }, ['0', '-1', '12', '1e+21'], ['1.5', '5.0', '1e3', '"1"', '-']],
  [{ type: 'integer', $schema: 'http://json-schema.org/draft-04/schema#' }, ['5'], ['5.0']],
  [
    { type: 'number' },
    ['1.5', '1e9', '-2.5E-3', '1'.repeat(40)],
    ['1e999', '.5', '1.', 'NaN', '1'.repeat(400)],
  ],
  [{ type: ['string', 'null'] }, ['"a"', 'null'], ['1', 'true']],
  [{ type: 'integer', minimum: -5, maximum: 12 }, ['-5', '0', '9', '10', '12'], ['-6', '13', '100', '-50']],
  [
    { type: 'integer', exclusiveMinimum: 99, maximum: 1000 },
    ['100', '999', '1000'],
    ['99', '1001', '9', '2000'],
  ],
  [
    { type: 'number', minimum: 0.5, exclusiveMaximum: 2 },
    ['0.5', '0.51', '1', '1.99'],
    ['0.49', '2', '2.0', '0', '-1'],
  ],
  [
    { type: 'number', minimum: -1.25, maximum: -0.5 },
    ['-1.25', '-1', '-0.5', '-0.50'],
    ['-1.26', '-0.49', '0', '1'],
  ],
  [{ minimum: 5, exclusiveMinimum: true }, ['6', '"a"', 'null', '5.1'], ['5', '4', '5.0']],
  [{ type: 'number', minimum: 0 }, ['0', '1e-7', '3.5'], ['-1', '-0.1']],
  [
    '{"type":"integer","minimum":9007199254740993}',
    ['9007199254740993', '9007199254740994'],
    ['9007199254740992'],
  ],
  [{ multipleOf: 0.01 }, ['0.07', '1.25', '3', '19.990'], ['0.075', '1.001']],
  [{ multipleOf: 1.5 }, ['0', '1.5', '4.5', '-3', '45'], ['1', '2.5', '4']],
  [{ type: 'integer', multipleOf: 7, minimum: 0 }, ['0', '7', '49', '700'], ['1', '8', '71']],
  [{ type: 'integer', multipleOf: 20 }, ['0', '20', '140', '-60'], ['10', '30', '2']],
  [{ multipleOf: 97, minimum: 90, maximum: 300 }, ['97', '194', '291'], ['98', '0', '388']],
  [{ const: 1 }, ['1', '1.0'], ['1.5', '"1"', 'true']],
  [
    { enum: [1.0, 'a', null, [1, { b: 2 }]] },
    ['1', '"a"', 'null', '[1,{"b":2}]'],
    ['[1,{"b":3}]', 'true', '2'],
  ],
  [{ const: null }, ['null'], ['0', 'false', '""']],
  [{ enum: [1, 'a'], type: 'string' }, ['"a"'], ['1']],
  [{ not: { enum: [1, 'a', true] } }, ['2', '"b"', 'false', 'null'], ['1', '1.0', '"a"', 'true']],
  [
    { type: 'string', minLength: 2, maxLength: 3 },
    ['"ab"', '"a😀b"', '"\\u00e9x"', '"\\n\\n"'],
    ['"a"', '"abcd"', '"😀"'],
  ],
  [{ type: 'string', pattern: '^a+$' }, ['"a"', '"aaa"'], ['""', '"b"', '"ab"']],
  [{ type: 'string', pattern: 'b' }, ['"b"', '"abc"'], ['"ac"', '""']],
  [{ type: 'string', pattern: '^x|y$' }, ['"x1"', '"1y"'], ['"1x"', '"y1"']],
  [{ type: 'string', pattern: '^(/[a-z]+($|/))*$' }, ['""', '"/a"', '"/a//b"'], ['"/"', '"a"']],
  [{ type: 'string', pattern: '^["\\\\\\n]$' }, ['"\\""', '"\\\\"', '"\\n"', '"\\u000a"'], ['"n"', '"""']],
  [{ type: 'string', pattern: '^é$' }, ['"é"', '"\\u00e9"', '"\\u00E9"'], ['"e"']],
  [{ type: 'string', pattern: '^.$' }, ['"😀"', '"\\ud83d\\ude00"', '"x"'], ['"xx"', '"\\n"', '"\\ud83d"']],
  [{ type: 'string', not: { pattern: 'a' } }, ['""', '"bc"'], ['"a"', '"xay"', '"\\u0061"']],
  [
    { type: 'string', pattern: '^a*$', minLength: 2, maxLength: 3 },
    ['"aa"', '"aaa"'],
    ['"a"', '"aaaa"', '"ab"'],
  ],
  [{ format: 'date' }, ['"2024-02-29"', '"2023-12-31"', '1'], ['"2023-02-29"', '"2024-04-31"', '"24-01-01"']],
  [
    { format: 'date-time' },
    ['"2024-01-01T00:00:00Z"', '"1990-12-31T15:59:59.5+08:00"'],
    ['"2024-01-01"', '"2024-01-01T25:00:00Z"'],
  ],
  [
    { format: 'time' },
    ['"12:00:00Z"', '"23:59:60+00:00"'],
    ['"12:00"', '"24:00:00Z"', '"22:59:60Z"', '"23:59:60+01:00"'],
  ],
  [{ format: 'idn-email' }, ['"실례@실례.테스트"', '"a@b.example"'], ['"실례"', '"a@〮a.example"']],
  [{ format: 'idn-hostname' }, ['"실례.테스트"', '"münchen.example"'], ['"〮한"', '"-실"', '"x..y"']],
  [{ format: 'duration' }, ['"P3Y6M4DT12H30M5S"', '"PT36H"', '"P4W"'], ['"P"', '"P1D2H"', '"P1YT"']],
  // What only some readers take for the format is neither of it nor of its opposite.
  [
    { type: 'string', not: { format: 'date-time' } },
    ['"a"', '"2024"'],
    ['"2024-01-01T00:00:00Z"', '"1998-12-31T15:59:60-08:00"'],
  ],
  [{ type: 'string', not: { format: 'ipv4' } }, ['"1.2.3"', '"256.0.0.1"'], ['"1.2.3.4"']],
  [
    { format: 'email' },
    ['"a.b@example.com"', `"${'a'.repeat(64)}@example.com"`, '"a.long-second-name-of-somebody@example.com"'],
    [
      '"a@"',
      '"a..b@example.com"',
      '"plain"',
      `"${'a'.repeat(65)}@example.com"`,
      `"${'a.'.repeat(32)}b@x.org"`,
    ],
  ],
  [{ format: 'ipv4' }, ['"127.0.0.1"'], ['"256.0.0.1"', '"1.2.3"', '"01.2.3.4"']],
  [
    { format: 'ipv6' },
    ['"::1"', '"2001:db8::ff00:42:8329"', '"::ffff:1.2.3.4"'],
    ['":::"', '"1::2::3"', '"12345::"'],
  ],
  [{ format: 'uuid' }, ['"2EB8AA08-AA98-11EA-B4AA-73B441D16380"'], ['"2eb8aa08"']],
  [
    { format: 'uri' },
    ['"http://example.com/a?b#c"', '"urn:isbn:123"'],
    ['"/relative"', '"http://a b"', '"a"'],
  ],
  [{ format: 'hostname' }, ['"www.example.com"', '"a-b"'], ['"-a"', '"a..b"', `"${'a'.repeat(64)}"`]],
]

test.each(rows.map((row) => [JSON.stringify(row[0]), ...row] as const))(
  '%s',
  (_, schema, members, others) => {
    const { accepts } = judge(schema)
    expect(members.filter((text) => !accepts(text))).toEqual([])
    expect(others.filter((text) => accepts(text))).toEqual([])
  },
)
