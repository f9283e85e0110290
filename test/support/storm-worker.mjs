// What a worker thread of the storm does: one phase of work, over and over, until somebody ends the thread, or once.
// Decides what each phase is; tells when it has begun. Never ends by itself where it is to be ended.
import { parentPort, workerData } from 'node:worker_threads'
import { compile, jsonSchema } from '../../build/modules/constraint/constraint.js'
import { loadEmbedder } from '../../build/modules/embed/embed.js'
import { gen, integer, prompt } from '../../build/modules/index.js'
import { openModel } from '../../build/modules/native/native.js'
import { demoFile, openSmall } from './small-model.mjs'

const { phase, number, isEnded } = workerData ?? {}
const begun = () => parentPort.postMessage('begun')
const untilEnded = async (work) => {
  for (let turn = 0; isEnded || turn < 2; turn++) await work(turn)
}
const text = (turn) =>
  prompt`Note ${String(number)} ${String(turn)}: ${gen('x', { tokensMax: 20, temperature: 1 })}`

const pattern = (length) => ({ pattern: `^(?:[a-z]{${length}})*$` })

export const phases = {
  async loading() {
    begun()
    await untilEnded(async () => (await openModel(demoFile)).dispose())
  },
  async 'making a context'() {
    const model = await openModel(demoFile)
    begun()
    await untilEnded(async () => (await model.createContext({ cells: 1024, threads: 1 })).dispose())
    await model.dispose()
  },
  async decoding() {
    const { model } = await openSmall({ cells: 512 })
    begun()
    await untilEnded((turn) => model.run(text(turn)))
    await model.dispose()
  },
  async 'compiling a constraint'() {
    const model = await openModel(demoFile)
    begun()
    await untilEnded((turn) => {
      const schema = { type: 'string', allOf: [pattern(2), pattern(3 + (turn % 5))], maxLength: 10 + turn }
      compile(jsonSchema(schema), model.vocab).matcher().mask()
    })
    await model.dispose()
  },
  async 'in a check'() {
    const { model } = await openSmall({ cells: 512 })
    const check = async () => {
      begun()
      await new Promise((resolve) => setTimeout(resolve, 5))
      return true
    }
    await untilEnded((turn) =>
      model.run(prompt`Of ${String(turn)}: ${integer('n', { min: 0, max: 99, check })}`),
    )
    await model.dispose()
  },
  async streaming() {
    const { model } = await openSmall({ cells: 512 })
    await untilEnded(async (turn) => {
      for await (const event of model.stream(text(turn))) if (event.type === 'token') begun()
    })
    await model.dispose()
  },
  async parked() {
    const { model, engine } = await openSmall({ cells: 512, hostBytesMax: 2 ** 24 })
    await untilEnded(async (turn) => {
      await model.run(text(turn))
      if (engine.occupancy.parkedCount > 0 || turn > 20) begun()
    })
    begun()
    await model.dispose()
  },
  async 'side by side'() {
    const { model } = await openSmall({ cells: 1024 })
    begun()
    await untilEnded((turn) => Promise.all([0, 1, 2].map((branch) => model.run(text(turn * 3 + branch)))))
    await model.dispose()
  },
  async 'reading texts'() {
    const embedder = await loadEmbedder(demoFile, { pooling: number % 2 === 0 ? 'mean' : 'last', threads: 1 })
    const texts = Array.from({ length: 40 }, (_, i) => `Note ${i} of ${number}: my parcel never came.`)
    begun()
    await untilEnded(() => Promise.all([embedder.embed(texts), embedder.embed(texts[0])]))
    await embedder.dispose()
  },
  async 'ending by itself, busy'() {
    const { model } = await openSmall({ cells: 512 })
    begun()
    void model.run(text(0))
    setTimeout(() => process.exit(), 4)
  },
}

if (parentPort !== null && phase !== undefined) await phases[phase]()
