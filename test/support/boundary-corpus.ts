// Texts that joints are tried on: data, prose, code, scripts without spaces, and nasty runs. Written for this
// project.

const json = [
  '{"order":{"id":48211,"items":[{"sku":"A-17/b",' +
    '"qty":2,"price":19.99},{"sku":"ZX9","qty":10,"price":0.5}],"paid":true}}',
  '{"name": "Mira O\'Neil", "tags": ["new", "", "été"], "score": -12.75,' +
    ' "nested": {"a": [[], [1, 22, 333, 4444]], "b": null}}',
  '[{"preferences":["dark_mode","beta"],"unit":"","_price":100,"url":"https://example.org/a?b=c&d=%20"},{"unit":"km"}]',
  '{"k": "line\\nbreak \\"quoted\\" \\u00e9", "geo_distance.calculate":' +
    ' {"start_location": "Boston, MA", "units": "miles"}}',
  '{\n  "indented": {\n    "deeply": [\n      1,\n      2\n    ]\n  }\n}\n',
]

const prose = [
  "The parcel hadn't arrived by Tuesday, so I'd called twice; they said it's \"on its way\" -- whatever that means.",
  'Dear Sir or Madam,\n\nPlease find below:\n  1. the invoice (no. 2024-00017),\n  2. the receipt.\n\nYours,\nA. B.\n',
  'Name: Jo\nAge: 37\nCity: São Paulo\nNotes:   three spaces, a\ttab, and trailing space \nEnd.',
  'Unbelievably, internationalisation of pseudo-antidisestablishmentarianism costs $1,234,567.89 (~3.14159265358979).',
]

const code = [
  // \x24 is the dollar sign: spelled out, linters take the text for a template that was meant.
  'export function add(a: number, b: number): number {\n  // sums\n  return a' +
    ' + b\n}\n\n\nconst x = add(1, 2) !== 3 ? `no\x24{x}` : null;\n',
  'def main(argv):\n\tfor i in range(0, 1000):\n\t\tprint(f"{i:03d}",' +
    ' end=" ")\n\n\nif __name__ == "__main__":\n    main([])\n',
  '<ul class="list">\n  <li><a href="http://localhost:8080/x_y-z?q=1#top">item&nbsp;1</a></li>\n</ul>\n',
  'SELECT id, COUNT(*) FROM "orders" WHERE created_at >= \'2023-01-05\' GROUP BY id HAVING COUNT(*) > 3;--done',
]

const scripts = [
  '今日は天気がいいので、散歩に行きましょう。価格は１２３円です。「はい」と彼は言った。',
  'Привет, мир! Сколько стоит 250 г сыра? Ёжик в тумане — 1975 г.',
  'مرحبا بالعالم، كيف حالك اليوم؟ لدي ٣ كتب.',
  'नमस्ते दुनिया, आप कैसे हैं? यह १२ रुपये का है।',
  'Ελληνικά: Σίσυφος; naïve café, Zürich, Łódź, ﬁne ligature, ½ cup, x² ≤ y³',
  '👩‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 😀😁😂 row, é vs é (combining), \u200bzero\u200dwidth',
]

const runs = [
  '--------------------------------------------------------------------------------',
  '                                        x                  \n\n\n\n\n      y\t\t\t\t z',
  '0123456789012345678901234567890123456789 1 12 123 1234 12345',
  '((((((((((()))))))))))[[[[{{{{}}}}]]]]"""""""""\'\'\'\'\'\'\'````````....,,,,;;;;::::',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbABABABABABAB_a_b_c__d___e',
  '\n \n  \n   \n\r\n\r\n \t \t end',
]

export const corpus: Readonly<Record<string, readonly string[]>> = { json, prose, code, scripts, runs }

/** All texts, and some pairs of them joined, as one flat list. */
export const corpusTexts: readonly string[] = [
  ...Object.values(corpus).flat(),
  ...json.map((text, index) => `${prose[index % prose.length]}\n${text}${scripts[index]}`),
]
