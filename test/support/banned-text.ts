// What a ban allows, done naively over bytes: the judge of native/constraint/ban.cc. Looks at the whole text for each
// byte; correct, never fast.
import type { Ban, NativeMatcher } from '../../lib/native/addon.js'

const bytesOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Whether the value may begin with these bytes. `isMember`: whether it may end with an end there. */
function keepsBan(ban: Ban, value: Uint8Array): boolean {
  const [texts, ends] = [ban.texts.map(bytesOf), ban.ends.map(bytesOf)]
  const before = bytesOf(ban.before)
  const text = bytesOf(value)
  /** What of an end was there when a banned text was finished, and what came since. */
  let owed: string | null = null
  for (let until = 1; until <= text.length; until += 1) {
    const so = text.slice(0, until)
    if (owed !== null) {
      owed += text[until - 1]
      if (!ends.some((end) => end.startsWith(owed!))) return false
      continue
    }
    if (!texts.some((one) => (before + so).endsWith(one))) continue
    const begun = ends.flatMap((end) =>
      Array.from({ length: end.length }, (_, index) => end.slice(0, index + 1)).filter((one) =>
        so.endsWith(one),
      ),
    )
    owed = begun.sort((a, b) => b.length - a.length)[0] ?? null
    if (owed === null) return false
  }
  return true
}

/** Whether an end that has to come is not whole. */
export function owesEnd(ban: Ban, value: Uint8Array): boolean {
  const free = { ...ban, ends: [] }
  if (keepsBan(free, value)) return false
  return !ban.ends.some((end) => bytesOf(value).endsWith(bytesOf(end)))
}

/** The matcher, and nothing that the ban forbids. `prefixLength`: bytes that come before the value. */
export function bannedMatcher(
  inner: NativeMatcher,
  ban: Ban,
  prefixLength: number,
  vocab: { readonly size: number; tokenBytes(token: number): Uint8Array; isEog(token: number): boolean },
  taken: readonly number[] = [],
): NativeMatcher {
  let tokens = taken
  const valueWith = (more: readonly number[]): Uint8Array =>
    Buffer.concat([...tokens, ...more].map((token) => vocab.tokenBytes(token))).subarray(prefixLength)
  const canEnd = (): boolean => inner.canEnd() && !owesEnd(ban, valueWith([]))
  const allows = (token: number): boolean => {
    if (vocab.isEog(token)) return canEnd()
    return inner.allows(token) && keepsBan(ban, valueWith([token]))
  }
  return {
    allows,
    canEnd,
    accept(token) {
      if (!allows(token) || !inner.accept(token)) return false
      if (!vocab.isEog(token)) tokens = [...tokens, token]
      return true
    },
    mask(words = new Uint32Array((vocab.size + 31) >> 5)) {
      words.fill(0)
      for (let token = 0; token < vocab.size; token += 1) {
        if (allows(token)) words[token >> 5]! |= 1 << (token & 31)
      }
      return words
    },
    isEnded: () => inner.isEnded(),
    forced() {
      const forced = inner.forced()
      const now = valueWith([])
      const left = prefixLength - Buffer.concat(tokens.map((token) => vocab.tokenBytes(token))).length
      let count = 0
      while (count < forced.length) {
        const value = forced.subarray(Math.max(0, left), count + 1)
        if (!keepsBan(ban, Buffer.concat([now, count + 1 > left ? value : new Uint8Array(0)]))) break
        count += 1
      }
      return forced.subarray(0, count)
    },
    valueLength: () => inner.valueLength(),
    suffixLength: () => inner.suffixLength(),
    tokenCount: () => inner.tokenCount(),
    rollback(count) {
      inner.rollback(count)
      tokens = tokens.slice(0, tokens.length - count)
    },
    fork: () => bannedMatcher(inner.fork(), ban, prefixLength, vocab, tokens),
    dispose: () => inner.dispose(),
    [Symbol.dispose]: () => inner.dispose(),
  }
}
