// Lists of distinct items in the flat form: what the native core takes of it, and what becomes of it elsewhere.

import { compile } from '../../../lib/constraint/compile.js'
import type { Constraint } from '../../../lib/constraint/constraint-type.js'
import type { IrBuilder } from '../../../lib/constraint/ir/ir-builder.js'
import { bytesMaxOf } from '../../../lib/constraint/longest.js'
import { lowerConstraint } from '../../../lib/constraint/lower.js'
import { recorded } from '../../../lib/constraint/recorded.js'
import { createVocab } from '../../../lib/native/native.js'
import { bytesOf, encode, type Make } from '../../support/ir-of.js'

const vocab = createVocab({ tokens: Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)) })

/** Nodes: 0 nothing-like empty, 1 `é,` byte by byte as told, then the list. */
function listOf(nodes: readonly (readonly number[])[]): Int32Array {
  return Int32Array.of(1, nodes.length, 0, 0, nodes.length - 1, ...nodes.flat())
}

const [item, comma] = [
  [2, 0, 2],
  [2, 2, 1],
]

test.each<[string, readonly (readonly number[])[]]>([
  ['of no items', [item!, comma!, [10, 0, 1, 0, 3]]],
  ['of fewer than it must have', [item!, comma!, [10, 0, 1, 3, 2]]],
  ['with no number of them', [item!, comma!, [10, 0, 1, 1, -2]]],
  ['of items to come', [item!, comma!, [10, 0, 2, 1, 2]]],
  ['of nodes that are none', [item!, comma!, [10, -1, 1, 1, 2]]],
  ['cut off', [item!, comma!, [10, 0, 1, 1]]],
  ['of empty items', [[0], comma!, [10, 0, 1, 1, 2]]],
  ['with empty commas', [item!, [8, 0, 0, 2], [10, 0, 1, 1, 2]]],
  ['of half characters', [[2, 0, 1], comma!, [10, 0, 1, 1, 2]]],
  ['of lists', [item!, comma!, [10, 0, 1, 1, 2], [10, 2, 1, 1, 2]]],
  ['in a complement', [item!, comma!, [10, 0, 1, 1, 2], [7, 2]]],
  ['in a complement beside others', [item!, comma!, [10, 0, 1, 1, 2], [4, 2, 0, 2], [7, 3], [6, 2, 0, 4]]],
])('the native core takes no list %s', (_name, nodes) => {
  expect(() => vocab.compile(listOf(nodes), bytesOf('é,'))).toThrow(
    expect.objectContaining({ code: 'CONSTRAINT_INVALID' }),
  )
})

const words =
  (...texts: string[]): Make =>
  (ir) =>
    ir.altOf(texts.map((text) => ir.literal(text)))

function members(
  min: number,
  max: number | null,
  texts: readonly string[],
  item: Make = words('a', 'b', 'ab'),
): string[] {
  const { words: flat, bytes } = encode([(ir) => ir.distinct(item(ir), ir.literal(','), min, max)], null)
  const constraint = vocab.compile(flat, bytes)
  return texts.filter((text) => constraint.has(bytesOf(text)))
}

test('a list has as many items as it says, no two the same', () => {
  const texts = ['', 'a', 'a,b', 'a,a', 'b,a,ab', 'ab,a,b,a', 'ab,', ',a']
  expect(members(1, null, texts)).toEqual(['a', 'a,b', 'b,a,ab'])
  expect(members(2, 2, texts)).toEqual(['a,b'])
  expect(members(3, 7, texts)).toEqual(['b,a,ab'])
  expect(() => members(4, null, texts)).toThrow(expect.objectContaining({ code: 'CONSTRAINT_EMPTY' }))
})

test('a list may stand in a sequence, a choice, a repetition and an intersection', () => {
  const list: Make = (ir) =>
    ir.concat(ir.literal('['), ir.distinct(words('a', 'b')(ir), ir.literal(','), 1, null), ir.literal(']'))
  const has = (make: Make, text: string): boolean => {
    const { words: flat, bytes } = encode([make], null)
    return vocab.compile(flat, bytes).has(bytesOf(text))
  }
  const twice: Make = (ir) => ir.repeat(list(ir), 2, 2)
  expect(['[a,b][b]', '[a][a]', '[a,a][b]'].map((text) => has(twice, text))).toEqual([true, true, false])
  const other: Make = (ir) => ir.alt(list(ir), ir.literal('[a,a]'))
  expect(['[b,a]', '[a,a]', '[b,b]'].map((text) => has(other, text))).toEqual([true, true, false])
  const both: Make = (ir) => ir.and(list(ir), ir.not(ir.literal('[a,b]')))
  expect(['[b,a]', '[a,b]', '[b,b]'].map((text) => has(both, text))).toEqual([true, false, false])
})

test('it is copied whole, and its longest text is told', () => {
  const lower = (builder: IrBuilder) => ({
    lexeme: builder.distinct(words('a', 'bcd')(builder), builder.literal(', '), 1, 3),
  })
  const plain = { kind: 'list', parse: (text: string) => text, format: String, describe: () => 'a list' }
  const constraint: Constraint<string> = { ...plain, lower }
  expect(bytesMaxOf(constraint)).toBe(13)
  const copy = compile(recorded(lowerConstraint(constraint), 'grammar'), vocab).matcher()
  for (const byte of bytesOf('a, bcd')) expect(copy.accept(byte)).toBe(true)
  expect([copy.canEnd(), copy.allows(0x2c)]).toEqual([true, false])
})

test('very many items of one list are told apart', () => {
  const item: Make = (ir) => ir.repeat(ir.class([[0x30, 0x39]]), 4, 4)
  const texts = Array.from({ length: 3_000 }, (_, index) => String(9_999 - index))
  const whole = texts.join(',')
  expect(members(1, null, [whole, `${whole},9000`, `${whole},0001`], item)).toEqual([whole, `${whole},0001`])
})
