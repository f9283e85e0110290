// Goal: every text of every call is read once, from its first token to its last, in batches that llama.cpp takes, and
// nobody waits while others have many texts. Method: random queues, packed until nothing is left.
import fc from 'fast-check'
import { type Packed, pack, type Room, type Text } from '../../lib/embed/pack.js'

type Queue = Text<number>[]

const rooms: fc.Arbitrary<Room> = fc
  .record({
    rows: fc.integer({ min: 1, max: 12 }),
    more: fc.integer({ min: 0, max: 12 }),
    sequences: fc.integer({ min: 1, max: 5 }),
    canSplit: fc.boolean(),
  })
  .map(({ rows, more, sequences, canSplit }) => ({
    rows,
    rowsMax: canSplit ? rows : rows + more,
    sequences: Math.min(sequences, rows),
    canSplit,
  }))

const calls = fc.array(fc.array(fc.integer({ min: 1, max: 24 }), { maxLength: 8 }), {
  minLength: 1,
  maxLength: 6,
})

function queuesOf(lengths: number[][], { canSplit, rowsMax }: Room): Queue[] {
  return lengths.map((texts, job) =>
    texts.map((length, index) => {
      const tokens = new Int32Array(canSplit ? length : Math.min(length, rowsMax))
      return { job, index, tokens, read: 0, sequence: -1 }
    }),
  )
}

test('each text is read once and in order, within what a batch takes', () => {
  fc.assert(
    fc.property(rooms, calls, (room, lengths) => {
      const queues = queuesOf(lengths, room)
      const all = queues.flat()
      let begun: Text<number> | null = null
      for (let turn = 0; queues.some((queue) => queue.length > 0) || begun !== null; turn++) {
        expect(turn).toBeLessThan(1000)
        const packed: readonly Packed<number>[] = pack(queues, begun, room)
        const rows = packed.reduce((sum, { text, until }) => sum + until - text.read, 0)
        expect(rows).toBeGreaterThan(0)
        expect(rows).toBeLessThanOrEqual(packed.length === 1 ? room.rowsMax : room.rows)
        expect(packed.length).toBeLessThanOrEqual(room.sequences)
        const ids = packed.map(({ text }) => text.sequence)
        expect(new Set(ids).size).toBe(ids.length)
        expect(ids.every((id) => id >= 0 && id < room.sequences)).toBe(true)
        if (begun !== null) expect(packed[0]!.text).toBe(begun)
        begun = null
        for (const { text, until } of packed) {
          expect(until).toBeGreaterThan(text.read)
          text.read = until
          if (until === text.tokens.length) continue
          expect(room.canSplit).toBe(true)
          expect(begun).toBeNull()
          begun = text
        }
      }
      expect(all.every(({ read, tokens }) => read === tokens.length)).toBe(true)
    }),
  )
})

test('the first call gets a row in every batch, whatever the others want', () => {
  fc.assert(
    fc.property(rooms, calls, (room, lengths) => {
      const queues = queuesOf(lengths, room).filter((queue) => queue.length > 0)
      fc.pre(queues.length > 0)
      const first = queues[0]![0]!
      expect(pack(queues, null, room).map(({ text }) => text)).toContain(first)
    }),
  )
})
