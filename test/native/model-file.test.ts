// Files that are no model, or a damaged one. Judges that each is refused with its code before it can end the process,
// and that the next good file opens.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openModel } from '../../lib/native/native.js'
import { codeOf, demoFile } from './demo.js'

const folder = mkdtempSync(path.join(tmpdir(), 'espalier-files-'))
const demo = readFileSync(demoFile)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
function written(bytes: Uint8Array): string {
  const file = path.join(folder, `${count++}.gguf`)
  writeFileSync(file, bytes)
  return file
}

/** The demo model with bytes replaced where `find` stands, `skip` bytes after it. */
function patched(find: string, skip: number, bytes: readonly number[]): string {
  const copy = Buffer.from(demo)
  const at = copy.indexOf(find)
  expect(at).toBeGreaterThanOrEqual(0)
  copy.set(bytes, at + find.length + skip)
  return written(copy)
}

const u64 = (value: bigint) => [...Buffer.from(new BigUint64Array([value]).buffer)]

test.each<[string, string, () => string]>([
  ['missing', 'MODEL_NOT_FOUND', () => path.join(folder, 'none.gguf')],
  ['folder', 'MODEL_NOT_A_FILE', () => folder],
  ['empty', 'MODEL_EMPTY', () => written(new Uint8Array(0))],
  ['two bytes', 'MODEL_NOT_GGUF', () => written(demo.subarray(0, 2))],
  ['text', 'MODEL_NOT_GGUF', () => written(Buffer.from('# not a model\n'.repeat(50)))],
  ['magic only', 'MODEL_TRUNCATED', () => written(demo.subarray(0, 4))],
  ['header cut', 'MODEL_TRUNCATED', () => written(demo.subarray(0, 30_000))],
  ['tensors cut', 'MODEL_TRUNCATED', () => written(demo.subarray(0, demo.length - 4096))],
  ['last byte cut', 'MODEL_TRUNCATED', () => written(demo.subarray(0, demo.length - 1))],
  ['version 99', 'MODEL_VERSION', () => patched('GGUF', 0, [99])],
  ['tensor count', 'MODEL_DAMAGED', () => patched('GGUF', 4, u64(1n << 60n))],
  ['value count', 'MODEL_DAMAGED', () => patched('GGUF', 12, u64(1n << 40n))],
  ['value type', 'MODEL_DAMAGED', () => patched('general.architecture', 0, [77, 0, 0, 0])],
  ['architecture', 'MODEL_ARCHITECTURE_UNKNOWN', () => patched('general.architecture', 12, [0x78])],
  ['array length', 'MODEL_DAMAGED', () => patched('tokenizer.ggml.tokens', 8, u64(1n << 50n))],
  ['text length', 'MODEL_DAMAGED', () => patched('tokenizer.ggml.tokens', 16, u64(1n << 50n))],
  ['epsilon', 'MODEL_DAMAGED', () => patched('layer_norm_rms_epsilon', 4, [0, 0, 128, 191])],
  ['tensor dimensions', 'MODEL_DAMAGED', () => patched('token_embd.weight', 0, [200, 0, 0, 0])],
  ['tensor size', 'MODEL_DAMAGED', () => patched('token_embd.weight', 4, u64(1n << 62n))],
  ['tensor type', 'MODEL_DAMAGED', () => patched('token_embd.weight', 20, [255, 0, 0, 0])],
  ['tensor offset', 'MODEL_TRUNCATED', () => patched('token_embd.weight', 24, u64(1n << 40n))],
])('%s: %s', async (_, code, make) => {
  expect(await codeOf(() => openModel(make()))).toBe(code)
})

test('two equal tokens, on which llama.cpp would end the process', async () => {
  const copy = Buffer.from(demo)
  const start = copy.indexOf('tokenizer.ggml.tokens') + 'tokenizer.ggml.tokens'.length + 16
  let at = start
  const byLength = new Map<number, number>()
  for (;;) {
    const length = Number(copy.readBigUInt64LE(at))
    const seen = byLength.get(length)
    if (seen !== undefined) {
      copy.copy(copy, at + 8, seen + 8, seen + 8 + length)
      break
    }
    byLength.set(length, at)
    at += 8 + length
  }
  const file = written(copy)
  expect(await codeOf(() => openModel(file))).toBe('MODEL_DAMAGED')
  await expect(openModel(file)).rejects.toThrow(/is there twice/)
})

test('one changed byte of the header never ends the process', async () => {
  const tally = new Map<string, number>()
  for (let i = 0; i < 120; i++) {
    const copy = Buffer.from(demo)
    const at = (i * 7919) % (i % 2 ? 1000 : 62_500)
    copy[at] = copy[at]! ^ (1 << (i % 8))
    const code = await codeOf(async () => {
      const model = await openModel(written(copy), { vocabOnly: i % 3 > 0 })
      await model.dispose()
    })
    tally.set(code, (tally.get(code) ?? 0) + 1)
  }
  expect(tally.get('none')).toBeGreaterThan(0)
  expect(tally.get('MODEL_DAMAGED')).toBeGreaterThan(0)
  expect([...tally.keys()].filter((code) => !/^(none|MODEL_[A-Z_]+)$/.test(code))).toEqual([])
})

test('progress rises to 1; a signal gives up loading, before and during', async () => {
  const seen: number[] = []
  const model = await openModel(demoFile, { onProgress: (progress) => seen.push(progress) })
  expect(seen.at(-1)).toBe(1)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  await model.dispose()
  const reason = new Error('enough')
  await expect(openModel(demoFile, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
    code: 'ABORTED',
    reason,
  })
  const during = new AbortController()
  const loading = openModel(demoFile, { signal: during.signal })
  during.abort(reason)
  await expect(loading).rejects.toMatchObject({ code: 'ABORTED', reason })
})

test('a vocabulary alone has tokens and makes no context', async () => {
  const model = await openModel(demoFile, { vocabOnly: true })
  expect(model.vocab.tokenize(Buffer.from('Ticket: 12'))).not.toHaveLength(0)
  expect(await codeOf(() => model.createContext({ cells: 256 }))).toBe('MODEL_WITHOUT_WEIGHTS')
  await model.dispose()
})
