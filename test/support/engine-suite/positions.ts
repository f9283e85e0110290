// Positions: how a text grows, and that it never changes.
import { UsageError } from '../../../lib/base/errors.js'
import { choice } from '../../../lib/constraint/choice.js'
import { given, never, request, sessionOf, type Under } from './given.js'

export function positions(under: Under): void {
  describe('positions', () => {
    test('a text grows from a start, and what it grew from stays as it is', async () => {
      const start = under.engine.start([])
      expect([start.head, start.ahead]).toEqual([0, ''])
      const length = under.before.length
      const once = await under.session.append(under.before, given('upon a time'), never)
      const again = await under.session.append(under.before, given('upon a time'), never)
      expect([under.before.length, again.length]).toEqual([length, once.length])
      expect(once.length).toBeGreaterThan(length)
      expect(length).toBeGreaterThan(start.length)
      expect((await under.session.append(once, given(''), never)).length).toBe(once.length)
    })

    test('tokens are as many as the length says, where an engine has any', async () => {
      const tokens = under.engine.tokensOf(under.before)
      expect(tokens).toHaveLength(under.engine.capabilities.counts === 'tokens' ? under.before.length : 0)
    })

    test('the head is named once', async () => {
      const head = under.session.keepHead(under.before)
      expect([under.before.head, head.head]).toEqual([0, under.before.length])
      const more = await under.session.append(head, given('upon'), never)
      expect(under.session.keepHead(more).head).toBe(under.before.length)
    })

    test('a text that is written another way keeps what both begin with', async () => {
      const three = await under.session.append(under.engine.start([]), given('One two three.'), never)
      const text = 'One two four.'
      const { position, length } = under.session.rewrite(three, [given(text)])
      expect(length).toBeLessThanOrEqual('One two '.length)
      expect(position.length).toBeLessThan(three.length)
      const rest = await under.session.append(position, given(text.slice(length)), never)
      expect(rest.length).toBe(
        (await under.session.append(under.engine.start([]), given(text), never)).length,
      )
      expect(under.session.rewrite(three, [given('One two three.')])).toMatchObject({
        length: 'One two three.'.length,
      })
    })

    test('no other engine goes on from them', async () => {
      const other = await under.make(400)
      const own = sessionOf(other)
      const calls: (() => unknown)[] = [
        () => own.append(under.before, given('x'), never),
        () => own.fill(under.before, request('one', choice(['yes']))),
        () => own.prefill(under.before, never),
        () => own.keepHead(under.before),
        () => own.rewrite(under.before, [given('x')]),
        () => own.ledger([under.before]),
        () => own.reject(under.before, other.start([])),
        () => own.requireRoom(under.before, { opening: ['x'], steps: () => [] }, never),
        () => other.pin(under.before, null),
        () => other.drop(under.before, { from: 1, until: 2 }, null),
        () => other.tokensOf(under.before),
        () => other.withAdapters(under.before, []),
        () => other.adaptersOf(under.before),
      ]
      for (const call of calls) await expect((async () => call())()).rejects.toBeInstanceOf(UsageError)
      await other.dispose()
    })

    test('adapters: none, and none other', () => {
      expect(under.engine.adaptersOf(under.before)).toEqual([])
      expect(under.engine.withAdapters(under.before, []).length).toBe(under.before.length)
    })
  })
}
