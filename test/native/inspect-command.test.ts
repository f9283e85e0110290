// "espalier inspect" on files of every kind: what is told of each is what made the file, broken ones are one sentence
// and exit code 2, and nothing in a file can do something to a screen.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import type { Inspection } from '../../lib/cli/inspect/inspection.js'
import { load } from '../../lib/index.js'
import { writeGguf } from '../../scripts/gguf-writer.mjs'
import { espalier, widest } from '../support/fake-terminal.js'
import { writeSplitModel } from '../support/split-model.js'
import { tinyEmbedderPath } from '../support/tiny-embedders.js'
import { TINY_MODELS, type TinyModel, text, tinyModelPath, tinyRecipe } from '../support/tiny-models.js'
import { demoFile } from './demo.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-inspect-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function inspected(...argv: readonly string[]): Promise<Inspection> {
  const { status, out, err } = await espalier(['inspect', ...argv, '--json'])
  expect([status, err]).toEqual([0, ''])
  return JSON.parse(out) as Inspection
}

test('the demo model: what its file says, and what loading it says', async () => {
  const told = await inspected(demoFile)
  const model = await load(demoFile, { contextTokens: 512 })
  expect(told).toMatchObject({
    file: demoFile,
    files: 1,
    fileBytes: statSync(demoFile).size,
    name: 'espalier-demo',
    kind: 'text',
    architecture: 'llama',
    parameters: model.info.parameters,
    quantisation: 'Q8_0',
    shape: {
      layers: 6,
      heads: 4,
      headsKv: 2,
      embedding: 256,
      contextTrained: 2048,
      experts: null,
      window: null,
    },
    memory: { kind: 'full', forks: 'free', rollback: 'token', shift: 'lossy', parks: true },
    chat: {
      format: 'ChatML',
      system: 'shown',
      tools: 'espalier',
      thinking: 'none',
      switches: [],
      failure: null,
    },
    vocabulary: {
      type: 'byte-level BPE',
      size: 2048,
      bos: { token: 0, text: '<|endoftext|>' },
      eos: { token: 2, text: '<|im_end|>' },
      eot: { token: 2, text: '<|im_end|>' },
      addsBos: false,
      addsSpace: false,
    },
    estimate: { contextTokens: 2048, layers: model.info.layers, fits: true },
  })
  await model.dispose()
})

test('--context counts in the estimate, and weights are not read', async () => {
  const [small, large] = [
    await inspected(demoFile, '--context', '512'),
    await inspected(demoFile, '--context', '2048'),
  ]
  expect(small.estimate!.contextTokens).toBe(512)
  expect(4 * small.estimate!.cacheBytes).toBe(large.estimate!.cacheBytes)
  // More than this machine has: only something that takes no memory for it can say so.
  const context = Math.ceil((1.25 * totalmem() * 2048) / large.estimate!.cacheBytes)
  expect((await espalier(['inspect', demoFile, '--context', String(context)])).out).toMatch(
    /fits +no: give a smaller --context/,
  )
})

test.each(Object.keys(TINY_MODELS) as TinyModel[])('%s: memory and shape', async (name) => {
  const told = await inspected(tinyModelPath(name))
  const kind = TINY_MODELS[name]
  expect(told).toMatchObject({
    kind: 'text',
    architecture: name.replace(/-q8$/, ''),
    quantisation: name === 'llama-q8' ? 'Q8_0' : 'F32',
    shape: { layers: 3, embedding: 64, contextTrained: 2048 },
    memory: {
      kind,
      forks: kind === 'full' || kind === 'window' ? 'free' : 'recomputed',
      rollback: kind === 'full' ? 'token' : 'hole',
      shift: kind === 'full' ? 'lossy' : 'none',
    },
    vocabulary: { special: 4 },
  })
  const { status, out } = await espalier(['inspect', tinyModelPath(name)])
  expect([status, widest(out) <= 80]).toEqual([0, true])
  expect(out).toContain(`${kind}: `)
})

test.each([
  ['bert', 'embedding', 'it writes no text'],
  ['bert-rank', 'reranker', 'rank() scores documents'],
  ['llama-last', 'embedding', 'it writes no text'],
  ['qwen3-rank', 'reranker', 'rank() scores documents'],
] as const)('%s: an %s model has no estimate for writing', async (name, kind, words) => {
  expect(await inspected(tinyEmbedderPath(name))).toMatchObject({ kind, memory: null, estimate: null })
  const { out } = await espalier(['inspect', tinyEmbedderPath(name)])
  expect(out.replace(/\s+/g, ' ')).toContain(words)
  expect(out).not.toContain('On this machine')
})

test('a vocabulary without weights', async () => {
  const file = path.join(folder, 'vocabulary.gguf')
  writeGguf(file, { metadata: tinyRecipe('llama').metadata, tensors: [] })
  expect(await inspected(file)).toMatchObject({
    kind: 'vocabulary',
    weightBytes: null,
    memory: null,
    estimate: null,
  })
  expect((await espalier(['inspect', file])).out).toContain('loadVocab()')
})

