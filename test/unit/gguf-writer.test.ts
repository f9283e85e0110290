// The files our writer makes are laid out as the format says: judged by reading the bytes back, not by the writer.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawMetadata } from '../../scripts/gguf-metadata.mjs'
import { tensorBytes, writeGguf } from '../../scripts/gguf-writer.mjs'
import { computedFill, halfBits, randomFill } from '../../scripts/random-weights.mjs'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-gguf-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('tensors start at multiples of 32 after the head, and metadata reads back', () => {
  const path = join(folder, 'two.gguf')
  const fill = (byte: number) => (bytes: Buffer) => void bytes.fill(byte)
  writeGguf(path, {
    metadata: {
      'a.text': { kind: 'string', value: 'é' },
      'a.list': { kind: 'strings', value: ['x', 'yz'] },
      'b.flag': { kind: 'bool', value: true },
    },
    tensors: [
      { name: 'first', type: 'F32', shape: [3], fill: fill(1) },
      { name: 'second', type: 'Q8_0', shape: [32, 2], fill: fill(2) },
    ],
  })
  const file = readFileSync(path)
  expect(file.toString('latin1', 0, 4)).toBe('GGUF')
  expect([file.readUInt32LE(4), file.readBigUInt64LE(8), file.readBigUInt64LE(16)]).toEqual([3, 2n, 3n])
  const found = rawMetadata(file, 'a.')
  expect(Object.keys(found)).toEqual(['a.text', 'a.list'])
  expect(found['a.list']!.length).toBe(2)
  expect(found['a.text']!.bytes.subarray(12).toString('utf8')).toBe('é')
  const start = file.length - 32 - 96
  expect(start % 32).toBe(0)
  expect(new Set(file.subarray(start, start + 12))).toEqual(new Set([1]))
  expect(new Set(file.subarray(start + 32, start + 32 + 68))).toEqual(new Set([2]))
})

test('a failing fill leaves no file behind', () => {
  const path = join(folder, 'none.gguf')
  const fill = () => {
    throw new Error('no numbers')
  }
  const tensors = [{ name: 'first', type: 'F32' as const, shape: [3], fill }]
  expect(() => writeGguf(path, { metadata: {}, tensors })).toThrow('no numbers')
  expect(readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([])
})

test('a row that is no whole number of blocks is refused', () => {
  expect(() => tensorBytes({ name: 'odd', type: 'Q8_0', shape: [33, 2] })).toThrow(RangeError)
})

test.each([
  [0, 0x0000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [1e6, 0x7bff],
  [2 ** -14, 0x0400],
  [1e-6, 0x0000],
  [1 / 3, 0x3555],
])('half precision of %p', (value, bits) => {
  expect(halfBits(value)).toBe(bits)
})

test.each(['F32', 'F16', 'Q8_0'] as const)('random %s weights have the deviation asked for', (type) => {
  const count = 32 * 500
  const bytes = Buffer.alloc(tensorBytes({ name: 'noise', type, shape: [count] }))
  randomFill(type, 7, 0.5)(bytes)
  const values = Array.from({ length: count }, (_, i) => valueAt(type, bytes, i))
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count)
  expect(Math.abs(mean)).toBeLessThan(0.02)
  expect(deviation).toBeCloseTo(0.5, 1)
  const again = Buffer.alloc(bytes.length)
  randomFill(type, 7, 0.5)(again)
  expect(again.equals(bytes)).toBe(true)
})

test('computed values land where they belong', () => {
  const bytes = Buffer.alloc(12)
  computedFill('F32', (index) => index + 0.5)(bytes)
  expect([0, 4, 8].map((at) => bytes.readFloatLE(at))).toEqual([0.5, 1.5, 2.5])
})

function valueAt(type: 'F32' | 'F16' | 'Q8_0', bytes: Buffer, index: number): number {
  if (type === 'F32') return bytes.readFloatLE(index * 4)
  if (type === 'F16') return half(bytes.readUInt16LE(index * 2))
  const block = Math.floor(index / 32) * 34
  return half(bytes.readUInt16LE(block)) * bytes.readInt8(block + 2 + (index % 32))
}

/** Written independently of `halfBits`; normal numbers and zero only. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  return exponent === 0 ? 0 : sign * 2 ** (exponent - 15) * (1 + (bits & 1023) / 1024)
}
