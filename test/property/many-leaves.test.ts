// Goal: more short requests over one beginning than there are sequence ids cost about as many calls as steps full of
// them, and decode hardly any token twice, whatever parking costs. Method: counts on the oracle, which bound what a
// scheduler does however fast the machine is; every value against a lone run.
import { openOracle, requestFor, tokensOf } from '../support/oracle-engine.js'
import { generateAlone } from '../support/oracle-reference.js'

const items = 300
const sequences = 32
const drawn = 3
const trunk = tokensOf(300)

/** An item is walked as a run walks it: a hole, a literal, a hole. */
async function walkItem(
  generate: (tokens: Int32Array) => Promise<ArrayLike<number>>,
  item: number,
  holes: number,
) {
  let tokens = Int32Array.of(...trunk, Math.floor(item / 5), item % 5, 7, 3, 4)
  for (let hole = 0; hole < holes; hole++) {
    if (hole > 0) tokens = Int32Array.of(...tokens, 11, 12, 13)
    tokens = Int32Array.of(...tokens, ...Array.from(await generate(tokens)))
  }
  return tokens
}

test.each([
  { holes: 1, stateMicros: 1, atOnce: items },
  { holes: 1, stateMicros: 200, atOnce: items },
  { holes: 3, stateMicros: 1, atOnce: items },
  { holes: 3, stateMicros: 200, atOnce: items },
  // One more than there are ids: the least recently used leaf is the one that is wanted next.
  { holes: 3, stateMicros: 200, atOnce: sequences + 1 },
])('$holes holes, $atOnce at once, parking takes $stateMicros', async ({ holes, stateMicros, atOnce }) => {
  const parked: number[] = []
  let restores = 0
  const { context, engine } = openOracle({
    cells: 20_000,
    sequences,
    stateMicros,
    onStep: ({ ops }) => {
      for (const op of ops) {
        if (op.kind === 'park') parked.push(op.until - op.from)
        if (op.kind === 'restore') restores++
      }
    },
  })
  const walked: Int32Array[] = []
  let next = 0
  const walker = async (): Promise<void> => {
    while (next < items) {
      const item = next++
      const generate = async (tokens: Int32Array) => (await engine.generate(requestFor(tokens, drawn))).tokens
      walked[item] = await walkItem(generate, item, holes)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, walker))
  // As many items side by side as there are ids, and every hole in as many calls as it draws tokens.
  const callsIdeal = Math.ceil(items / sequences) * holes * drawn
  expect(engine.totals.decodeCalls).toBeLessThan(1.5 * callsIdeal)
  expect(context.rowsDecoded - context.rowsUnique).toBeLessThan(0.1 * context.rowsUnique)
  expect(restores).toBeLessThan(items / 4)
  // A row takes 10 micros.
  if (parked.length > 0) expect(Math.min(...parked)).toBeGreaterThanOrEqual((2 * stateMicros) / 10)
  for (let item = 0; item < items; item += 37) {
    const alone = async (tokens: Int32Array) => (await generateAlone({ ...requestFor(tokens, drawn) })).tokens
    expect([...walked[item]!]).toEqual([...(await walkItem(alone, item, holes))])
  }
})