test('a model in two files is told of as one, whichever sentence its parts need', async () => {
  const [first, second] = writeSplitModel(folder, 'whole')
  const told = await inspected(first)
  const one = await inspected(tinyModelPath('llama'))
  expect(told).toMatchObject({
    files: 2,
    parameters: one.parameters,
    fileBytes: statSync(first).size + statSync(second).size,
  })
  const [alone] = writeSplitModel(folder, 'alone')
  rmSync(alone.replace('00001-of', '00002-of'))
  const renamed = path.join(folder, 'renamed.gguf')
  copyFileSync(first, renamed)
  for (const [file, sentence] of [
    [second, 'is one of 2; expected the first of them, whole-00001-of-00002.gguf.'],
    [
      alone,
      'is one of 2, and alone-00002-of-00002.gguf is not beside it; expected all of them in one folder.',
    ],
    [renamed, 'is the first of several and has another name than they were given'],
  ] as const) {
    await expect(load(file)).rejects.toMatchObject({ code: 'MODEL_SPLIT' })
    const { status, out, err } = await espalier(['inspect', file])
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(sentence)
  }
})

function written(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name)
  writeFileSync(file, bytes)
  return file
}

const demo = readFileSync(demoFile)

test.each<[string, () => string, string]>([
  ['not there', () => path.join(folder, 'none.gguf'), 'There is no model file at '],
  ['a folder', () => folder, ' is a folder'],
  ['empty', () => written('empty.gguf', new Uint8Array(0)), ' is empty'],
  ['a text', () => written('text.gguf', Buffer.from('# not a model\n')), 'is not a GGUF file'],
  ['cut in the header', () => written('head.gguf', demo.subarray(0, 30_000)), ' ends '],
  ['cut in the weights', () => written('cut.gguf', demo.subarray(0, demo.length - 4096)), ' ends '],
  ['unknown architecture', () => unknownArchitecture(), 'does not know'],
])('%s: one sentence, exit code 2', async (_, make, words) => {
  const file = make()
  const { status, out, err } = await espalier(['inspect', file])
  expect([status, out]).toEqual([2, ''])
  expect(err).toMatch(/^espalier: [^\n]+\.\n$/)
  expect(err).toContain(words)
  const json = await espalier(['inspect', file, '--json'])
  expect([json.status, json.out]).toEqual([2, ''])
  expect((JSON.parse(json.err) as { error: { code: string } }).error.code).toMatch(/^MODEL_/)
})

function unknownArchitecture(): string {
  const file = path.join(folder, 'unknown.gguf')
  const { metadata, tensors } = tinyRecipe('llama')
  writeGguf(file, { metadata: { ...metadata, 'general.architecture': text('espalier-none') }, tensors })
  return file
}

test('what a file says moves no cursor and ends no line', async () => {
  const file = path.join(folder, 'loud.gguf')
  const { metadata, tensors } = tinyRecipe('llama')
  const loud = {
    'general.name': text('quiet\u001b[2J\nloud\u202e'),
    'tokenizer.chat_template': text('{{ 1 }}\u0007'),
  }
  writeGguf(file, { metadata: { ...metadata, ...loud }, tensors })
  const { out } = await espalier(['inspect', file])
  expect(out.split('\n')[0]).toBe('quiet\\u001b[2J\\nloud\\u{202e}')
  expect(/[\u0000-\u0009\u000b-\u001f\u202e]/.test(out)).toBe(false)
})

test('a template that can not be rendered is a fact; --template prints it as it stands', async () => {
  const file = path.join(folder, 'template.gguf')
  const { metadata, tensors } = tinyRecipe('llama')
  const source = '{% for m in messages %}{{ m.content'
  writeGguf(file, { metadata: { ...metadata, 'tokenizer.chat_template': text(source) }, tensors })
  expect((await inspected(file)).chat).toMatchObject({ system: 'refused', tools: 'none', thinking: 'none' })
  expect((await espalier(['inspect', file])).out).toMatch(
    /Chat template\n {2}unusable +The model's chat template can't/,
  )
  expect(await espalier(['inspect', file, '--template'])).toEqual({ status: 0, out: source, err: '' })
  expect(JSON.parse((await espalier(['inspect', file, '--template', '--json'])).out)).toEqual({
    chatTemplate: source,
  })
})

test('without a chat template that is said, and --template is refused', async () => {
  const file = path.join(folder, 'plain.gguf')
  const { metadata, tensors } = tinyRecipe('llama')
  const { 'tokenizer.chat_template': _, ...rest } = metadata
  writeGguf(file, { metadata: rest, tensors })
  expect((await inspected(file)).chat).toBeNull()
  const { status, err } = await espalier(['inspect', file, '--template'])
  expect([status, err]).toEqual([2, expect.stringContaining('has no chat template.')])
})
