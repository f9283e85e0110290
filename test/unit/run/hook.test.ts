// Goal: a function that is asked before each draw sees what the model makes of every token there, and what it says
// counts for that draw alone; what goes wrong in it is its own run's. Method: the oracle, whose log-probabilities are
// exact; a run with a function that says nothing is compared with one without.
import { beam, type DrawView, gen, integer, prompt, regex, select } from '../../../lib/index.js'
import { scripted } from '../../../lib/testing/testing.js'
import { scoreAlone } from '../../support/oracle-reference.js'
import { oracleVocabulary, vocabularySize } from '../../support/oracle-vocabulary.js'
import { leftovers, nothingLeft, programModel } from '../../support/program-model.js'

const idOf = (text: string): number => oracleVocabulary.tokenize(Buffer.from(text))[0]!
const forms = {
  text: (more: object) => gen('x', { tokensMax: 12, ...more }),
  pattern: (more: object) => regex('x', /[a-f]{3} and [a-f]{3}/, more),
  choice: (more: object) => select('x', ['alpha', 'alps', 'beta'], more),
}

test.each(Object.entries(forms))('a function that says nothing changes nothing of a %s', async (_, form) => {
  for (const temperature of [0, 1]) {
    const { model, ...shared } = programModel()
    let asked = 0
    const logits = (): void => {
      asked += 1
    }
    const watching = form({ temperature, logits })
    const seen = await model.run(prompt`Say: ${watching}.\n`, {}, { seed: 3 })
    const plain = await model.run(prompt`Say: ${form({ temperature })}.\n`, {}, { seed: 3 })
    expect([...seen.tokens]).toEqual([...plain.tokens])
    expect(seen.values).toEqual(plain.values)
    expect(asked).toBeGreaterThan(0)
    expect(await leftovers({ model, ...shared })).toEqual(nothingLeft)
    await model.dispose()
  }
})

test.each(['full', 'recurrent', 'window'] as const)(
  'it is asked whatever the memory is: %s',
  async (memory) => {
    const { model } = programModel({ memory })
    const texts: string[] = []
    const logits = (view: DrawView): void => {
      texts.push(view.text)
      view.bias(idOf('c'), 1000)
    }
    const run = await model.run(prompt`Say: ${regex('x', /[a-d]{3}/, { logits, heal: false })}`)
    expect([run.values.x, texts]).toEqual(['ccc', ['', 'c', 'cc']])
    await model.dispose()
  },
)

test('it sees the tokens and the text so far, and the scores of what may come', async () => {
  const { model } = programModel()
  const seen: { text: string; tokens: number[]; scores: number[]; best: number[]; allowed: boolean[] }[] = []
  const ids = Array.from({ length: vocabularySize }, (_, token) => token)
  const logits = (view: DrawView): void => {
    seen.push({
      text: view.text,
      tokens: [...view.tokens],
      scores: ids.map((token) => view.logprob(token)),
      best: view.top(3).map(({ token }) => token),
      allowed: ids.map((token) => view.allows(token)),
    })
  }
  const run = await model.run(prompt`Say: ${regex('x', /[a-d]{4}/, { logits, heal: false })}`)
  const { tokens } = await model.start(prompt`Say: `)
  expect(seen[0]).toMatchObject({ text: '', tokens: [] })
  for (const { text, tokens: own, scores, best, allowed } of seen) {
    expect(run.values.x.startsWith(text)).toBe(true)
    expect(Buffer.concat(own.map((token) => oracleVocabulary.tokenBytes(token))).toString()).toBe(text)
    const before = Int32Array.of(...tokens, ...own)
    for (const token of [0, 7, idOf('a'), idOf('d')]) {
      expect(scores[token]).toBe((await scoreAlone(before, Int32Array.of(token)))[0])
    }
    const sorted = [...ids].sort((a, b) => scores[b]! - scores[a]! || a - b)
    expect(best).toEqual(sorted.slice(0, 3))
    expect([allowed[idOf('a')], allowed[idOf('z')]]).toEqual([true, false])
  }
  await model.dispose()
})

