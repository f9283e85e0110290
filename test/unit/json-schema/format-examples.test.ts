// Formats by examples: what their standards list and what people write, and what only looks like it. ajv's formats are
// the outside judge: what is taken is theirs too, or stands among the good examples, which are the standards' own.
import Ajv from 'ajv'
import addFormats from 'ajv-formats'
import { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { jsonSchema } from '../../../lib/constraint/json-schema.js'

import { readerOf } from '../../support/schema-reader.js'

const examples = String.raw`
date
+ 2024-02-29 ¦ 1999-12-31 ¦ 2000-02-29 ¦ 1985-04-12 ¦ 0001-01-01 ¦ 9999-12-31 ¦ 2024-06-30 ¦ 2024-01-31
+ 1600-02-29 ¦ 2400-02-29 ¦ 2023-02-28 ¦ 1970-01-01 ¦ 2024-10-09 ¦ 2024-11-30 ¦ 1001-01-01
- 2023-02-29 ¦ 1900-02-29 ¦ 2024-02-30 ¦ 2024-04-31 ¦ 2024-13-01 ¦ 2024-00-10 ¦ 2024-1-01 ¦ 24-01-01
- 2024-01-32 ¦ 2024-01-00 ¦ 2024/01/01 ¦ 20240101 ¦ 2024-01-01T ¦ 2024-W01
time
+ 00:00:00Z ¦ 23:59:59z ¦ 08:30:06.283185Z ¦ 15:59:60-08:00 ¦ 12:00:00.1234567890123+23:59 ¦ 01:02:03-00:00
+ 23:59:60Z ¦ 00:00:00.0Z ¦ 05:44:60+05:45 ¦ 12:00:00+00:00 ¦ 09:08:07-12:00 ¦ 12:34:56.7z ¦ 22:59:60-01:00
+ 00:00:00.123456789012345Z ¦ 19:20:30+01:00
- 24:00:00Z ¦ 12:60:00Z ¦ 12:00:61Z ¦ 12:00Z ¦ 12:00:00 ¦ 12:00:00.Z ¦ 12:00:00+24:00 ¦ 12:00:00+01:60
- 1:00:00Z ¦ 12:00:00 Z ¦ 22:59:60Z ¦ 12:00:00ZZ ¦ 12-00-00Z ¦ 12:00:00,5Z
date-time
+ 2024-02-29T00:00:00Z ¦ 2024-02-29t12:00:00.12345678901z ¦ 2024-02-29T01:02:03+04:05 ¦ 1999-12-31T23:59:59z
+ 1999-12-31t12:00:00.12345678901z ¦ 1999-12-31T01:02:03+04:05 ¦ 2000-02-29T08:30:06.283185Z
+ 2000-02-29t12:00:00.12345678901z ¦ 2000-02-29T01:02:03+04:05 ¦ 1985-04-12T15:59:60-08:00
+ 1985-04-12t12:00:00.12345678901z ¦ 1985-04-12T01:02:03+04:05 ¦ 0001-01-01T12:00:00.1234567890123+23:59
+ 0001-01-01t12:00:00.12345678901z ¦ 0001-01-01T01:02:03+04:05 ¦ 9999-12-31T01:02:03-00:00
+ 9999-12-31t12:00:00.12345678901z ¦ 9999-12-31T01:02:03+04:05
- 2023-02-29T00:00:00Z ¦ 1900-02-29T00:00:00Z ¦ 2024-02-30T00:00:00Z ¦ 2024-04-31T00:00:00Z
- 2024-13-01T00:00:00Z ¦ 2024-00-10T00:00:00Z ¦ 2024-1-01T00:00:00Z ¦ 24-01-01T00:00:00Z
- 2024-01-01T24:00:00Z ¦ 2024-01-01T12:60:00Z ¦ 2024-01-01T12:00:61Z ¦ 2024-01-01T12:00Z ¦ 2024-01-01T12:00:00
- 2024-01-01T12:00:00.Z ¦ 2024-01-01T12:00:00+24:00 ¦ 2024-01-01T12:00:00+01:60 ¦ 2024-01-01T1:00:00Z
- 2024-01-01T12:00:00 Z ¦ 2024-01-01 00:00:00Z ¦ 2024-01-01 ¦ 2024-01-01T
duration
+ P4DT12H30M5S ¦ P3Y6M4DT12H30M5S ¦ PT0S ¦ P0D ¦ P1M ¦ PT1M ¦ PT36H ¦ P1DT12H ¦ P2W ¦ P1Y ¦ P1Y2M ¦ PT1H30M
+ PT5S ¦ P10D ¦ P1YT1S
- PT1D ¦ P ¦ P1YT ¦ PT ¦ P2D1Y ¦ P1D2H ¦ P2S ¦ P1Y2W ¦ 4DT12H ¦ p1D ¦ P1 ¦ P-1D ¦ P1.5D ¦ PT1S1M ¦ P1W1D
email
+ joe.bloggs@example.com ¦ te~st@example.com ¦ ~test@example.com ¦ test~@example.com ¦ te.s.t@example.com
+ a+b@c.org ¦ o'neil@x.ie ¦ x@sub.domain.example ¦ 1@2.com ¦ a_b@c-d.com ¦ "a b"@c.com ¦ A@B.CO
+ x!#$%&*/=?^\u0060{|}@y.zz ¦ joe@[127.0.0.1] ¦ joe@[IPv6:::1]
- 2962 ¦ .test@example.com ¦ test.@example.com ¦ te..st@example.com ¦ joe bloggs@example.com ¦ @b.com ¦ a@
- a@b@c.com ¦ a@-b.com ¦ a@b..com ¦ a b@c.com ¦ joe@[127.0.0.300] ¦ a@b_c.com ¦ a@.com
hostname
+ www.example.com ¦ xn--4gbwdl.xn--wgbh1c ¦ hostname ¦ h0stn4me ¦ 1host ¦ a ¦ host-name ¦ a.b.c ¦ 1.2.3.4
+ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com ¦ EXAMPLE.com ¦ x1-2.y3 ¦ localhost
+ a-1.b ¦ xn--mnchen-3ya.de
- -a-host-name ¦ host-name- ¦ a_b ¦ a..b ¦ .a ¦ a.
- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com ¦ a b ¦ a/b ¦ - ¦ a.-b ¦ é.fr
- not_a_valid_host_name ¦ host:80 ¦ a@b
ipv4
+ 127.0.0.1 ¦ 0.0.0.0 ¦ 255.255.255.255 ¦ 192.168.1.9 ¦ 1.2.3.4 ¦ 10.0.0.10 ¦ 8.8.8.8 ¦ 100.64.0.1 ¦ 9.9.9.9
+ 172.16.254.1 ¦ 249.250.199.200 ¦ 1.1.1.1 ¦ 0.0.0.1 ¦ 87.10.0.1 ¦ 198.51.100.7
- 256.0.0.1 ¦ 1.2.3 ¦ 1.2.3.4.5 ¦ 01.2.3.4 ¦ 1.2.3.04 ¦ 1..2.3 ¦ 0x7f.0.0.1 ¦ 1.2.3.4/24 ¦ 2130706433
- a.b.c.d ¦ 1.2.3. ¦ ::1
ipv6
+ :: ¦ ::1 ¦ 1:: ¦ 2001:db8::8a2e:370:7334 ¦ 1:2:3:4:5:6:7:8 ¦ ::ffff:192.168.0.1 ¦ 1:2::192.168.0.1
+ FE80::a:B ¦ 1::7:8 ¦ ::2:3:4:5:6:7:8 ¦ 1:2:3:4:5:6:7:: ¦ ::1.2.3.4 ¦ 2001:0DB8:0:0:0:0:0:1 ¦ a:b:c:d:e:f:0:1
+ 1:2:3:4:5:6:1.2.3.4
- : ¦ ::: ¦ 1:2:3:4:5:6:7 ¦ 1:2:3:4:5:6:7:8:9 ¦ 12345:: ¦ ::g ¦ 1::2::3 ¦ ::1.2.3.256 ¦ 1:2:3:4:5:6:7:1.2.3.4
- fe80::1%eth0 ¦ ::1/64 ¦ 127.0.0.1 ¦ 1:2:3:4:5:6:7:8: ¦ [::1]
uuid
+ 2EB8AA08-AA98-11EA-B4AA-73B441D16380 ¦ 2eb8aa08-aa98-11ea-b4aa-73b441d16380
+ 00000000-0000-0000-0000-000000000000 ¦ ffffffff-ffff-ffff-ffff-ffffffffffff
+ 98d80576-482e-427f-8434-7f86890ab222 ¦ 99c17cbb-656f-564a-940f-1a4520f03487
+ 99c17cbb-656f-664a-940f-1a4520f03487 ¦ 99c17cbb-656f-f64a-940f-1a4520f03487
+ 2EB8aa08-Aa98-11ea-B4Aa-73b441D16380 ¦ 01890a5d-ac96-774b-bcce-b302099a8057
+ 6ba7b810-9dad-11d1-80b4-00c04fd430c8 ¦ 6ba7b811-9dad-11d1-80b4-00c04fd430c8
+ 6ba7b812-9dad-11d1-80b4-00c04fd430c8 ¦ 6ba7b814-9dad-11d1-80b4-00c04fd430c8
+ 123e4567-e89b-12d3-a456-426614174000
- 2eb8aa08-aa98-11ea-b4aa-73b441d1638 ¦ 2eb8aa08aa9811eab4aa73b441d16380
- 2eb8-aa08-aa98-11ea-b4aa73b441d16380 ¦ 2eb8aa08-aa98-11ea-73b441d16380
- {2eb8aa08-aa98-11ea-b4aa-73b441d16380} ¦ 2eb8aa08-aa98-11ea-b4ga-73b441d16380 ¦ -
- 2eb8aa08-aa98-11ea-b4aa-73b441d163800 ¦ 2eb8aa08_aa98_11ea_b4aa_73b441d16380
- 00000000-0000-0000-0000-00000000000O ¦ urn:uuid ¦ 2eb8aa08-aa9-811ea-b4aa-73b441d16380 ¦ --------
uri
+ http://foo.bar/?baz=qux#quux ¦ ftp://ftp.is.co.za/rfc/rfc1808.txt
+ ldap://[2001:db8::7]/c=GB?objectClass?one ¦ mailto:John.Doe@example.com
+ news:comp.infosystems.www.servers.unix ¦ tel:+1-816-555-1212 ¦ telnet://192.0.2.16:80/
+ urn:oasis:names:specification:docbook:dtd:xml:4.1.2
+ magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a ¦ data:, ¦ data:text/plain;base64,SGVsbG8=
+ http://[::1]:80/ ¦ http://[v1.fe80::a+en1]/ ¦ http://127.0.0.1 ¦ file:///etc/passwd
+ http://user:pass@host:8080/p;q?x=1&y=%20#f ¦ about:blank ¦ a:b ¦ http://a_b.example ¦ x-1+2.3:/
+ http://e.com/(a)!'* ¦ http://h:
- http:// shouldfail.com ¦ :// should fail ¦ bar,baz:x ¦ //foo.bar/?baz=qux ¦ /abc ¦ abc ¦ \\WINDOWS\share
- http://a b ¦ http://[::1 ¦ http://[1.2.3.4]/ ¦ http://[v.x]/ ¦ http://[:::]/ ¦ a:%zz ¦ a:%2 ¦ 1a:b
- http://h:80a/ ¦ http://e.com/<x> ¦ http://e.com/{x} ¦ http://e.com/" ¦ é:a
uri-reference
+ http://foo.bar/?baz=qux#quux ¦ ftp://ftp.is.co.za/rfc/rfc1808.txt
+ ldap://[2001:db8::7]/c=GB?objectClass?one ¦ mailto:John.Doe@example.com
+ news:comp.infosystems.www.servers.unix ¦ tel:+1-816-555-1212 ¦ telnet://192.0.2.16:80/
+ urn:oasis:names:specification:docbook:dtd:xml:4.1.2
+ magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a ¦ data:, ¦ data:text/plain;base64,SGVsbG8=
+ http://[::1]:80/ ¦ http://[v1.fe80::a+en1]/ ¦ http://127.0.0.1 ¦ file:///etc/passwd
+ http://user:pass@host:8080/p;q?x=1&y=%20#f ¦ about:blank ¦ a:b ¦ http://a_b.example ¦ x-1+2.3:/
+ http://e.com/(a)!'* ¦ http://h: ¦ /abc ¦ abc ¦ //foo.bar/?baz=qux#quux ¦ ./a:b ¦ ?q ¦ #f ¦ ../.. ¦ a/b;c
+ //[::1]:8/x ¦ //[vF.a:b] ¦ / ¦ a@b ¦ //h ¦ . ¦ %41
- \\WINDOWS\share ¦ abc\def ¦ #a#b ¦ a b ¦ :a ¦ //[::1 ¦ % ¦ %4 ¦ a"b ¦ < ¦ ^ ¦ \u0060 ¦ | ¦ é
iri
+ http://ƒøø.ßår/?∂éœ=πîx#πîüx ¦ http://ƒøø.com/blah_(wîkïpédiå)_blah#ßité-1 ¦ http://-.~_!$&():;@1 ¦ urn:é
+ http://例え.jp/😀 ¦ http://h/?\ue000 ¦ http://foo.bar/?baz=qux#quux ¦ ftp://ftp.is.co.za/rfc/rfc1808.txt
+ ldap://[2001:db8::7]/c=GB?objectClass?one ¦ mailto:John.Doe@example.com
+ news:comp.infosystems.www.servers.unix ¦ tel:+1-816-555-1212 ¦ telnet://192.0.2.16:80/
+ urn:oasis:names:specification:docbook:dtd:xml:4.1.2
+ magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a ¦ data:, ¦ data:text/plain;base64,SGVsbG8=
+ http://[::1]:80/
- /abc ¦ \\WINDOWS\filëßåré ¦ âππ ¦ http:// é ¦ é:a ¦ http://h/\ue000 ¦ a:\ufffe ¦ a:<é> ¦ a:%é ¦ http://[é]/
- a:\ufdd0 ¦ a:é" ¦ 1:é
iri-reference
+ //ƒøø.ßår/?∂éœ=πîx#πîüx ¦ /âππ ¦ âππ ¦ #ƒrägmênt ¦ é ¦ /abc ¦ abc ¦ //foo.bar/?baz=qux#quux ¦ ./a:b ¦ ?q
+ #f ¦ ../.. ¦ a/b;c ¦ //[::1]:8/x ¦ //[vF.a:b] ¦ / ¦ a@b ¦ //h ¦ . ¦ %41
- \\WINDOWS\filëßåré ¦ #ƒräg\mênt ¦ é é ¦ <é ¦ é| ¦ %é ¦ é^ ¦ \\WINDOWS\share ¦ abc\def ¦ #a#b ¦ a b ¦ :a
- //[::1 ¦ % ¦ %4 ¦ a"b ¦ < ¦ ^ ¦ \u0060 ¦ |
uri-template
+ http://example.com/dictionary/{term:1}/{term} ¦ dictionary/{term} ¦ {x,y} ¦ {+path}/here ¦ {#x,hello,y}
+ X{.var} ¦ {/var,x}/here ¦ {;x,y,empty} ¦ {?x,y} ¦ ?fixed=yes{&x} ¦ {var:30} ¦ {list*} ¦ {keys.a*} ¦ {%41}
+ plain/é😀 ¦ {=x}
- http://example.com/dictionary/{term:1}/{term ¦ { ¦ } ¦ {} ¦ {x:} ¦ {x:0} ¦ {x:10000} ¦ {x**} ¦ {x y} ¦ a b
- " ¦ < ¦ {-x} ¦ {x,} ¦ ^ ¦ %zz ¦ {x-y}
json-pointer
+ /x/y/z ¦ / ¦ /foo ¦ /foo/0 ¦ /a~1b ¦ /m~0n ¦ /c%d ¦ /e^f ¦ // ¦ /foo//bar ¦ /- ¦ /é ¦ /" ¦ /a~01
- foo ¦ /a~ ¦ /~2 ¦ ~0 ¦ #/a ¦ # ¦ /~ ¦ a/b ¦ /a~~ ¦ /a/~a ¦ 0 ¦ /~1~ ¦ /~-1 ¦ .
relative-json-pointer
+ 0 ¦ 1 ¦ 0/foo ¦ 2/0/baz/1/zip ¦ 0# ¦ 10 ¦ 120/foo/bar ¦ 1# ¦ 0/ ¦ 3// ¦ 0/a~1b ¦ 7/~0 ¦ 0/é ¦ 99# ¦ 5/"
- /foo/bar ¦ -1/foo ¦ +1/foo ¦ 01/a ¦ 01# ¦ 0## ¦ # ¦ 0#/a ¦ 0/~ ¦ a ¦ 0foo ¦ 1/~2
`

/** Of each format the good examples (+) and the bad ones (-); escapes stand for what can't be seen. */
const rows = examples
  .trim()
  .split(/\n(?![+-] )/)
  .map((block): [format: string, good: string[], bad: string[]] => {
    const [format = '', ...lines] = block.split('\n')
    const marked = (mark: string): string[] =>
      lines
        .filter((line) => line.startsWith(mark))
        .flatMap((line) => line.slice(2).split(' ¦ '))
        .map((text) =>
          text.replace(/\\u([0-9a-f]{4})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
        )
    const mayBeEmpty = /reference|template|^json-pointer/.test(format)
    const bare = marked('-').flatMap((text) => [text, ` ${text}`])
    return [
      format,
      [...marked('+'), ...(mayBeEmpty ? [''] : [])],
      [...bare, ...(mayBeEmpty ? [] : ['', '\n'])],
    ]
  })

const ajv = new Ajv.default({ strict: false })
addFormats.default(ajv)
const everything = [...new Set(rows.flatMap(([, good, bad]) => [...good, ...bad]))]

test.each(rows)('%s', (format, good, bad) => {
  const takes = readerOf({ type: 'string', format })
  const has = (text: string): boolean => takes(JSON.stringify(text))
  expect(good.length).toBeGreaterThanOrEqual(15)
  expect(good.filter((text) => !has(text))).toEqual([])
  expect(bad.filter(has)).toEqual([])
  const judged = ajv.formats[format] === undefined ? null : ajv.compile({ type: 'string', format })
  if (judged === null) return
  const taken = everything.filter((text) => has(text) && !good.includes(text))
  expect(taken.filter((text) => !judged(text))).toEqual([])
  // The opposite is of what ajv refuses, and of nothing that is good.
  const lacks = readerOf({ type: 'string', not: { format } })
  const opposite = everything.filter((text) => lacks(JSON.stringify(text)))
  expect(opposite.filter((text) => judged(text) || good.includes(text))).toEqual([])
})

test('a finished value of a format is one, though ajv takes less', () => {
  for (const [format, good] of rows) {
    const constraint = jsonSchema(
      { properties: { v: { format }, p: { pattern: '(?=a)' } } },
      { lenient: true },
    )
    constraint.lower(new IrBuilder())
    for (const v of good) expect(constraint.parse(JSON.stringify({ v }))).toEqual({ v })
  }
})

const openApi: [format: string, type: string, text: string][] = [
  ['byte', 'string', '"no base64!"'],
  ['int32', 'integer', '2147483648'],
  ['int32', 'number', '0.5'],
  ['int64', 'integer', '9223372036854775808'],
]

test.each(openApi)(
  '%s of OpenAPI asks something of a %s only where that is asked for',
  (format, type, text) => {
    const schema = { type, format }
    expect(readerOf(schema)(text)).toBe(true)
    expect(readerOf({ type, not: schema })(text)).toBe(false)
    expect(readerOf(schema, { openApiFormats: true })(text)).toBe(false)
    const beside = { properties: { v: { not: { not: schema } }, p: { pattern: '(?=a)' } } }
    for (const openApiFormats of [true, false]) {
      const constraint = jsonSchema(beside, { lenient: true, openApiFormats })
      constraint.lower(new IrBuilder())
      expect(constraint.notices.filter((each) => each.includes('format'))).toEqual([])
      const parse = (): unknown => constraint.parse(`{"v":${text}}`)
      if (openApiFormats) expect(parse).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
      else expect(parse()).toEqual({ v: JSON.parse(text) })
    }
  },
)

test('an option that is no truth is refused', () => {
  expect(() => jsonSchema({}, { openApiFormats: 1 as never })).toThrow(
    'openApiFormats is 1, expected true or false',
  )
})
