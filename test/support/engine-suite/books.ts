// Log-probabilities, and where every token came from.
import { CapabilityError } from '../../../lib/base/errors.js'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import { expectSums, given, good, letters, never, nothing, request, sessionOf, type Under } from './given.js'

export function books(under: Under): void {
  describe('log-probabilities', () => {
    const options = ['good', 'bad', 'fair enough']
    const score = (scores: 'after' | 'after and alone') =>
      under.session.score(under.before, {
        path: 'two',
        options,
        end: '',
        best: 0,
        against: null,
        start: 'joined',
        scores,
        signal: never,
      })
    const search = (constraint: Constraint, rejected = nothing) => {
      const { kept: _, writes: __, listener: ___, ...hole } = request('two', constraint, { rejected })
      return under.session.search(under.before, { ...hole, width: 3 })
    }

    test('tell how probable a mark is, by where it parts from what comes otherwise', async () => {
      const ask = (mark: string, otherwise: string): Promise<number> =>
        under.session.probability(under.before, { path: 'mark', mark, otherwise, signal: never })
      if (under.engine.capabilities.logprobs === 'none')
        return expect(ask('a mark', '')).rejects.toBeInstanceOf(CapabilityError)
      const [one, other] = [await ask('one mark', 'other'), await ask('other', 'one mark')]
      for (const share of [one, other, await ask('one mark', ''), await ask('', 'other')]) {
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
      }
      if (under.engine.capabilities.memory === 'script') return
      expect(one + other).toBeCloseTo(1)
      expect((await ask('one mark', '')) + (await ask('', 'one mark'))).toBeCloseTo(1)
      // What both begin with tells nothing.
      expect(await ask('(one mark', '(other')).not.toBe(await ask('(', ''))
    })

    test('options are scored, and one of them is chosen', async () => {
      if (under.engine.capabilities.logprobs === 'none')
        return expect(score('after')).rejects.toBeInstanceOf(CapabilityError)
      const { after, alone, chosen } = await score('after')
      expect(alone).toBeNull()
      expect(after).toHaveLength(3)
      for (const { tokens, sum } of after) expect(tokens > 0 && sum <= 1e-6).toBe(true)
      const { position, drawn } = chosen(2)
      expect(position.length).toBeGreaterThan(under.before.length)
      expect(position.ahead).toBe('')
      expectSums(under.session, [position])
      expect(drawn.steps).toBeGreaterThanOrEqual(0)
      expect((await score('after and alone')).alone).toHaveLength(3)
    })

    test('a search finds whole values', async () => {
      if (under.engine.capabilities.logprobs === 'none')
        return expect(search(good)).rejects.toBeInstanceOf(CapabilityError)
      const { found } = await search(good)
      if (found === 'unfinished') throw new Error('a short choice is found whole')
      expect(found.length).toBeGreaterThan(0)
      for (const { text, position, end } of found) {
        expect(['good', 'bad']).toContain(text)
        expect(end).toEqual({ kind: 'complete' })
        expect(position.length).toBeGreaterThan(under.before.length)
      }
      const { found: left } = await search(good, { texts: ['good'], beginnings: [] })
      if (left === 'unfinished') throw new Error('a short choice is found whole')
      expect(left.map(({ text }) => text)).toContain('bad')
      expect(left.map(({ text }) => text)).not.toContain('good')
    })
  })

  describe('the books', () => {
    test('every token is accounted for once', async () => {
      const filled = await under.fill('two', good)
      const next = await under.session.append(filled.position, given('\nOther: '), never)
      const other = await under.session.fill(next, request('letters', letters))
      const branch = await under.session.append(filled.position, given('\nBranch.'), never)
      await under.session.prefill(branch, never)
      expectSums(under.session, [other.position])
      expectSums(under.session, [other.position, branch])
      const { decoded, sampled, uncached } = under.session.ledger([other.position, branch])
      expect(decoded).toBeGreaterThan(0)
      expect(sampled).toBeGreaterThan(0)
      expect(uncached).toBeGreaterThanOrEqual(decoded)
      expect(under.session.decodeCalls).toBeGreaterThan(0)
    })

    test('what the engine did is counted, all sessions together, and what it holds', async () => {
      const before = under.engine.stats()
      const { cells } = before
      const hasSteps = cells.all > 0
      const asked = under.fill('letters', letters)
      await new Promise((resolve) => setImmediate(resolve))
      if (hasSteps) expect(under.engine.stats().requests).toBe(1)
      const { position } = await asked
      const other = sessionOf(under.engine)
      await other.prefill(await other.append(position, given('\nAnd more.'), never), never)
      const after = under.engine.stats()
      const calls = under.session.decodeCalls + other.decodeCalls
      expect(after.requests).toBe(0)
      expect(after.decodeCalls - before.decodeCalls).toBe(hasSteps ? calls : 0)
      if (!hasSteps) {
        expect(after).toEqual(before)
        return
      }
      expect(after.rows - before.rows).toBeGreaterThanOrEqual(other.ledger([position]).decoded)
      expect(after.steps).toBeGreaterThan(before.steps)
      expect(after.stepMs).toBeGreaterThanOrEqual(after.decodeMs)
      expect(after.cells.used).toBeGreaterThan(cells.used)
      expect(after.cells.used).toBeLessThanOrEqual(cells.all)
      expect(after.rowsAgain).toBeLessThanOrEqual(after.rows)
    })

    test('what was given up is no longer the text', async () => {
      const { drawn, position } = await under.fill('letters', letters)
      expect(under.session.reject(drawn, under.before)).not.toBeNull()
      expect(under.session.ledger([under.before]).rolledBack).toBeGreaterThan(0)
      expect(under.session.ledger([under.before]).rolledBack).toBeLessThanOrEqual(position.length)
      expectSums(under.session, [under.before])
      const text = await under.session.append(under.before, given('and so on'), never)
      expect(under.session.reject(text, under.before)).toBeNull()
    })

    test('what one run computed another one finds', async () => {
      const text = await under.session.append(
        under.before,
        given('a long text that is the same for both of them, '),
        never,
      )
      await under.session.prefill(text, never)
      expect(under.session.ledger([text])).toMatchObject({ decoded: text.length, reused: 0, spared: 0 })
      const other = sessionOf(under.engine)
      const more = await other.append(text, given('and more'), never)
      await other.prefill(more, never)
      expectSums(other, [more])
      const { reused, decoded } = other.ledger([more])
      if (under.engine.capabilities.forks === 'free') {
        expect(reused).toBeGreaterThan(text.length / 2)
        expect(decoded).toBeLessThan(text.length)
      }
      expect(reused + decoded).toBeGreaterThanOrEqual(more.length)
    })
  })
}
