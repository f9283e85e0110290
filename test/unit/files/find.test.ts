// What is found in folders of each kind: made ones, whole and broken. Judges by the references, the facts of the
// headers and the notes.
import { chmodSync, linkSync, mkdirSync, statSync, symlinkSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { findModels, type ModelFile } from '../../../lib/files/find.js'
import { modelPath } from '../../../lib/files/locate.js'
import {
  commit,
  machineAt,
  madeHome,
  olderCommit,
  put,
  putHub,
  putModel,
  putOllama,
} from '../../support/model-folders.js'

let home: string
let remove: () => void
beforeEach(() => {
  ;({ home, remove } = madeHome())
})
afterEach(() => remove())

const at = (...names: string[]): string => path.join(home, ...names)
const references = (files: readonly ModelFile[]): string[] => files.map(({ reference }) => reference)
async function found(): Promise<{ files: readonly ModelFile[]; notes: string[] }> {
  const { files, notes } = await findModels(machineAt(home))
  return { files, notes: notes.map((note) => `${path.relative(home, note.path)} ${note.says}`) }
}

test('models of every program are found where they lie, and each reference leads back to its file', async () => {
  const q4 = { architecture: 'qwen3', name: 'Qwen3 4B', fileType: 15 }
  const lmStudio = at('.lmstudio', 'models', 'lmstudio-community', 'Qwen3-4B-GGUF')
  putModel(path.join(lmStudio, 'Qwen3-4B-Q4_K_M.gguf'), q4)
  putModel(at('.cache', 'lm-studio', 'models', 'a', 'b', 'old.gguf'), { fileType: 7, name: 'old' })
  putOllama(at('.ollama', 'models'), 'registry.ollama.ai/library/qwen3/4b', { facts: { ...q4, name: 'o' } })
  putOllama(at('.ollama', 'models'), 'registry.ollama.ai/me/tuned/latest', { facts: { name: 'tuned' } })
  putOllama(at('.ollama', 'models'), 'hf.co/org/repo/Q8_0', { facts: { name: 'from the hub' } })
  putHub(at('.cache', 'huggingface', 'hub'), 'org/repo-GGUF', {
    'model-Q8_0.gguf': {},
    'deep/er/m-f16.gguf': {},
  })
  putModel(at('.cache', 'llama.cpp', 'org_repo_m-Q4_0.gguf'), { name: 'llama' })
  putModel(at('jan', 'models', 'trinity', 'trinity.gguf'), { name: 'jan' })
  putModel(at('.local', 'share', 'Jan', 'data', 'llamacpp', 'models', 'org', 'J-4B', 'model.gguf'), {
    name: 'j',
  })
  put(
    at('.local', 'share', 'Jan', 'data', 'llamacpp', 'models', 'org', 'J-4B', 'model.yml'),
    'name: J\nmodel_path: llamacpp/models/org/J-4B/model.gguf\nsize_bytes: 7\n',
  )
  putModel(at('.local', 'share', 'nomic.ai', 'GPT4All', 'Llama-3-8B.Q4_0.gguf'), { name: 'gpt' })
  const { files, notes } = await found()
  expect(notes).toEqual([])
  expect(references(files)).toEqual([
    'gpt4all:Llama-3-8B.Q4_0.gguf',
    'hf:org/repo-GGUF/deep/er/m-f16.gguf',
    'hf:org/repo-GGUF/model-Q8_0.gguf',
    'jan:org/J-4B',
    'jan:trinity/trinity.gguf',
    'llamacpp:org_repo_m-Q4_0.gguf',
    'lmstudio:a/b/old.gguf',
    'lmstudio:lmstudio-community/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf',
    'ollama:hf.co/org/repo:Q8_0',
    'ollama:me/tuned:latest',
    'ollama:qwen3:4b',
  ])
  for (const { reference, path: file } of files)
    expect(await modelPath(reference, machineAt(home))).toBe(file)
  const qwen = files.find(({ reference }) => reference.startsWith('lmstudio:lmstudio'))!
  expect(qwen).toMatchObject({
    architecture: 'qwen3',
    name: 'Qwen3 4B',
    quantisation: 'Q4_K_M',
    kind: 'text',
  })
  expect(qwen.bytes).toBeGreaterThan(100)
  expect(files.find(({ store }) => store === 'gpt4all')!.quantisation).toBe('Q4_0')
})

test('a file that two programs share is there once, with both names', async () => {
  const blob = putOllama(at('.ollama', 'models'), 'registry.ollama.ai/library/m/latest')
  putOllama(at('.ollama', 'models'), 'registry.ollama.ai/library/m/2b')
  mkdirSync(at('.lmstudio', 'models', 'p', 'r'), { recursive: true })
  linkSync(blob, at('.lmstudio', 'models', 'p', 'r', 'linked.gguf'))
  symlinkSync(blob, at('.lmstudio', 'models', 'p', 'r', 'symlinked.gguf'))
  const { files } = await found()
  expect(files).toHaveLength(1)
  expect([files[0]!.reference, ...files[0]!.also].sort()).toEqual([
    'lmstudio:p/r/linked.gguf',
    'lmstudio:p/r/symlinked.gguf',
    'ollama:m:2b',
    'ollama:m:latest',
  ])
})

test('what a file is stands beside it', async () => {
  const folder = at('.lmstudio', 'models', 'p', 'r')
  putModel(path.join(folder, 'text.gguf'))
  putModel(path.join(folder, 'mmproj-model-f16.gguf'), { architecture: 'clip' })
  putModel(path.join(folder, 'sight.gguf'), { type: 'mmproj' })
  putModel(path.join(folder, 'lora.gguf'), { type: 'adapter' })
  putModel(path.join(folder, 'nomic.gguf'), { architecture: 'nomic-bert' })
  putModel(path.join(folder, 'qwen3-embedding.gguf'), { architecture: 'qwen3', pooling: 3 })
  putModel(path.join(folder, 'x.imatrix.gguf'), { type: 'imatrix' })
  const { files, notes } = await found()
  const kinds = Object.fromEntries(files.map(({ path: file, kind }) => [path.basename(file), kind]))
  expect(kinds).toEqual({
    'text.gguf': 'text',
    'mmproj-model-f16.gguf': 'projector',
    'sight.gguf': 'projector',
    'lora.gguf': 'adapter',
    'nomic.gguf': 'embedding',
    'qwen3-embedding.gguf': 'embedding',
  })
  expect(notes).toEqual([expect.stringContaining('x.imatrix.gguf is no model')])
})

test("Ollama's adapters are told, and its quantisation where the file is silent", async () => {
  const folder = at('.ollama', 'models')
  const layers = { adapter: 'lora', projector: 'eyes' }
  putOllama(folder, 'registry.ollama.ai/library/m/latest', { layers, fileType: 'Q5_K_S' })
  const { files } = await found()
  expect(files).toHaveLength(1)
  expect(files[0]).toMatchObject({ quantisation: 'Q5_K_S' })
  expect(files[0]!.adapters).toEqual([expect.stringMatching(/blobs.sha256-[0-9a-f]{64}$/)])
})

test('a split model is one model of all its bytes; with parts missing it is a note', async () => {
  const folder = at('.lmstudio', 'models', 'p', 'r')
  for (const part of ['00001', '00002', '00003']) putModel(path.join(folder, `big-${part}-of-00003.gguf`))
  for (const part of ['00001', '00003']) putModel(path.join(folder, `torn-${part}-of-00003.gguf`))
  const { files, notes } = await found()
  expect(references(files)).toEqual(['lmstudio:p/r/big-00001-of-00003.gguf'])
  const one = putModel(at('one.gguf'))
  expect(files[0]!.bytes).toBe(3 * statSync(one).size)
  expect(notes).toEqual(['.lmstudio/models/p/r/torn-00001-of-00003.gguf lacks 1 of its 3 parts'])
  await expect(modelPath('lmstudio:torn-00001-of-00003', machineAt(home))).rejects.toMatchObject({
    code: 'MODEL_INCOMPLETE',
    message: expect.stringContaining('torn-00002-of-00003.gguf'),
  })
})

test('what is broken is a note and costs nothing else', async () => {
  const folder = at('.lmstudio', 'models', 'p', 'r')
  putModel(path.join(folder, 'good.gguf'))
  put(path.join(folder, 'text.gguf'), 'not a model at all, but long enough')
  put(path.join(folder, 'empty.gguf'), '')
  put(path.join(folder, 'cut.gguf'), 'GGUF')
  put(path.join(folder, 'big-endian.gguf'), Buffer.concat([Buffer.from('GGUF\0\0\0\x03'), Buffer.alloc(100)]))
  put(path.join(folder, 'old.gguf'), Buffer.concat([Buffer.from('GGUF\x01\0\0\0'), Buffer.alloc(100)]))
  put(path.join(folder, 'downloading_x.gguf.part'), 'GGUF')
  put(path.join(folder, 'readme.md'), 'read me')
  truncateSync(putModel(path.join(folder, 'headless.gguf'), { name: 'n'.repeat(500) }), 120)
  symlinkSync('nowhere.gguf', path.join(folder, 'dangling.gguf'))
  symlinkSync('..', path.join(folder, 'loop'))
  symlinkSync('self', path.join(folder, 'self'))
  put(at('.ollama', 'models', 'manifests', 'registry.ollama.ai', 'library', 'm', 'bad'), '{"layers":')
  put(at('.ollama', 'models', 'blobs', `sha256-${'0'.repeat(64)}-partial-3`), '')
  const { files, notes } = await found()
  expect(references(files)).toEqual(['lmstudio:p/r/good.gguf', 'lmstudio:p/r/headless.gguf'])
  expect(files[1]).toMatchObject({ architecture: 'llama', name: null })
  expect(notes.sort()).toEqual([
    `.lmstudio/models/p/r/big-endian.gguf is a GGUF file for big-endian machines`,
    '.lmstudio/models/p/r/cut.gguf is cut off',
    ".lmstudio/models/p/r/dangling.gguf can't be read: what it leads to is gone",
    '.lmstudio/models/p/r/downloading_x.gguf.part is a download that was not finished',
    '.lmstudio/models/p/r/empty.gguf is empty',
    '.lmstudio/models/p/r/old.gguf has the GGUF version 1; expected 2 or more',
    ".lmstudio/models/p/r/self can't be read: it leads to itself",
    '.lmstudio/models/p/r/text.gguf is no GGUF file',
    `.ollama/models/blobs/sha256-${'0'.repeat(64)} is a download that was not finished`,
    '.ollama/models/manifests/registry.ollama.ai/library/m/bad is no manifest of Ollama',
  ])
})

test('a folder that may not be read is a note', async () => {
  if (process.getuid?.() === 0) return
  putModel(at('.lmstudio', 'models', 'p', 'r', 'm.gguf'))
  chmodSync(at('.lmstudio', 'models', 'p'), 0)
  try {
    expect(await found()).toMatchObject({ files: [], notes: [expect.stringContaining('no right to')] })
  } finally {
    chmodSync(at('.lmstudio', 'models', 'p'), 0o700)
  }
})

test('thousands of files: the event loop turns meanwhile, and a folder of more than the bound is told', async () => {
  const folder = at('.cache', 'llama.cpp')
  mkdirSync(folder, { recursive: true })
  const model = putModel(path.join(folder, 'm.gguf'))
  for (let index = 0; index < 3000; index += 1) symlinkSync(model, path.join(folder, `m${index}.gguf`))
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  const { files } = await found()
  clearInterval(timer)
  expect(files).toHaveLength(1)
  expect(files[0]!.also).toHaveLength(3000)
  expect(turns).toBeGreaterThan(10)
})

describe("Hugging Face's cache", () => {
  const cache = (): string => at('.cache', 'huggingface', 'hub')
  const path1 = (name: string): Promise<string> => modelPath(name, machineAt(home))

  test('a name without a revision is that of main; others are reached by ref and commit', async () => {
    putHub(
      cache(),
      'o/r',
      { 'm-Q4_0.gguf': {}, 'gone-Q4_0.gguf': {} },
      { at: olderCommit, refs: ['v1', 'refs/pr/7'] },
    )
    putHub(cache(), 'o/r', { 'm-Q4_0.gguf': {} })
    const snapshot = (which: string, file: string): string =>
      path.join(cache(), 'models--o--r', 'snapshots', which, file)
    expect(references((await found()).files)).toEqual([
      'hf:o/r@bbbbbbbbbb/gone-Q4_0.gguf',
      'hf:o/r@bbbbbbbbbb/m-Q4_0.gguf',
      'hf:o/r/m-Q4_0.gguf',
    ])
    for (const name of [
      'hf:o/r/m-Q4_0.gguf',
      'hf:o/r:q4_0',
      'hf:o/r',
      'hf:O/R/M-q4_0.gguf',
      'hf:o/r@main:Q4_0',
    ])
      expect(await path1(name)).toBe(snapshot(commit, 'm-Q4_0.gguf'))
    for (const name of [
      'hf:o/r@v1/m-Q4_0.gguf',
      'hf:o/r@refs/pr/7/m-Q4_0.gguf',
      'hf:o/r@bbbbbbb/m-Q4_0.gguf',
    ])
      expect(await path1(name)).toBe(snapshot(olderCommit, 'm-Q4_0.gguf'))
    expect(await path1('hf:o/r/gone-Q4_0.gguf')).toBe(snapshot(olderCommit, 'gone-Q4_0.gguf'))
    await expect(path1('hf:o/r@v1')).rejects.toMatchObject({ code: 'REFERENCE_AMBIGUOUS' })
  })

  test('a download that was broken off is a note', async () => {
    const folder = putHub(cache(), 'o/r', { 'm.gguf': {} })
    put(path.join(folder, 'blobs', `${'c'.repeat(64)}.incomplete`), 'GGUF')
    const { files, notes } = await found()
    expect(references(files)).toEqual(['hf:o/r/m.gguf'])
    expect(notes).toEqual([
      expect.stringMatching(/incomplete is a file of o\/r .*espalier pull goes on with it$/),
    ])
  })
})

describe('names that are shortened', () => {
  beforeEach(() => {
    const models = at('.lmstudio', 'models')
    putModel(path.join(models, 'one', 'Gemma-GGUF', 'gemma-Q4_K_M.gguf'), { name: '1' })
    putModel(path.join(models, 'one', 'Gemma-GGUF', 'mmproj-gemma-f16.gguf'), { name: '2' })
    putModel(path.join(models, 'two', 'Qwen-GGUF', 'qwen-Q4_K_M.gguf'), { name: '3' })
    putModel(path.join(models, 'two', 'Qwen-GGUF', 'qwen-Q8_0.gguf'), { name: '4' })
    putOllama(at('.ollama', 'models'), 'registry.ollama.ai/library/qwen3/4b', { facts: { name: '5' } })
    putOllama(at('.ollama', 'models'), 'registry.ollama.ai/library/llama3/8b', { facts: { name: '6' } })
    putOllama(at('.ollama', 'models'), 'registry.ollama.ai/library/llama3/latest', { facts: { name: '7' } })
  })

  test.each([
    ['lmstudio:one/gemma-gguf', 'gemma-Q4_K_M.gguf'],
    ['lmstudio:Gemma-GGUF/gemma-Q4_K_M.gguf', 'gemma-Q4_K_M.gguf'],
    ['lmstudio:gemma-q4_k_m', 'gemma-Q4_K_M.gguf'],
    ['lmstudio:mmproj-gemma-f16', 'mmproj-gemma-f16.gguf'],
    ['lmstudio:qwen-Q8_0.gguf', 'qwen-Q8_0.gguf'],
  ])('%s is %s', async (name, file) => {
    expect(path.basename(await modelPath(name, machineAt(home)))).toBe(file)
  })

  test.each([
    ['ollama:qwen3', 'ollama:qwen3:4b'],
    ['ollama:QWEN3:4B', 'ollama:qwen3:4b'],
    ['ollama:llama3', 'ollama:llama3:latest'],
    ['ollama:library/qwen3', null],
  ])('%s is %s', async (name, full) => {
    const path1 = (one: string): Promise<string> => modelPath(one, machineAt(home))
    if (full === null) await expect(path1(name)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
    else expect(await path1(name)).toBe(await path1(full))
  })

  test('what fits several is refused with their names', async () => {
    await expect(modelPath('lmstudio:qwen-gguf', machineAt(home))).rejects.toMatchObject({
      name: 'UsageError',
      code: 'REFERENCE_AMBIGUOUS',
      message: expect.stringMatching(
        /two\/Qwen-GGUF\/qwen-Q4_K_M\.gguf, lmstudio:two\/Qwen-GGUF\/qwen-Q8_0\.gguf/,
      ),
    })
  })

  test.each([
    ['ollama:qwen3:8b', 'near', 'ollama:qwen3:4b', 'ollama pull qwen3:8b'],
    ['lmstudio:two/qwen-Q5_0.gguf', 'near', 'lmstudio:two/Qwen-GGUF/qwen-Q8_0.gguf', '~/.lmstudio/models'],
    ['hf:org/repo:Q4_K_M', 'far', '~/.cache/huggingface/hub', 'npx espalier pull hf:org/repo:Q4_K_M'],
  ])('%s is not there: where was looked, what is %s, what to type', async (name, how, ...said) => {
    const error = await modelPath(name, machineAt(home)).catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ name: 'ModelError', code: 'MODEL_NOT_FOUND' })
    for (const text of said) expect((error as Error).message).toContain(text)
    expect((error as Error).message.includes('Near it')).toBe(how === 'near')
  })
})
