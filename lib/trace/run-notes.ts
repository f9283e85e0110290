// What of a run is worth a word beside its text and values: ends that are not ordinary, attempts given up, what it was
// warned of, and what its tokens cost, in words. Decides what counts as ordinary.
import type { Ledger } from '../engine/ledger.js'
import type { RunEvent } from '../run/report/event.js'
import type { HoleEnd } from '../run/report/results.js'

/** How the value of a hole ended, where somebody ought to know; null: as it should. */
export function endNote({ reason, rejected }: HoleEnd): string | null {
  const limit = reason === 'limit' ? 'cut at its limit' : null
  if (rejected === undefined) return limit
  const kept = `kept, though rejected: ${rejected}`
  return limit === null ? kept : `${limit}, ${kept}`
}

/** Why attempts at each hole were given up, by its path, in order. */
export function givenUp(events: readonly RunEvent[]): ReadonlyMap<string, readonly string[]> {
  const reasons = new Map<string, string[]>()
  for (const event of events) {
    if (event.type !== 'rollback') continue
    const known = reasons.get(event.hole)
    if (known === undefined) reasons.set(event.hole, [event.reason])
    else known.push(event.reason)
  }
  return reasons
}

/** Each once, in order. */
export function warningsOf(events: readonly RunEvent[]): readonly string[] {
  const warnings = events.flatMap((event) => {
    if (event.type === 'warning') return [event.message]
    return event.type === 'near-tie' ? [`rounding may decide a draw of ${event.hole}`] : []
  })
  return [...new Set(warnings)]
}

/** '24 decoded of 36 without a cache', and where the others came from. */
export function ledgerNote(ledger: Ledger): string {
  const { decoded, uncached } = ledger
  const classes = tokenClasses(ledger).map(({ says, tokens }) => `${tokens} ${says}`)
  const cost = `${decoded} decoded of ${uncached} without a cache`
  return classes.length === 0 ? cost : `${cost}; ${classes.join(', ')}`
}

/** The eight classes of a ledger, those with tokens in them, in the order in which they are told. */
export function tokenClasses(ledger: Ledger): readonly { readonly says: string; readonly tokens: number }[] {
  const told: readonly [string, number][] = [
    ['reused', ledger.reused],
    ['restored', ledger.restored],
    ['prefilled', ledger.prefilled],
    ['forced', ledger.forced],
    ['drawn', ledger.sampled],
    ['healed', ledger.healed],
    ['rolled back', ledger.rolledBack],
    ['decoded again', ledger.redecoded],
  ]
  return told.flatMap(([says, tokens]) => (tokens > 0 ? [{ says, tokens }] : []))
}
