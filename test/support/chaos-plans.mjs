// Plans for a context, right ones and spoilt ones, at random. Decides what a plan may hold; `state.matchers` are the
// matchers it may name. Never calls a context but to ask for its positions.

/** @param {{ next: (bound: number) => number, state: { matchers: object[] } }} parts */
export function planMaker({ next, state }) {
  const chance = (share) => next(1000) < share * 1000
  const pick = (list) => list[next(list.length)]

  const ids = (...tokens) => Int32Array.from(tokens)
  const someTokens = (max = 6) => Int32Array.from({ length: 1 + next(max) }, () => next(2048))
  const odd = () =>
    pick([
      undefined,
      null,
      -1,
      1.5,
      Number.NaN,
      2 ** 40,
      'x',
      {},
      [],
      () => 1,
      7n,
      new Int32Array(0),
      Symbol.iterator,
    ])

  const draw = () => ({
    temperature: pick([0, 0, 1, 0.7]),
    topK: pick([0, 0, 40]),
    topP: pick([1, 0.9]),
    minP: pick([0, 0.05]),
    seed: next(1000),
    drawIndex: next(4),
    repeatPenalty: pick([1, 1.2]),
    frequencyPenalty: 0,
    presencePenalty: pick([0, 0.5]),
    penaltyWindow: chance(0.3) ? someTokens(20) : ids(),
    penaltyLastN: pick([0, 3, 64]),
    bias: chance(0.2) ? new Map([[next(2048), chance(0.5) ? 2 : -Infinity]]) : new Map(),
    logprobs: pick([0, 0, 0, 3]),
  })

  function positionOf(context, sequence) {
    try {
      return (context.positions(sequence)?.last ?? -1) + 1
    } catch {
      return 0
    }
  }

  const sequenceOf = (context) => next(context.capabilities.sequences)

  function op(context) {
    const sequence = sequenceOf(context)
    const held = positionOf(context, sequence)
    const from = next(held + 1)
    return pick([
      () => ({ kind: 'copy', from: sequence, to: sequenceOf(context), until: chance(0.8) ? held : next(64) }),
      () => ({ kind: 'truncate', sequence, from: chance(0.5) ? 0 : from }),
      () => ({ kind: 'shift', sequence, from, until: from + 1 + next(4) }),
      () => ({ kind: 'park', sequence, from, until: chance(0.8) ? held : next(64), blob: next(4) }),
      () => ({ kind: 'restore', sequence, blob: next(4) }),
      () => ({ kind: 'drop-blob', blob: next(4) }),
      () => ({ kind: 'repack', sequences: [sequence], from, until: held }),
    ])()
  }

  function validPlan(context) {
    const count = next(3)
    const used = new Set()
    const chunks = []
    const taken = []
    for (let index = 0; index <= count; index++) {
      const sequence = sequenceOf(context)
      if (used.has(sequence)) continue
      used.add(sequence)
      const tokens = someTokens(chance(0.1) ? 40 : 6)
      const made = { sequences: [sequence], position: positionOf(context, sequence), tokens, output: true }
      if (chance(0.15)) made.targets = Array.from(tokens, () => (chance(0.5) ? someTokens(3) : ids()))
      if (chance(0.1)) made.best = pick([0, 1, 5, 1024, 1025, -1])
      chunks.push(made)
    }
    const generations = []
    for (const [chunk, { sequences }] of chunks.entries()) {
      const free = state.matchers.filter((matcher) => !taken.includes(matcher))
      if (free.length === 0 || chance(0.4)) continue
      const matcher = pick(free)
      taken.push(matcher)
      const forbidden = chance(0.2) ? [someTokens(2)] : []
      generations.push({
        ...(chance(0.2) ? { chunk: null, logits: next(3) } : { chunk }),
        ...(chance(0.4) && { keepLogits: next(3) }),
        ...(chance(0.4) && { guessFrom: [someTokens(40), someTokens(40)], guessCount: next(33) }),
        sequence: chance(0.1) ? sequenceOf(context) : sequences[0],
        matcher,
        draw: draw(),
        tokensMax: 1 + next(6),
        forbidden,
        ...(chance(0.6) && { before: chance(0.9) ? someTokens(12) : ids() }),
      })
    }
    if (generations.some(({ chunk }) => chunk === null) && chance(0.5)) chunks.length = 0
    const ops = chance(0.3) ? Array.from({ length: 1 + next(3) }, () => op(context)) : []
    const cellsMax = chance(0.3) ? { cellsMax: next(5) } : {}
    return { ops, chunks, generations, decodesMax: 1 + next(6), ...cellsMax }
  }

  /** Every object in a plan, with the names of its properties. */
  function placesIn(value, found = []) {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Map)
      return found
    if (state.matchers.includes(value)) return found
    for (const key of Object.keys(value)) {
      found.push([value, key])
      placesIn(value[key], found)
    }
    return found
  }

  /** One property of a plan becomes something else. */
  function spoil(plan, change) {
    const places = placesIn(plan)
    if (places.length === 0) return
    const [object, key] = pick(places)
    change(object, key, object[key])
  }

  function someConstraint(c) {
    return pick([
      () => c.text(),
      () => c.choice(['yes', 'no', `x${next(20)}`]),
      () => c.integer({ min: next(10), max: 10 + next(10_000) }),
      () => c.regex(new RegExp(`[a-z]{1,${1 + next(9)}}(,\\d+)*`)),
      () => c.until([`stop${next(5)}`, '\n']),
      () => c.substring(`The mill was built in ${1700 + next(99)}. Sie brannte ${'ä'.repeat(1 + next(9))}b.`),
      () => c.and(c.substring(`${'ab '.repeat(1 + next(400))}c`), c.not(c.contains(`b${next(9)}`))),
      () =>
        c.jsonSchema({
          type: 'object',
          properties: { [`k${next(9)}`]: { type: 'string', maxLength: next(40) } },
        }),
      () => c.gbnf(`root ::= "a" rest\nrest ::= [b-d] rest | "e${next(9)}"`),
    ])()
  }

  return { chance, pick, odd, someTokens, sequenceOf, validPlan, spoil, someConstraint }
}
