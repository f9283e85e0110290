// One budget of host memory for the parked cells of all engines of a thread. Decides how much each may hold while
// together they would hold too much: what the others leave, and at least an equal part. Refers to engines weakly, so
// that an engine its caller dropped is collected. Each worker has a budget of its own.

export interface BudgetMember {
  readonly bytesMax: number
  readonly bytesUsed: number
  relieve(): void
}

/** Of all members together, unless one of them was given more. */
const bytesDefault = 2 ** 30

const members = new Set<WeakRef<BudgetMember>>()

export function joinBudget(member: BudgetMember): void {
  members.add(new WeakRef(member))
}

/** Holds nothing any more. */
export function leaveBudget(member: BudgetMember): void {
  for (const held of members) if (held.deref() === member) members.delete(held)
}

/** Bytes a member may hold now. */
export function limitOf(member: BudgetMember): number {
  const { used, all, part } = budget()
  if (used <= all) return member.bytesMax
  return Math.min(member.bytesMax, Math.max(part, all - (used - member.bytesUsed)))
}

/** Asks those that hold more than their part to give it up, where together all hold too much. */
export function relieveOthers(member: BudgetMember): void {
  const { used, all, part, there } = budget()
  if (used <= all) return
  for (const other of there) if (other !== member && other.bytesUsed > part) other.relieve()
}

/** Used by all, what all may use, and an equal part of that for each that uses some. */
function budget() {
  const there: BudgetMember[] = []
  for (const held of members) {
    const member = held.deref()
    if (member === undefined) members.delete(held)
    else there.push(member)
  }
  const used = there.reduce((sum, { bytesUsed }) => sum + bytesUsed, 0)
  const all = there.reduce((max, { bytesMax }) => Math.max(max, bytesMax), bytesDefault)
  const part = all / Math.max(1, there.filter(({ bytesUsed }) => bytesUsed > 0).length)
  return { used, all, part, there }
}
