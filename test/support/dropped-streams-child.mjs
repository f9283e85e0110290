// Reads streams once and lets go of them, each with more events to come than may lie unread, and tells what the
// collector left and what their runs still hold. Run with --expose-gc; prints one JSON line.
import { register } from 'node:module'

register('../fuzz/typescript-hook.mjs', import.meta.url)
const { leftovers, programModel } = await import('./program-model.ts')
const { branches, each } = await import('../../lib/prompt/branches.ts')
const { eos } = await import('./oracle-vocabulary.ts')
const { gen } = await import('../../lib/prompt/hole.ts')
const { prompt } = await import('../../lib/prompt/prompt.ts')

const turn = () => new Promise((resolve) => setImmediate(resolve))
const turns = async (count) => {
  for (let index = 0; index < count; index++) await turn()
}
const isLeft = (ref) => ref.deref() !== undefined
/** Until these are gone, in 20 rounds at most; in five where nobody says what is to go. */
const collect = async (refs) => {
  for (let round = 0; refs === undefined ? round < 5 : round < 20 && refs.some(isLeft); round++) {
    await turns(10)
    globalThis.gc()
  }
}

const program = programModel({ cells: 4000 })
const { model } = program
/** Lives longer than all runs, as a server's own signal does. */
const { signal } = new AbortController()
/** Goes on for so many tokens. */
const text = (tokensMax) => gen('x', { tokensMax, bias: { [eos]: Number.NEGATIVE_INFINITY } })
const list = (tokensMax) => prompt`ab${each('list', Array(300).fill('e'), () => prompt`e${text(tokensMax)}`)}`
const prompts = {
  plain: () => prompt`ab${text(900)}`,
  branches: () => prompt`ab${branches({ a: prompt`c${text(900)}`, b: prompt`d${text(900)}` })}`,
  // More walks than may go side by side: what they wait for must be free again.
  each: () => list(900),
  // Nobody waits for an event, and the run has not come to a full buffer either.
  started: () => prompt`ab${text(900)}`,
}

async function drop(kind, salt) {
  const wanted = prompts[kind]()
  const stream = model.stream(wanted, {}, { signal, seed: salt, temperature: 1 })
  await stream.next()
  if (kind !== 'started') await turns(400)
  return [stream, wanted].map((value) => new WeakRef(value))
}

const told = {}
for (const kind of Object.keys(prompts)) {
  const refs = await drop(kind, 1)
  await collect(refs)
  told[kind] = refs.map((ref) => (ref.deref() === undefined ? 'collected' : 'held'))
}

// Who waits for an event gets it, though nobody holds the stream.
const waiting = model.stream(prompts.plain()).next()
await collect()
told.waiting = (await waiting).value?.type ?? null
await collect()

told.left = await leftovers(program)
const run = await model.run(list(1))
told.after = run.values.list.length
console.log(JSON.stringify(told))
