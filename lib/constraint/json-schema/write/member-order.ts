// The order of a known object's members where values of undeclared keys meet needs. Decides which member stands at the
// end of its region, as the grammar has it (free-keys.ts); never judges a value.

export interface MemberText {
  readonly text: string
  readonly isDeclared: boolean
  /** Equal for undeclared keys of one region. */
  readonly region: string
  /** Bits of needs that the key meets, and of those that its value does, too. */
  readonly meets: number
  readonly meetsByValue: number
}

/** `needs`: bits of all that must be met; null where that takes two members of a region, each the last. */
export function orderedByNeeds(members: readonly MemberText[], needs: number): string[] | null {
  let met = 0
  for (const { isDeclared, meets, meetsByValue } of members) met |= isDeclared ? meets | meetsByValue : meets
  const last = new Map<string, MemberText>()
  const free = members.filter(({ isDeclared, meetsByValue }) => !isDeclared && meetsByValue !== 0)
  for (const member of free.sort((a, b) => bitsOf(b.meetsByValue) - bitsOf(a.meetsByValue))) {
    if ((member.meetsByValue & ~met) === 0 || last.has(member.region)) continue
    last.set(member.region, member)
    met |= member.meetsByValue
  }
  if (met !== needs) return null
  const ends = new Set(last.values())
  return [...members.filter((member) => !ends.has(member)), ...ends].map(({ text }) => text)
}

function bitsOf(bits: number): number {
  let count = 0
  for (let left = bits; left > 0; left >>= 1) count += left & 1
  return count
}
