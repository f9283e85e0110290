// Runs of every kind a program makes, each with a prompt of its own, for scripts that make thousands of them. Decides
// what a kind does and how it may end; a seed decides which. Never measures anything.
import { branches, each, gen, input, integer, json, prompt, regex, repeat, select } from 'espalier'

const words = 'late lamp order clerk letter shop garden winter train ticket river stone bread window'.split(
  ' ',
)

/** Some words that no other run has, by its number. */
function text(next, number, count = 8) {
  const list = Array.from({ length: count }, () => words[next(words.length)])
  return `${list.join(' ')} ${number}`
}

const thing = prompt`- ${gen('t', { tokensMax: 3 })}\n`
const sampled = (number) => ({ seed: number, temperature: 1 })

/** By name: `(context) => Promise`, where context = { model, next, number, kept }. */
export const kinds = {
  gen: ({ model, next, number }) =>
    model.run(
      prompt`Note ${input('t')}:${gen('x', { tokensMax: 1 + next(10) })}\n`,
      { t: text(next, number) },
      sampled(number),
    ),
  integer: ({ model, next, number }) =>
    model.run(
      prompt`Order of ${text(next, number)}: ${integer('n', { min: next(100), max: 1000 + next(100000) })}\n`,
      {},
      sampled(number),
    ),
  select: ({ model, next, number }) =>
    model.run(
      prompt`Kind of ${text(next, number)}: ${select('s', [`a${number}`, 'bill', `z ${text(next, number, 2)}`])}\n`,
      {},
      sampled(number),
    ),
  scored: ({ model, next, number }) =>
    model.run(
      prompt`Of ${text(next, number)}: ${select('s', ['good', 'bad', text(next, number, 2)], { by: 'logprob' })}`,
    ),
  regex: ({ model, next, number }) =>
    model.run(
      prompt`Code ${text(next, number)}: ${regex('r', new RegExp(`[a-f]{2,${4 + next(8)}}-\\d{1,${1 + next(4)}}`))}\n`,
      {},
      sampled(number),
    ),
  json: ({ model, next, number }) =>
    model
      .run(
        prompt`Record of ${text(next, number)}: ${json('j', schemaOf(next, number), { tokensMax: 60 })}\n`,
        {},
        sampled(number),
      )
      .catch(ended('FillError')),
  known: ({ model, next, number }) =>
    model.run(
      prompt`Of ${text(next, number)}: ${gen('a', { tokensMax: 4 })}\nCount: ${integer('n', { min: 0, max: 9 })}\n`,
      { n: next(10) },
      sampled(number),
    ),
  branches: ({ model, next, number }) =>
    model.run(
      prompt`About ${text(next, number)}: ${branches({
        one: prompt`good: ${gen('x', { tokensMax: 3 })}\n`,
        two: prompt`bad: ${gen('x', { tokensMax: 3 })}\n`,
      })}`,
      {},
      sampled(number),
    ),
  each: ({ model, next, number }) =>
    model.run(
      prompt`List ${number}:\n${each(
        'rows',
        [1, 2, 3].map(() => text(next, number, 3)),
        (t) => prompt`${t}: ${integer('n', { min: 0, max: 99 })}\n`,
      )}`,
      {},
      sampled(number),
    ),
  repeat: ({ model, next, number }) =>
    model.run(
      prompt`Things for ${text(next, number)}:\n${repeat('things', thing, { min: 1, max: 3 })}`,
      {},
      sampled(number),
    ),
  rollback: ({ model, next, number }) => {
    let calls = 0
    const check = async () => {
      await undefined
      return ++calls > 2 ? true : { from: 0, reason: `not call ${calls}` }
    }
    return model
      .run(
        prompt`Try ${text(next, number)}: ${gen('x', { tokensMax: 4, check, retries: 3, checkEvery: 'word' })}\n`,
        {},
        sampled(number),
      )
      .catch(ended('FillError'))
  },
  failing: ({ model, next, number }) =>
    model
      .run(
        prompt`Fail ${text(next, number)}: ${gen('x', { tokensMax: 3, retries: 1, check: () => 'never' })}`,
        {},
        sampled(number),
      )
      .catch(ended('FillError')),
  thrown: ({ model, next, number }) =>
    model
      .run(
        prompt`Throw ${text(next, number)}: ${gen('x', {
          tokensMax: 3,
          check: () => {
            throw new Error(`check of ${number}`)
          },
        })}`,
      )
      .catch(() => null),
  refused: async ({ model, number }) => {
    try {
      await model.run(prompt`Refused ${input('t')}${integer('n', { min: 0, max: 9 })}`, {
        t: 'x',
        n: `no ${number}`,
      })
    } catch {}
  },
  aborted: async ({ model, next, number }) => {
    const control = new AbortController()
    const run = model.run(
      prompt`Abort ${text(next, number)}: ${gen('x', { tokensMax: 60 })}`,
      {},
      { ...sampled(number), signal: control.signal },
    )
    setTimeout(() => control.abort(new Error(`abort of ${number}`)), next(12))
    await run.catch(ended('AbortError'))
  },
  left: async ({ model, next, number }) => {
    let left = 1 + next(5)
    for await (const event of model.stream(
      prompt`Stream ${text(next, number)}: ${gen('x', { tokensMax: 30 })}`,
      {},
      sampled(number),
    )) {
      if (event.type === 'token' && --left === 0) break
    }
  },
  stream: async ({ model, next, number }) => {
    const shape = prompt`Stream ${text(next, number)}: ${json('j', schemaOf(next, number), { tokensMax: 40 })}`
    try {
      for await (const _ of model.stream(shape, {}, sampled(number)));
    } catch (error) {
      ended('FillError')(error)
    }
  },
  talk: async ({ model, next, number }) => {
    let talk = await model.start(prompt`Talk ${text(next, number, 20)}\n`)
    for (let turn = 0; turn < 2; turn++)
      talk = await talk.extend(
        prompt`Turn ${String(turn)}: ${gen('x', { tokensMax: 3 })}\n`,
        {},
        sampled(number),
      )
  },
  pinned: async ({ model, next, number, kept }) => {
    const start = await model.start(prompt`Pinned ${text(next, number, 12)}\n`)
    kept.push(await start.pin())
    if (kept.length > 3) kept.shift().dispose()
  },
  dropped: async ({ model, next, number }) => {
    const start = await model.start(prompt`Dropped ${text(next, number, 30)}\n`)
    const shorter = await start.drop({ from: 4, until: 12 })
    await shorter.extend(prompt`And ${gen('x', { tokensMax: 2 })}`, {}, sampled(number))
  },
  shifted: ({ model, next, number }) =>
    model
      .run(
        prompt`Long ${text(next, number, 60)}\n${gen('x', { tokensMax: 8 })}`,
        {},
        { ...sampled(number), overflow: 'shift' },
      )
      .catch(ended('CapacityError')),
  equal: async ({ model }) => model.run(prompt`The same each time: ${gen('x', { tokensMax: 3 })}`),
}

function schemaOf(next, number) {
  return {
    type: 'object',
    properties: {
      [`f${number}`]: { type: 'string', maxLength: 3 + next(6) },
      count: { type: 'integer', minimum: 0, maximum: 10 + next(1000) },
      tag: { enum: ['x', 'y', `t${number}`] },
    },
    required: [`f${number}`, 'count', 'tag'],
    additionalProperties: false,
  }
}

/** An end that is part of the kind; any other error is the caller's to see. */
function ended(...names) {
  return (error) => {
    if (!names.includes(error?.name)) throw error
    return null
  }
}
