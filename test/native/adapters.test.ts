// LoRA files on the native layer. Judges that a step computes with the adapters and scales it names, against models
// that have the same worked into their weights, and that no file brings the process down.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ExpertModel, openModel } from '../../lib/native/native.js'
import { writeGguf } from '../../scripts/gguf-writer.mjs'
import {
  type AdapterFile,
  adapterRecipe,
  mergedFill,
  type TinyAdapter,
  writeAdapter,
  writeMerged,
} from '../support/tiny-adapters.js'
import { type TinyModel, tinyModelPath, tinyRecipe } from '../support/tiny-models.js'
import { chunk, codeOf, plan, spread } from './demo.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'espalier-adapters-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => path.join(folder, name)

const poet: TinyAdapter = { seed: 5, rank: 1 }
const clerk: TinyAdapter = { seed: 6, rank: 4, alpha: 8 }
const tokens = Int32Array.from({ length: 24 }, (_, i) => (i * 37 + 5) % 200)

async function logitsOf(
  model: ExpertModel,
  ...sets: (readonly number[] | undefined)[]
): Promise<Float32Array[]> {
  const context = await model.createContext({ cells: 512, sequences: 8 })
  const rows: Float32Array[] = []
  for (const [sequence, adapters] of sets.entries()) {
    const chunks = [chunk([sequence], 0, tokens)]
    const result = await context.step({ ...plan({ chunks }), ...(adapters && { adapters }) })
    expect(result).toMatchObject({ status: 'ok', message: '' })
    rows.push(context.logits())
  }
  await context.dispose()
  return rows
}

const plain: TinyModel[] = ['llama', 'gemma3', 'mamba', 'jamba', 'lfm2']
describe.each(plain)('%s (%#)', (name) => {
  test('computes what merged weights compute, set by set, and without them what it did before', async () => {
    const files = [
      writeAdapter(at(`${name}-poet.gguf`), name, poet),
      writeAdapter(at(`${name}-clerk.gguf`), name, clerk),
    ]
    await using model = await openModel(tinyModelPath(name), { adapters: files })
    await using base = await openModel(tinyModelPath(name))
    expect(model.adapters.map((adapter) => adapter.path)).toEqual(files)
    expect(model.bytes).toBe(base.bytes + model.adapters.reduce((sum, { bytes }) => sum + bytes, 0))
    const sets = [
      [1, 0],
      [0, 0.5],
      [-2, 0.25],
    ] as const
    const [none, zero, one, half, both, again, noneAgain] = await logitsOf(
      model,
      undefined,
      [0, 0],
      sets[0],
      sets[1],
      sets[2],
      sets[0],
      [],
    )
    const [bare] = await logitsOf(base, undefined)
    expect(spread(none!, bare!)).toBe(0)
    expect(spread(none!, zero!)).toBe(0)
    expect(spread(none!, noneAgain!)).toBe(0)
    expect(spread(one!, again!)).toBe(0)
    for (const [index, got] of [one!, half!, both!].entries()) {
      const [first, second] = sets[index]!
      const file = writeMerged(at(`${name}-merged-${index}.gguf`), name, [
        { adapter: poet, scale: first },
        { adapter: clerk, scale: second },
      ])
      await using merged = await openModel(file)
      const [expected] = await logitsOf(merged, undefined)
      // The adapter changes a lot, and the two ways to it nearly nothing.
      expect(spread(got, bare!)).toBeGreaterThan(0.1)
      expect(spread(got, expected!)).toBeLessThan(0.005)
    }
  })
})

test('Q8_0 weights take adapters, mapped or not', async () => {
  const file = writeAdapter(at('q8.gguf'), 'llama-q8', poet)
  const rows: Float32Array[] = []
  for (const mmap of [true, false]) {
    await using model = await openModel(tinyModelPath('llama-q8'), { adapters: [file], mmap })
    const [without, with_] = await logitsOf(model, [0], [1])
    expect(spread(without!, with_!)).toBeGreaterThan(0.1)
    rows.push(with_!)
  }
  expect(spread(rows[0]!, rows[1]!)).toBe(0)
})

