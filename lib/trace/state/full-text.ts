// A text with the beginning that it shares with an earlier run's, put together. Never throws: of a run that is not told
// any more, the beginning is a gap.
import type { TokenCost } from '../../engine/ledger.js'
import type { RunEnd, TracedPiece, TracedText } from '../trace.js'

/** A text and all the tokens it is made of. */
export interface FullText {
  readonly branch: string | null
  readonly pieces: readonly TracedPiece[]
  /** [] where they are not told; -1 for those that are not told any more, all of them at the beginning. */
  readonly tokens: readonly number[]
  /** Tokens that stand before the second one: 1, but for what -1 stands for. */
  readonly first: number
  /** What each token cost the run. */
  readonly costs: readonly TokenCost[]
  /** Tokens at the beginning (pieces, where none are told) of other runs, whose holes may be called the same. */
  readonly inherited: number
}

/** What stands for pieces that are not told any more. */
const gap: TracedPiece = { kind: 'literal', hole: null, text: '…' }

/**
 * `run`: whose text it is. `ends`: how runs ended, by their numbers. Costs what the text is long and how many runs it
 * came from.
 */
export function fullText(text: TracedText, run: number, ends: (run: number) => RunEnd | null): FullText {
  const own = { pieces: text.pieces.length, tokens: text.tokens.length }
  const pieces: (readonly TracedPiece[])[] = [text.pieces]
  const tokens: (readonly number[])[] = [text.tokens]
  const seen = new Set<number>()
  let first = 1
  for (let kept = text.kept; kept !== null; ) {
    const other = seen.has(kept.run) ? undefined : ends(kept.run)?.texts.find(({ branch }) => branch === null)
    seen.add(kept.run)
    if (other === undefined) {
      if (kept.pieces > 0) pieces.push([gap])
      if (kept.tokens > 0) {
        tokens.push([-1])
        first = kept.tokens
      }
      break
    }
    const before = other.kept ?? { run: -1, pieces: 0, tokens: 0 }
    const count = {
      pieces: Math.max(0, kept.pieces - before.pieces),
      tokens: Math.max(0, kept.tokens - before.tokens),
    }
    pieces.push(other.pieces.slice(0, count.pieces))
    tokens.push(other.tokens.slice(0, count.tokens))
    if (kept.run === run) {
      own.pieces += count.pieces
      own.tokens += count.tokens
    }
    const rest = {
      run: before.run,
      pieces: Math.min(kept.pieces, before.pieces),
      tokens: Math.min(kept.tokens, before.tokens),
    }
    kept = rest.pieces > 0 || rest.tokens > 0 ? rest : null
  }
  const costs = costsOf(text, first - 1)
  const all = { pieces: pieces.reverse().flat(), tokens: tokens.reverse().flat() }
  const inherited = all.tokens.length > 0 ? all.tokens.length - own.tokens : all.pieces.length - own.pieces
  return { branch: text.branch, ...all, first, costs, inherited: Math.max(0, inherited) }
}

/** Without the first so many. */
function costsOf({ costs }: TracedText, skipped: number): readonly TokenCost[] {
  let left = skipped
  return costs.flatMap(([cost, count]) => {
    const gone = Math.min(left, count)
    left -= gone
    return new Array<TokenCost>(count - gone).fill(cost)
  })
}
