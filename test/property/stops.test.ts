// Goal: a value ends where the first match of its stops ends, and at the leftmost beginning of those that end there,
// whatever is a stop (texts, RegExps, several of both), where its text goes, and how many tokens come first. Method:
// random stops and texts against a twin that tries every stretch of the text with JavaScript's own RegExp; the engine
// over fake tokens, scripts, and streams.
import fc from 'fast-check'
import { StopReader } from '../../lib/constraint/stop-reader.js'
import { stopOf } from '../../lib/constraint/stops.js'
import { gen, prompt } from '../../lib/index.js'
import { scripted } from '../../lib/testing/testing.js'
import { answers, fakeModel } from '../support/fake-model.js'
import '../support/property-seed.js'

type Given = string | RegExp

interface Ended {
  readonly from: number
  readonly until: number
}

/** Every stretch of the text, by its end and then by its beginning. */
function slowly(stops: readonly Given[], text: string): Ended | null {
  for (let until = 1; until <= text.length; until += 1) {
    for (let from = 0; from < until; from += 1) {
      if (stops.some((stop) => isWhole(stop, text.slice(from, until)))) return { from, until }
    }
  }
  return null
}

function isWhole(stop: Given, stretch: string): boolean {
  return typeof stop === 'string'
    ? stop === stretch
    : new RegExp(`^(?:${stop.source})$`, stop.flags).test(stretch)
}

const patterns: readonly RegExp[] = [
  /a+b/u,
  /[.!?]/u,
  /b{2,}/u,
  /\n+Q/u,
  /a.*c/u,
  /(?:ab)+a/u,
  /AB/iu,
  /é|🙂b/u,
  /[^a]c/u,
  /a|aab/u,
]
const texts = ['b', 'ab', 'aba', 'bab', '.', 'a.', 'é', '🙂', 'cab']
const stop: fc.Arbitrary<Given> = fc.oneof(fc.constantFrom(...texts), fc.constantFrom(...patterns))
const stops = fc.array(stop, { minLength: 1, maxLength: 4 })
const letter = fc.constantFrom('a', 'b', 'c', '.', '\n', 'Q', 'é', '🙂', 'A', 'B')
const text = fc.array(letter, { maxLength: 14 }).map((list) => list.join(''))

test('a text read piece by piece has its first match where the twin has it, and nothing of one is safe before', () => {
  const pieces = fc.array(text, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(stops, pieces, (list, parts) => {
      const whole = parts.join('')
      const expected = slowly(list, whole)
      const reader = new StopReader(list.map(stopOf))
      let read = ''
      let safe = 0
      for (const part of parts) {
        read += part
        reader.next(part)
        expect(reader.safeUntil).toBeGreaterThanOrEqual(safe)
        expect(reader.safeUntil).toBeLessThanOrEqual(read.length)
        safe = reader.safeUntil
        expect(safe).toBeLessThanOrEqual(expected?.from ?? whole.length)
      }
      expect(reader.found).toEqual(expected)
    }),
    { numRuns: 1200 },
  )
})

const kinds = fc.constantFrom('cut' as const, 'kept' as const, 'value' as const)

test('a model writes what it would up to the first stop, and so does a script; a stream tells no more', async () => {
  await fc.assert(
    fc.asyncProperty(stops, text, kinds, async (stop, said, stopText) => {
      const found = slowly(stop, said)
      const form = prompt`x:${gen('a', { stop, stopText })}|`
      const { model } = fakeModel(answers({ 'x:': said }))
      const value = found === null ? said : said.slice(0, stopText === 'value' ? found.until : found.from)
      const behind = found !== null && stopText === 'kept' ? said.slice(found.from, found.until) : ''
      const end =
        found === null ? { reason: 'end' } : { reason: 'stop', stop: said.slice(found.from, found.until) }
      for (const one of [model, scripted({ a: said })]) {
        const run = await one.run(form)
        expect([run.values.a, run.text]).toEqual([value, `x:${value}${behind}|`])
        expect(run.ends.get('a')).toEqual(end)
        const told: string[] = []
        let all = ''
        for await (const event of one.stream(form)) {
          if (event.type === 'token') told.push(event.text)
          if (event.type === 'text' || event.type === 'token') all += event.text
        }
        expect([told.join(''), all]).toEqual([value, run.text])
      }
    }),
    { numRuns: 50 },
  )
})

test('no end comes before so many tokens, and the first one that may come then does', async () => {
  const min = fc.integer({ min: 1, max: 8 })
  await fc.assert(
    fc.asyncProperty(stops, text, min, async (stop, said, tokensMin) => {
      const { model } = fakeModel(answers({ 'x:': said }))
      const run = await model.run(prompt`x:${gen('a', { stop, tokensMin, tokensMax: 12 })}|`)
      const { a } = run.values
      expect(slowly([...stop, '|'], a)).toBeNull()
      const end = run.ends.get('a')!
      // A token is a byte at least, and the one that ends the value comes behind as many as there must be.
      const ended = end.reason === 'stop' ? `${a}${end.stop}` : end.reason === 'literal' ? `${a}|` : `${a}.`
      if (end.reason !== 'limit') expect(Buffer.byteLength(ended)).toBeGreaterThan(tokensMin)
    }),
    { numRuns: 50 },
  )
})
