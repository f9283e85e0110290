// Goal: whatever a program is made of and wherever it is stopped, the text is the tokens, the ledger adds up to what
// the engine computed, and the engine stays usable. Method: random programs over the fake engine, run to their end,
// then stopped by a throw or an abort at a random event.
import fc from 'fast-check'
import { branches, each, repeat } from '../../lib/prompt/branches.js'
import { vote } from '../../lib/prompt/choose.js'
import { gen, integer, select } from '../../lib/prompt/hole.js'
import type { CheckResult } from '../../lib/prompt/options.js'
import type { Prompt } from '../../lib/prompt/part.js'
import { checked, prompt } from '../../lib/prompt/prompt.js'
import { fakeModel } from '../support/fake-model.js'

type Hook = () => void

/** Says something that depends on the last letters of the text only. */
function speak(text: string): string {
  const said = ['good\n', 'the order is bad.\n', '12\n', 'defect\n', '- item\nEnd', 'yes ', '']
  let sum = text.length >> 3
  for (const letter of text.slice(-2)) sum += letter.charCodeAt(0)
  return said[sum % said.length]!
}

/** A program from numbers: every number adds a part; names are unique by depth and place. */
function programOf(shape: readonly number[], hook: Hook, depth = 0, path = 'p'): Prompt {
  const check = (value: unknown): CheckResult => {
    hook()
    return String(value).length % 3 === 0 ? 'a third' : true
  }
  const pass = (): true => {
    hook()
    return true
  }
  const tokensMax = 6
  let program: Prompt = prompt`Start ${path}: `
  for (const [index, kind] of shape.entries()) {
    const name = `${path}${index}`
    const inner = (part: number): Prompt =>
      programOf(depth < 1 ? [kind % 5, part % 5] : [kind % 4], hook, depth + 1, `${name}_${part}`)
    const parts: readonly (() => Prompt)[] = [
      () => prompt`${program}Say ${gen(name, { tokensMax })}\n`,
      () => prompt`${program}Kind ${select(name, ['billing', 'defect', 'bill'])}, `,
      () => prompt`${program}Number ${integer(name, { min: 1, max: 200 })}. `,
      () => prompt`${program}Checked ${gen(name, { tokensMax, retries: 6, check, checkEvery: 'word' })}\n`,
      () => prompt`${program}Score ${select(name, ['good', 'bad', 'the order'], { by: 'logprob' })}; `,
      () =>
        prompt`${program}${branches({ [`${name}a`]: inner(0), [`${name}b`]: inner(1) }, { join: '|' })}\n`,
      () => prompt`${program}${each(name, [0, 1, 2], (item) => prompt`${item}) ${inner(item)}`)}\n`,
      () =>
        prompt`${program}${repeat(name, prompt`- ${gen('turn', { tokensMax })}\n`, { min: 1, max: 3 })}End\n`,
      () => prompt`${program}Vote ${vote(3, gen(name, { tokensMax, temperature: 1 }))}\n`,
      () => prompt`${program}${checked(prompt`All ${gen(name, { tokensMax })}\n`, pass)}`,
      () => prompt`${program}${() => prompt`Made ${gen(name, { tokensMax })}\n`}`,
    ]
    program = parts[kind % parts.length]!()
  }
  return program
}

const shapes = fc.array(fc.nat({ max: 10 }), { minLength: 1, maxLength: 4 })

test('the text is the tokens, and the ledger is what the engine computed', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.nat({ max: 1000 }), async (shape, seed) => {
      const { model, engine } = fakeModel(speak)
      const program = programOf(shape, () => undefined)
      const run = await model
        .run(program as Prompt<object, object, object>, {}, { seed })
        .catch((error: unknown) => {
          if ((error as Error).name !== 'FillError') throw error
          return null
        })
      if (run === null) return
      const bytes = Buffer.concat(Array.from(run.tokens, (token) => engine.vocabulary.tokenBytes(token)))
      expect(bytes.toString()).toBe(run.text)
      expect(run.ledger.decoded).toBe(engine.decoded)
      const again = await model.run(program as Prompt<object, object, object>, {}, { seed })
      expect(again.values).toEqual(run.values)
      expect(again.text).toBe(run.text)
      expect(again.ledger.decoded).toBe(engine.decoded - run.ledger.decoded)
    }),
    { numRuns: 25 },
  )
})

test('a throw or an abort at any event leaves everything usable, and the next run is as ever', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.nat({ max: 30 }), fc.boolean(), async (shape, when, aborts) => {
      const stop = new AbortController()
      const thrown = new Error('stopped here')
      let events = 0
      const { model } = fakeModel(speak)
      const program = programOf(shape, () => {
        events += 1
        if (events === when && !aborts) throw thrown
      })
      const outcome = await (async () => {
        for await (const event of model.stream(
          program as Prompt<object, object, object>,
          {},
          { signal: stop.signal },
        )) {
          events += 1
          if (events >= when && aborts) stop.abort(thrown)
          if (event.type === 'done') return null
        }
        return null
      })().catch((error: unknown) => error)
      if (outcome !== null) {
        const expected = outcome === thrown || ['AbortError', 'FillError'].includes((outcome as Error).name)
        expect(expected ? null : outcome).toBeNull()
      }
      events = 1000
      const after = await model.run(prompt`Kind ${select('kind', ['billing', 'defect'])}.`)
      const alone = await fakeModel(speak).model.run(prompt`Kind ${select('kind', ['billing', 'defect'])}.`)
      expect(after.values).toEqual(alone.values)
    }),
    { numRuns: 25 },
  )
})