describe('files that do not fit', () => {
  const wrong: [string, string, RegExp, (file: AdapterFile) => AdapterFile | Buffer | null][] = [
    ['missing', 'ADAPTER_NOT_FOUND', /no adapter at/, () => null],
    ['empty', 'ADAPTER_EMPTY', /empty/, () => Buffer.alloc(0)],
    ['no GGUF', 'ADAPTER_NOT_GGUF', /GGUF/, () => Buffer.from('PK\x03\x04 a zip')],
    ['a model', 'ADAPTER_UNSUPPORTED', /general\.type/, () => readFileSync(tinyModelPath('llama'))],
    ['of another architecture', 'ADAPTER_MISMATCH', /"gemma3".*"llama"/, () => adapterRecipe('gemma3', poet)],
    [
      'of another kind',
      'ADAPTER_UNSUPPORTED',
      /adapter\.type "ia3"/,
      (file) => ({
        ...file,
        metadata: { ...file.metadata, 'adapter.type': { kind: 'string', value: 'ia3' } },
      }),
    ],
    [
      'type as a number',
      'ADAPTER_UNSUPPORTED',
      /no adapter\.type/,
      (file) => ({ ...file, metadata: { ...file.metadata, 'adapter.type': { kind: 'u32', value: 1 } } }),
    ],
    [
      'alpha as text',
      'ADAPTER_DAMAGED',
      /alpha/,
      (file) => ({
        ...file,
        metadata: { ...file.metadata, 'adapter.lora.alpha': { kind: 'string', value: '8' } },
      }),
    ],
    [
      'alpha as a whole number',
      'ADAPTER_DAMAGED',
      /alpha/,
      (file) => ({
        ...file,
        metadata: { ...file.metadata, 'adapter.lora.alpha': { kind: 'u32', value: 8 } },
      }),
    ],
    [
      'alpha not a number',
      'ADAPTER_DAMAGED',
      /alpha/,
      (file) => ({
        ...file,
        metadata: { ...file.metadata, 'adapter.lora.alpha': { kind: 'f32', value: Number.NaN } },
      }),
    ],
    [
      'an activated one',
      'ADAPTER_UNSUPPORTED',
      /aLoRA/,
      (file) => ({
        ...file,
        metadata: { ...file.metadata, 'adapter.alora.invocation_tokens': { kind: 'u32s', value: [1, 2] } },
      }),
    ],
    ['nothing in it', 'ADAPTER_UNSUPPORTED', /changes no weight/, (file) => ({ ...file, tensors: [] })],
    [
      'half a pair',
      'ADAPTER_DAMAGED',
      /lora_b without|lora_a without/,
      (file) => ({ ...file, tensors: file.tensors.slice(1) }),
    ],
    [
      'a tensor of another name',
      'ADAPTER_UNSUPPORTED',
      /tensor blk\.0\.attn_q\.weight\.lora_c/,
      (file) => ({
        ...file,
        tensors: [...file.tensors, { ...file.tensors[0]!, name: 'blk.0.attn_q.weight.lora_c' }],
      }),
    ],
    [
      'a weight the model has not',
      'ADAPTER_MISMATCH',
      /blk\.9\.attn_output\.weight, which the model/,
      (file) => ({
        ...file,
        tensors: file.tensors.map((one) => ({ ...one, name: one.name.replace('blk.0.', 'blk.9.') })),
      }),
    ],
    [
      'other sizes',
      'ADAPTER_MISMATCH',
      /of sizes 32 x 64; .* 64 x 64/,
      (file) => ({
        ...file,
        tensors: file.tensors.map((one) =>
          one.name.endsWith('attn_q.weight.lora_a') ? { ...one, shape: [32, 1] } : one,
        ),
      }),
    ],
    [
      'ranks that differ',
      'ADAPTER_DAMAGED',
      /do not multiply/,
      (file) => ({
        ...file,
        tensors: file.tensors.map((one) =>
          one.name.endsWith('.lora_a') ? { ...one, shape: [one.shape[0]!, 2] } : one,
        ),
      }),
    ],
    [
      'a third dimension',
      'ADAPTER_DAMAGED',
      /do not multiply/,
      (file) => ({
        ...file,
        tensors: file.tensors.map((one) =>
          one.name.endsWith('.lora_a') ? { ...one, shape: [...one.shape, 3] } : one,
        ),
      }),
    ],
    [
      'a third dimension of both',
      'ADAPTER_MISMATCH',
      /64 x 64 x 3 x 1/,
      (file) => ({ ...file, tensors: file.tensors.map((one) => ({ ...one, shape: [...one.shape, 3] })) }),
    ],
  ]
  test.each(wrong)('%s: %s', async (name, code, told, make) => {
    const file = at(`wrong-${name.replaceAll(' ', '-')}.gguf`)
    const content = make(adapterRecipe('llama', poet))
    if (Buffer.isBuffer(content)) writeFileSync(file, content)
    else if (content !== null) writeGguf(file, content)
    const opening = openModel(tinyModelPath('llama'), { adapters: [file] })
    await expect(opening).rejects.toMatchObject({ name: 'ModelError', code })
    await expect(opening).rejects.toThrow(told)
    await expect(opening).rejects.toThrow(file)
  })

  test('a file cut off anywhere, or with any byte of its head changed, is refused or computes', async () => {
    const whole = readFileSync(
      writeAdapter(at('whole.gguf'), 'llama', { ...poet, weights: /blk\.0\.attn_q/ }),
    )
    const head = whole.length - 64 * 4 * 2 - 64
    const file = at('damaged.gguf')
    const seen = new Set<string>()
    for (let turn = 0; turn < 160; turn++) {
      const bytes = Buffer.from(whole)
      const place = (turn * 7919) % head
      const isCut = turn % 4 === 0
      if (!isCut) bytes[place] = bytes[place]! ^ (1 << (turn % 8))
      writeFileSync(file, isCut ? bytes.subarray(0, place) : bytes)
      seen.add(
        await codeOf(async () => {
          await using model = await openModel(tinyModelPath('llama'), { adapters: [file] })
          await logitsOf(model, [1])
        }),
      )
    }
    expect([...seen].filter((code) => !/^(ADAPTER_\w+|none)$/.test(code))).toEqual([])
    expect(seen.size).toBeGreaterThan(3)
  })
})

