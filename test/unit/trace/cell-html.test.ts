// Goal: a run as HTML is whole, harmless and small, whatever texts and names are in it. Method: runs with hostile
// texts, and a reader of HTML so strict that it knows only what may be there.
import { gen, prompt, select } from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { cellHTML } from '../../../lib/trace/cell-html.js'
import type { ToldRun } from '../../../lib/trace/told-run.js'
import type { TracedPiece } from '../../../lib/trace/trace.js'

interface Read {
  readonly text: string
  readonly tags: ReadonlyMap<string, number>
  readonly titles: readonly string[]
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
const unescaped = (text: string) => text.replace(/&(\w+|#39);/g, (_, name) => entities[name] ?? 'unknown')

/** Throws for what is not closed, for elements and attributes that a cell does not need, and for bare signs. */
function read(html: string): Read {
  const open: string[] = []
  const tags = new Map<string, number>()
  const titles: string[] = []
  let text = ''
  let left = html
  while (left !== '') {
    const tag = /^<(\/?)(div|span|table|caption|tbody|tr|td|details|summary)((?: [a-z]+="[^"<>]*")*)>/.exec(
      left,
    )
    const plain = /^(?:[^<>&"']|&(?:amp|lt|gt|quot|#39);)+/.exec(left)
    if (tag === null && plain === null) throw new Error(`neither text nor a tag: ${left.slice(0, 60)}`)
    if (plain !== null) text += unescaped(plain[0])
    if (tag?.[1] === '/' && open.pop() !== tag[2]) throw new Error(`${tag[0]} closes another element`)
    if (tag !== null && tag[1] === '') {
      open.push(tag[2]!)
      tags.set(tag[2]!, (tags.get(tag[2]!) ?? 0) + 1)
      for (const [, name, value] of tag[3]!.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
        if (!['style', 'title', 'class'].includes(name!)) throw new Error(`attribute ${name}`)
        if (name === 'style' && /url|expression|@/.test(value!)) throw new Error(`style ${value}`)
        if (name === 'title') titles.push(unescaped(value!))
      }
    }
    left = left.slice((tag ?? plain)![0].length)
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`)
  return { text, tags, titles }
}

const hostile = `<script>alert(1)</script>" onload='x' &amp; <!-- \u202e`

test('all texts stand in it as they are, each with who wrote it, and none of them is markup', async () => {
  const model = scripted({ a: hostile, b: '<b>' })
  const choice = select('b', ['<b>', '"'], { by: 'logprob' })
  const form = prompt`${hostile}A: ${gen('a')}\n${choice}${gen('c', { stop: '\n' })}`
  const run = await model.run(form, { c: hostile.replace('\u202e', '') })
  const { text, titles } = read(run.toHTML())
  expect(text).toContain(run.text.replaceAll('\u202e', '<202E>'))
  expect(titles).toEqual(expect.arrayContaining(['a: model', 'b: model', 'c: known value', 'template']))
  expect(text).toMatch(/Choice of b.*<b>.*%/)
  expect(text).toContain(`decoded${run.ledger.decoded}without a cache${run.ledger.uncached}`)
})

test('what went wrong is there: attempts, limits, warnings', async () => {
  const model = scripted({ a: ['bad', 'good'], b: 'one two three' })
  const check = (value: string) => value !== 'bad' || '<it is bad>'
  const form = prompt`${gen('a', { check })}\n${gen('b', { tokensMax: 2 })}${() => '.'}`
  const { text } = read((await model.run(form, { seed: 1 } as object)).toHTML())
  expect(text).toContain('1 given up before: <it is bad>')
  expect(text).toContain('cut at its limit')
  expect(text).toContain('Warning: Nothing took seed')
})

test('a notebook gets it beside a line of text', async () => {
  const run = await scripted({ a: 'x' }).run(prompt`A: ${gen('a')}`)
  const shown = (run as unknown as Record<symbol, () => object>)[Symbol.for('Jupyter.display')]!()
  expect(shown).toEqual({ 'text/html': run.toHTML(), 'text/plain': expect.stringMatching(/^Transcript of/) })
})

/** A transcript's fields with other pieces. */
async function withPieces(pieces: readonly TracedPiece[]): Promise<ToldRun> {
  const run = await scripted({ a: 'x' }).run(prompt`A: ${gen('a')}`)
  return { ...run, pieces, text: pieces.map(({ text }) => text).join('') }
}

const piece = (text: string, hole: string | null = null): TracedPiece => ({
  kind: hole === null ? 'literal' : 'generated',
  hole,
  text,
})

test.each<[string, readonly TracedPiece[]]>([
  ['one long piece', [piece('<'.repeat(2_000_000))]],
  ['many short ones', Array.from({ length: 100_000 }, (_, index) => piece('x', `h${index}`))],
  ['many long ones', Array.from({ length: 2_000 }, () => piece('word '.repeat(100), 'h'))],
])('a long text is folded, and cut where that is too much: %s', async (_, pieces) => {
  const html = cellHTML(await withPieces(pieces))
  expect(html.length).toBeLessThan(200_000)
  const { tags, text } = read(html)
  expect(tags.get('details')).toBe(1)
  expect(text).toMatch(/\.\.\. [\d,]+ characters more are not shown \.\.\./)
})

test.each([0, 1, 1499, 1500, 1501, 2999, 3000, 3001, 9000])(
  'no character is lost around the fold: %d',
  async (length) => {
    const whole = Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 26))).join('')
    for (const size of [1, 7, 1500, 10_000]) {
      if (length / size > 600) continue
      const pieces = (whole.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).map((text) => piece(text))
      const { text } = read(cellHTML(await withPieces(pieces)))
      expect(text.replace(/\.\.\. [\d,]+ characters \.\.\./, '').startsWith(whole)).toBe(true)
    }
  },
)

test('names, reasons and warnings of any length stay small', async () => {
  const long = '<b>'.repeat(100_000)
  const name = 'n'.repeat(20_000)
  let attempt = 0
  const check = (): string | true => (attempt++ === 0 ? long : true)
  const run = await scripted({ [name]: ['a', 'b'] }).run(prompt`x${gen(name, { check, retries: 2 })}`)
  const warning = { type: 'warning', hole: name, message: long } as const
  const html = cellHTML({ ...run, pieces: run.pieces, trace: [...run.trace, warning] } as unknown as ToldRun)
  expect(html.length).toBeLessThan(20_000)
  expect(read(html).text).toContain('given up before: <b>')
  expect(read(html).text).toContain('Warning: <b>')
})
