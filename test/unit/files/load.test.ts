// A model by reference wherever one is taken: the demo model, kept as other programs keep theirs, is opened where it
// lies.
import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { loadVocab } from '../../../lib/constraint/constraint.js'
import { loadEmbedder } from '../../../lib/embed/embed.js'
import { estimate, load } from '../../../lib/index.js'
import { demoModel } from '../../../lib/native/package-root.js'
import { madeHome, putModel } from '../../support/model-folders.js'

const { home, remove } = madeHome()
const before = process.env.JAN_DATA_FOLDER
const reference = 'jan:demo'
const file = path.join(home, 'models', 'org', 'demo.gguf')
beforeAll(() => {
  mkdirSync(path.dirname(file), { recursive: true })
  symlinkSync(demoModel(), file)
  putModel(path.join(home, 'models', 'lora', 'lora.gguf'))
  process.env.JAN_DATA_FOLDER = home
})
afterAll(() => {
  if (before === undefined) delete process.env.JAN_DATA_FOLDER
  else process.env.JAN_DATA_FOLDER = before
  remove()
})

test('load, estimate, loadEmbedder and loadVocab open it where it lies', async () => {
  const model = await load(reference, { contextTokens: 256, threads: 1 })
  expect(model.info.path).toBe(file)
  await model.dispose()
  expect((await estimate(reference, { contextTokens: 256 })).contextTokens).toBe(256)
  const embedder = await loadEmbedder(reference, { pooling: 'mean', threads: 1 })
  expect((await embedder.embed('a')).length).toBe(embedder.info.dimensions)
  await embedder.dispose()
  await (await loadVocab(reference)).dispose()
})

test('an adapter by reference is looked for, too', async () => {
  // It is found, and llama.cpp says that it holds no adapter.
  await expect(load(reference, { adapters: ['jan:lora'] })).rejects.toMatchObject({
    code: expect.stringMatching(/^ADAPTER_/),
    message: expect.stringContaining(path.join('lora', 'lora.gguf')),
  })
  await expect(load(reference, { adapters: ['jan:missing'] })).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
  })
})

test.each([load, estimate, loadEmbedder, loadVocab])('%p refuses a reference that is none', async (take) => {
  await expect(take('hf:org')).rejects.toMatchObject({ code: 'REFERENCE_INVALID' })
  await expect(take('jan:other')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
})