test('adapters of embeddings compute, or are refused where the output shares them', async () => {
  const adapter = { ...poet, weights: /token_embd/ }
  const { metadata, tensors } = adapterRecipe('llama', adapter)
  const [inner, outer] = tensors
  // The factors change places: a row of the first is looked up for each token.
  const flipped = [
    { ...outer!, name: 'token_embd.weight.lora_a' },
    { ...inner!, name: 'token_embd.weight.lora_b', shape: [1, inner!.shape[0]!] },
  ]
  const file = at('embedding.gguf')
  writeGguf(file, { metadata, tensors: flipped })
  expect(await codeOf(() => openModel(tinyModelPath('llama'), { adapters: [file] }))).toBe(
    'ADAPTER_UNSUPPORTED',
  )
  // A tensor's filler can be used once.
  const embeddings = () => tinyRecipe('llama').tensors[0]!
  const output = () => ({ ...embeddings(), name: 'output.weight' })
  const { metadata: keys, tensors: all } = tinyRecipe('llama')
  writeGguf(at('parted.gguf'), { metadata: keys, tensors: [embeddings(), ...all.slice(1), output()] })
  const changed = { ...embeddings(), fill: mergedFill(embeddings(), [{ adapter, scale: 0.5 }]) }
  const rest = tinyRecipe('llama').tensors.slice(1)
  writeGguf(at('parted-merged.gguf'), { metadata: keys, tensors: [changed, ...rest, output()] })
  await using model = await openModel(at('parted.gguf'), { adapters: [file] })
  await using merged = await openModel(at('parted-merged.gguf'))
  const [none, half] = await logitsOf(model, [0], [0.5])
  const [expected] = await logitsOf(merged, undefined)
  expect(spread(none!, half!)).toBeGreaterThan(0.1)
  expect(spread(half!, expected!)).toBeLessThan(0.005)
})

test('what is given wrongly is refused', async () => {
  const file = writeAdapter(at('right.gguf'), 'llama', poet)
  const open = (adapters: unknown) => () => openModel(tinyModelPath('llama'), { adapters: adapters as never })
  for (const given of [file, [''], [3], [null], { poet: file }, ['a\0b']]) {
    expect(await codeOf(open(given))).toBe('ARGUMENT_INVALID')
  }
  expect(await codeOf(() => openModel(tinyModelPath('llama'), { adapters: [file], vocabOnly: true }))).toBe(
    'MODEL_WITHOUT_WEIGHTS',
  )
  await using model = await openModel(tinyModelPath('llama'), { adapters: [file] })
  const context = await model.createContext({ cells: 256 })
  const step = (adapters: unknown) => () =>
    context.step({ ...plan({ chunks: [chunk([0], 0, tokens)] }), adapters: adapters as never })
  for (const given of [
    [1, 1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['1'],
    [1e7],
    'all',
    null,
    { 0: 1 },
  ]) {
    expect(await codeOf(step(given))).toBe('ARGUMENT_INVALID')
  }
  expect(context.positions(0)).toBeNull()
  expect(await codeOf(step([1]))).toBe('none')
})
