// Fills: what a hole holds, how it ends, and what never comes again.
import { CapabilityError } from '../../../lib/base/errors.js'
import { choice } from '../../../lib/constraint/choice.js'
import { regex } from '../../../lib/constraint/regex.js'
import type { FillRequest } from '../../../lib/engine/fill.js'
import { endOf, given, good, greeting, letters, never, type Under } from './given.js'

export function fills(under: Under): void {
  describe('a fill', () => {
    test('holds what its constraint has, and ends where nothing more may come', async () => {
      const { text, end, position, drawn } = await under.fill('one', choice(['yes']))
      expect([text, end.kind, position.ahead]).toEqual(['yes', 'complete', ''])
      expect(position.length).toBeGreaterThan(under.before.length)
      expect(drawn.steps === 0).toBe(drawn.shorter() === null)
      const next = await under.session.append(position, given('. More'), never)
      expect(next.length).toBeGreaterThan(position.length)
    })

    test('ends at a stop, which is no part of it', async () => {
      const { text, end } = await under.fill('stopped', choice(['ab']), { stops: ['.'] })
      expect(text).toBe('ab')
      expect([{ kind: 'stop', stop: '.' }, { kind: 'end-of-text' }]).toContainEqual(end)
    })

    test('ends at an expression, whose text goes where the hole says', async () => {
      const letter = regex(/[^\d]/u)
      const cut = await under.fill('free', null, { stops: [letter], tokensMax: 9 })
      expect(cut.behind).toBe('')
      const kept = await under.fill('free', null, { stops: [letter], stopText: 'kept', tokensMax: 9 })
      const own = await under.fill('free', null, { stops: [letter], stopText: 'value', tokensMax: 9 })
      for (const { end, text, behind } of [cut, kept, own]) {
        const stop = end.kind === 'stop' ? end.stop : ''
        expect(
          /^\d*$/.test(end.kind === 'stop' && text.endsWith(stop) ? text.slice(0, -stop.length) : text),
        ).toBe(true)
        expect(['', stop]).toContain(behind)
      }
      expect(kept.behind === '').toBe(kept.end.kind !== 'stop')
      expect(own.behind).toBe('')
    })

    test('does not end before it may', async () => {
      const { end, position } = await under.fill('letters', null, { tokensMin: 4, tokensMax: 12 })
      expect(['limit', 'end-of-text']).toContain(end.kind)
      expect(position.length).toBeGreaterThanOrEqual(under.before.length + 4)
    })

    test('ends where what follows begins; what is written of that stands ahead', async () => {
      const literal = '\nNext: '
      const filled = await under.fill('lines', good, { follows: { literal, either: [] } })
      expect(['good', 'bad']).toContain(filled.text)
      expect(literal.startsWith(filled.position.ahead)).toBe(true)
      const next = await under.session.append(filled.position, given(literal), never)
      expect(next.ahead).toBe('')
      const either = ['\n- ', '\nEnd']
      const one = await under.fill('lines', good, { follows: { literal: '\n', either } })
      expect(['good', 'bad']).toContain(one.text)
      expect(either.some((text) => text.startsWith(one.position.ahead))).toBe(true)
    })

    test('ends at its limit, whole or not', async () => {
      const limited = await under.fill('free', null, { tokensMax: 3 })
      expect(['limit', 'end-of-text']).toContain(limited.end.kind)
      expect(limited.position.length).toBeLessThanOrEqual(under.before.length + 3)
      const long = await under.fill('long', regex(/((ab|cd|ef|gh) ){40}/), { tokensMax: 4 })
      expect(long.end).toMatchObject({ kind: 'unfinished', tokens: expect.any(Number) })
    })

    test('never holds what was rejected', async () => {
      const one = await under.fill('two', good, { rejected: { texts: ['good'], beginnings: [] } })
      expect(one.text).toBe('bad')
      const two = await under.fill('two', good, { rejected: { texts: [], beginnings: ['go'] } })
      expect(two.text).toBe('bad')
      const rejected = { texts: ['good', 'bad'], beginnings: [] }
      expect(await endOf(under.fill('two', good, { rejected }))).toBe('dead-end')
    })

    test('never completes what was closed, and says when nothing is left', async () => {
      const texts: string[] = []
      const closed: FillRequest['closed'][number][] = []
      for (let attempts = 0; attempts < 300; attempts += 1) {
        const rejected = { texts: [...new Set(texts)], beginnings: [] }
        const filling = under.fill('two', good, { closed, rejected })
        if ((await endOf(filling)) === 'dead-end') break
        const { text, drawn } = await filling
        texts.push(text)
        closed.push(drawn)
      }
      expect([...texts].sort()).toEqual(['bad', 'good'])
    })

    test('may begin with what stayed of an earlier one', async () => {
      const first = await under.fill('greeting', greeting)
      const { kept, closed } = first.drawn.cut('good '.length)
      const rejected = { texts: [first.text], beginnings: [] }
      const second = await under.fill('greeting', greeting, { kept, closed: [closed], rejected })
      expect([first.text, second.text].sort()).toEqual(['good evening', 'good morning'])
    })

    test('may be a choice between texts that are written later', async () => {
      const { text, position } = await under.fill('turn', choice(['- one', 'End']), { writes: 'choice' })
      expect(position.ahead).toBe(text)
      const written = await under.session.append(position, given(text), never)
      expect([written.ahead, written.length]).toEqual(['', position.length])
    })

    test('of one seed is the same, where an engine keeps seeds', async () => {
      if (under.engine.capabilities.seeds === 'ignored') return
      const [one, two] = [await under.fill('letters', letters), await under.fill('letters', letters)]
      expect(two.text).toBe(one.text)
    })

    test('tells log-probabilities, or refuses to', async () => {
      const filling = under.fill('two', good, { sampling: { run: { logprobs: 1 }, hole: {} } })
      if (under.engine.capabilities.logprobs === 'none')
        return expect(filling).rejects.toBeInstanceOf(CapabilityError)
      const { logprobs, text } = await filling
      const told = (await logprobs?.(never)) ?? []
      expect(told.map((one) => one.text).join('')).toMatch(new RegExp(`${text}$`))
      for (const { logprob } of told) expect(logprob).toBeLessThanOrEqual(1e-6)
    })
  })
}
