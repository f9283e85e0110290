// Goal: the digest of a list tells lists apart as the whole list would, and reading it reads new tokens only. Method:
// random edits, each list against one that has no past; and old tokens overwritten behind its back.
import fc from 'fast-check'
import { TokenDigest } from '../../lib/engine/local/text/token-digest.js'

function spelled(digest: TokenDigest, tokens: Int32Array): string {
  const { digest: start, rest } = digest.of(tokens)
  return JSON.stringify([start === null ? null : Buffer.from(start).toString('hex'), [...rest]])
}

test('a list has one digest, however it was made', () => {
  const edit = fc.record({
    keep: fc.double({ min: 0, max: 1, noNaN: true }),
    added: fc.nat({ max: 3000 }),
    token: fc.nat({ max: 2 }),
    isRead: fc.boolean(),
    goesOn: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), (edits) => {
      let tokens = new Int32Array(0)
      let digest = new TokenDigest()
      const seen = new Map<string, string>()
      for (const { keep, added, token, isRead, goesOn } of edits) {
        const kept = Math.floor(tokens.length * keep)
        const next = Int32Array.from([...tokens.subarray(0, kept), ...new Int32Array(added).fill(token)])
        const made = digest.cut(kept)
        if (isRead) {
          const key = spelled(made, next)
          expect(key).toBe(spelled(new TokenDigest(), next))
          const list = next.join()
          expect(seen.get(key) ?? list).toBe(list)
          seen.set(key, list)
        }
        // A list that others were made from goes on being what it was.
        if (tokens.length > 0) expect(spelled(digest, tokens)).toBe(spelled(new TokenDigest(), tokens))
        if (!goesOn) continue
        tokens = next
        digest = made
      }
    }),
  )
})

test('tokens that were digested are not read again', () => {
  const tokens = Int32Array.from({ length: 40_000 }, (_, index) => index)
  const digest = new TokenDigest()
  digest.of(tokens.subarray(0, 32_000))
  const longer = digest.cut(32_000)
  const whole = spelled(longer.cut(32_000), tokens)
  tokens.fill(-1, 0, 30_000)
  expect(spelled(longer, tokens)).toBe(whole)
})
