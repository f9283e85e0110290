// Room, constraints, and an end before its time.
import { ConstraintError } from '../../../lib/base/errors.js'
import { choice } from '../../../lib/constraint/choice.js'
import { and } from '../../../lib/constraint/combine.js'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import { regex } from '../../../lib/constraint/regex.js'
import { aborted, endOf, given, good, never, request, sessionOf, type Under } from './given.js'

export function room(under: Under): void {
  describe('room', () => {
    test('no text outgrows the context', async () => {
      const small = await under.make(24)
      const own = sessionOf(small)
      const start = small.start([])
      // An engine may round a context up.
      const { contextTokens } = small.capabilities
      const long = 'one two three '.repeat(contextTokens)
      const full = { name: 'CapacityError', code: 'CONTEXT_FULL' }
      await expect(own.append(start, given(long), never)).rejects.toMatchObject(full)
      const opening = own.requireRoom(start, { opening: [long], steps: () => [] }, never)
      await expect(opening).rejects.toMatchObject({ name: 'CapacityError', code: 'PROMPT_TOO_LONG' })
      const steps = () => [{ kind: 'gap' }, { kind: 'text', text: long }] as const
      await expect(own.requireRoom(start, { opening: ['a'], steps }, never)).rejects.toMatchObject(full)
      await own.requireRoom(start, { opening: ['a'], steps: () => [{ kind: 'text', text: 'b' }] }, never)
      let nearly = start
      while (nearly.length < contextTokens - 6) nearly = await own.append(nearly, given('a '), never)
      const filling = own.fill(nearly, request('long', regex(/((ab|cd|ef|gh) ){40}/), { tokensMax: 1000 }))
      await expect(filling).rejects.toMatchObject(full)
      await small.dispose()
    })

    test('a range is dropped, or that is refused', async () => {
      const text = await under.session.append(under.before, given('one two three four'), never)
      for (const range of [
        { from: 0, until: 2 },
        { from: 2, until: 2 },
        { from: 1, until: text.length + 1 },
      ]) {
        const refusal =
          under.engine.capabilities.shift === 'none' ? /RANGE_INVALID|NO_SHIFT/ : /RANGE_INVALID/
        await expect(under.engine.drop(text, range, null)).rejects.toMatchObject({
          code: expect.stringMatching(refusal),
        })
      }
      const dropping = under.engine.drop(text, { from: 2, until: 4 }, null)
      if (under.engine.capabilities.shift === 'none')
        await expect(dropping).rejects.toMatchObject({ code: 'NO_SHIFT' })
      else expect((await dropping).length).toBe(text.length - 2)
      expect((await under.engine.drop(text, { from: 2, until: text.length }, null)).length).toBe(2)
    })

    test('a pin is given and given back', async () => {
      const pin = await under.engine.pin(under.before, null)
      pin.dispose()
      pin.dispose()
    })
  })

  describe('constraints and marks', () => {
    test('are made ready, or refused', async () => {
      await under.engine.prepare(good, never)
      const error = new ConstraintError('OWN', 'It can not be lowered.')
      const refused: Constraint = {
        ...good,
        lower: () => {
          throw error
        },
      }
      await expect(under.engine.prepare(refused, never)).rejects.toBe(error)
      await expect(under.fill('one', refused)).rejects.toBe(error)
      // Where nothing can be a member, an engine says so at the latest when it is to fill.
      const empty = and(choice(['a']), choice(['b']))
      expect(await endOf(under.fill('one', empty))).toBe('dead-end')
    })

    test('are asked about texts', () => {
      expect(['good', 'bad', 'goo', 'goods', ''].map((text) => under.engine.has(good, text))).toEqual([
        true,
        true,
        false,
        false,
        false,
      ])
      expect(under.engine.hasSpecial('plain text')).toBe(false)
    })
  })

  test('whoever gave up gets nothing', async () => {
    const signal = aborted()
    const { kept: _, writes: __, listener: ___, ...hole } = request('two', good, { signal })
    const calls: (() => Promise<unknown>)[] = [
      () => under.fill('two', good, { signal }),
      () => under.session.prefill(under.before, signal),
      () => under.engine.pin(under.before, signal),
    ]
    if (under.engine.capabilities.logprobs === 'exact') {
      calls.push(() => under.session.search(under.before, { ...hole, width: 2 }))
      calls.push(() =>
        under.session.score(under.before, {
          path: 'two',
          options: ['a', 'b'],
          end: '',
          best: 0,
          against: null,
          start: 'joined',
          scores: 'after',
          signal,
        }),
      )
    }
    for (const call of calls) await expect(call()).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('is disposed once, and fills no more', async () => {
    await under.engine.dispose()
    await under.engine.dispose()
    await expect(under.fill('one', choice(['yes']))).rejects.toMatchObject({ code: 'CLOSED' })
  })
}
