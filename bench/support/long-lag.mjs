// One thing a caller may pass, and how long it keeps the event loop from turning: by the clock (lagMs), and in CPU time
// of the JavaScript thread (busyMs), which other programs don't add to. Decides the cases and their sizes.
// As a program it runs the cases named behind the scale, and prints one JSON line each; whoever starts it limits its
// time.
import { fileURLToPath } from 'node:url'
import { each, gen, grammar, input, json, load, prompt, regex, select } from 'espalier'
import { chatTemplate } from '../../build/modules/model/chat-template.js'
import { loopCpu } from './loop-cpu.mjs'

const chars = (size, letter = 'late order of a lamp. ') =>
  letter.repeat(Math.ceil(size / letter.length)).slice(0, size)

const deep = (levels) => {
  let schema = { type: 'string', maxLength: 3 }
  for (let level = 0; level < levels; level++) {
    schema = { type: 'object', properties: { a: schema, b: schema }, additionalProperties: false }
  }
  return schema
}

const many = (count, item) => Array.from({ length: count }, (_, index) => item(index))
const kindOf = (index) => ({
  type: 'object',
  properties: { kind: { const: `k${index}` }, text: { type: 'string' } },
  required: ['kind'],
  additionalProperties: false,
})

/** By name: megabytes of what is passed, and the work with it. `scale` 1 is the full size. */
export const cases = {
  'input of 10 MB': (model, scale) => {
    const t = chars(10e6 * scale)
    return {
      bytes: t.length,
      work: () => model.run(prompt`A ${input('t')} ${gen('x', { tokensMax: 2 })}`, { t }),
    }
  },
  'known value of 1 MB': (model, scale) => {
    const x = chars(1e6 * scale)
    return { bytes: x.length, work: () => model.run(prompt`A ${gen('x')}\n`, { x }) }
  },
  'enum of 60,000 values': (model, scale) => {
    const list = Array.from({ length: 60_000 * scale }, (_, i) => `value number ${i * 7919}`)
    const work = () => model.run(prompt`A ${json('x', { enum: list }, { tokensMax: 20 })}`)
    return { bytes: list.join('').length, work }
  },
  'enum of 15,000 objects': (model, scale) => {
    const list = many(15_000 * scale, (id) => ({ id, name: `name ${id}` }))
    const work = () => model.run(prompt`A ${json('x', { enum: list }, { tokensMax: 20 })}`)
    return { bytes: JSON.stringify(list).length, work }
  },
  'oneOf of 1,000 objects': (model, scale) => {
    const oneOf = many(1000 * scale, kindOf)
    const work = () => model.run(prompt`A ${json('x', { oneOf }, { tokensMax: 20 })}`)
    return { bytes: JSON.stringify(oneOf).length, work }
  },
  'grammar of 60,000 texts': (model, scale) => {
    const text = `root ::= ${many(60_000 * scale, (index) => `"v ${index * 7}"`).join(' | ')}`
    return { bytes: text.length, work: () => model.run(prompt`A ${grammar('x', text, { tokensMax: 20 })}`) }
  },
  // The engine reads a pattern before anybody is given it: that is not what is asked here.
  'pattern of 3,000 classes': (model, scale) => {
    const pattern = new RegExp('[\\p{L}\\W]'.repeat(3000 * scale), 'ui')
    const work = () => model.run(prompt`A ${regex('x', pattern, { tokensMax: 4 })}`)
    return { bytes: pattern.source.length, work }
  },
  'pattern of 900 differences': (model, scale) => {
    const letters = many(900 * scale, (index) => String.fromCodePoint(0x4e00 + index))
    const pattern = new RegExp(letters.map((letter) => `[\\p{L}--\\p{Lu}--${letter}]`).join(''), 'v')
    const work = () => model.run(prompt`A ${regex('x', pattern, { tokensMax: 4 })}`)
    return { bytes: pattern.source.length, work }
  },
  'bias of 300,000 tokens': (model, scale) => {
    const bias = Object.fromEntries(many(300_000 * scale, (token) => [token, 1]))
    const work = () => model.run(prompt`A ${gen('x', { tokensMax: 4, bias })}`)
    return { bytes: JSON.stringify(bias).length, work }
  },
  'each over 20,000 items': (model, scale) => {
    const items = many(20_000 * scale, String)
    const asked = () => prompt`A ${each('x', items, (item) => prompt`${item}\n`)}`
    return { bytes: items.join('').length, work: () => model.run(asked()) }
  },
  'two options of 2 MB': (model, scale) => {
    const list = ['a', 'b'].map((end) => chars(2e6 * scale) + end)
    return { bytes: 4e6 * scale, work: () => model.run(prompt`A ${select('x', list)}`) }
  },
  'schema shared 20 levels deep': (model, scale) => ({
    bytes: 1000,
    work: () => model.run(prompt`A ${json('x', deep(Math.ceil(20 * scale)), { tokensMax: 20 })}`),
  }),
  'chat template without end': () => {
    const template = '{% for i in range(1000000000) %}{{ i }}{% endfor %}'
    const messages = [{ role: 'user', content: 'a' }]
    const work = async () => chatTemplate(template)(messages, { opensAssistant: 'yes' })
    return { bytes: template.length, work }
  },
}

async function main(scale, names) {
  const model = await load(undefined, { threads: 1 })
  // What happens once a process only is not what is asked here.
  await model.run(prompt`A ${gen('x', { tokensMax: 2 })}`)
  for (const name of names) await timed(model, name, scale)
  await model.dispose()
}

async function timed(model, name, scale) {
  const { bytes, work } = cases[name](model, scale)
  let last = performance.now()
  let lastCpu = loopCpu()
  let [lagMs, busyMs] = [0, lastCpu === null ? null : 0]
  const tick = () => {
    const now = performance.now()
    lagMs = Math.max(lagMs, now - last)
    last = now
    if (busyMs === null) return
    const cpu = loopCpu()
    busyMs = Math.max(busyMs, (cpu - lastCpu) / 1000)
    lastCpu = cpu
  }
  const timer = setInterval(tick, 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  lagMs = 0
  if (busyMs !== null) busyMs = 0
  const cpu = process.cpuUsage()
  let end = 'value'
  try {
    await work()
  } catch (error) {
    end = `${error?.name} ${error?.code}`
  }
  tick()
  const { user, system } = process.cpuUsage(cpu)
  clearInterval(timer)
  const rounded = (number) => Number(number.toFixed(1))
  console.log(
    JSON.stringify({
      lagMs: rounded(lagMs),
      busyMs: busyMs === null ? null : rounded(busyMs),
      cpuMs: rounded((user + system) / 1000),
      megabytes: bytes / 1e6,
      end,
    }),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await main(Number(process.argv[2]), process.argv.slice(3))