test('it forces, forbids and prefers tokens, each for one draw', async () => {
  const { model } = programModel()
  const run = async (logits: (view: DrawView) => void, temperature = 0) =>
    (await model.run(prompt`Say: ${regex('x', /[a-d]{3}/, { logits, temperature, heal: false })}`)).values.x
  expect(await run((view) => view.force(idOf('abc'[view.text.length]!)))).toBe('abc')
  expect(await run((view) => view.force(idOf('abc'[view.text.length]!)), 2)).toBe('abc')
  for (const letter of 'abcd') {
    const others = [...Array(vocabularySize).keys()].filter((token) => {
      const text = Buffer.from(oracleVocabulary.tokenBytes(token)).toString()
      return text !== letter && text !== ''
    })
    const forbids = (view: DrawView): void => {
      for (const token of others) view.bias(token, -Infinity)
    }
    expect(await run(forbids)).toBe(letter.repeat(3))
    expect(await run((view) => view.bias(idOf(letter), 1000))).toBe(letter.repeat(3))
  }
  const plain = await run(() => undefined)
  const first = await run((view) => {
    if (view.text === '') view.force(idOf(plain[0] === 'a' ? 'b' : 'a'))
  })
  expect(first[0]).not.toBe(plain[0])
  await model.dispose()
})

test('what it adds goes with what the hole adds', async () => {
  const { model } = programModel()
  const bias = { [idOf('a')]: -Infinity, [idOf('b')]: 500 }
  const logits = (view: DrawView): void => {
    view.bias(idOf('c'), 300)
    view.bias(idOf('c'), 300)
    view.bias(idOf('a'), 1000)
  }
  const hole = regex('x', /[a-c]/, { logits, bias, heal: false })
  expect((await model.run(prompt`Say: ${hole}`)).values.x).toBe('c')
  await model.dispose()
})

test('its errors end its own run alone, and leave nothing behind', async () => {
  const shared = programModel()
  const { model } = shared
  const failing = (view: DrawView): void => {
    if (view.text.length >= 2) throw new RangeError('enough')
  }
  const bad = model.run(prompt`Say: ${regex('x', /[a-d]{6}/, { logits: failing })}`)
  const good = model.run(prompt`Say: ${regex('x', /[a-d]{6}/, { logits: () => undefined })}`)
  await expect(bad).rejects.toThrow('enough')
  expect((await good).values.x).toMatch(/^[a-d]{6}$/)
  expect(await leftovers(shared)).toEqual(nothingLeft)
  await model.dispose()
})

test('a view is good for one draw, and refuses what it can not do', async () => {
  const { model } = programModel()
  const codes: string[] = []
  const codeOf = (call: () => unknown): void => {
    try {
      call()
    } catch (error) {
      codes.push((error as { code: string }).code)
    }
  }
  let kept: DrawView | undefined
  const logits = (view: DrawView): void => {
    kept ??= view
    if (view.text !== '') return
    for (const token of [-1, 0.5, vocabularySize, Number.NaN, '7' as never]) codeOf(() => view.logprob(token))
    codeOf(() => view.bias(1, Number.NaN))
    codeOf(() => view.bias(1, Number.POSITIVE_INFINITY))
    codeOf(() => view.force(idOf('z')))
    codeOf(() => view.top(-1))
  }
  await model.run(prompt`Say: ${regex('x', /[a-d]{2}/, { logits })}`)
  const unknown = Array.from({ length: 5 }, () => 'TOKEN_UNKNOWN')
  const others = ['ARGUMENT_INVALID', 'ARGUMENT_INVALID', 'TOKEN_FORBIDDEN', 'ARGUMENT_INVALID']
  expect(codes).toEqual([...unknown, ...others])
  codes.length = 0
  const late = kept!
  for (const call of [
    () => late.text,
    () => late.tokens,
    () => late.logprob(1),
    () => late.top(1),
    () => late.allows(1),
    () => late.bias(1, 1),
    () => late.force(1),
  ])
    codeOf(call)
  expect(codes).toEqual(Array.from({ length: 7 }, () => 'VIEW_CLOSED'))
  await model.dispose()
})

test('a promise is refused, as are the ways of filling that draw nothing, and engines that can not ask', async () => {
  const { model } = programModel()
  const late = gen('x', { tokensMax: 3, logits: (async () => undefined) as never })
  await expect(model.run(prompt`Say: ${late}`)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
  const invalid = expect.objectContaining({ code: 'OPTION_INVALID' })
  const logits = (): void => undefined
  expect(() => gen('x', { logits: 3 as never })).toThrow(invalid)
  expect(() => beam(2, integer('x', { logits }))).toThrow(invalid)
  expect(() => select('x', ['a', 'b'], { by: 'logprob', logits })).toThrow(invalid)
  const script = scripted({ x: 'abc' })
  await expect(script.run(prompt`Say: ${gen('x', { logits })}\n`)).rejects.toMatchObject({ code: 'NO_HOOKS' })
  await model.dispose()
})
