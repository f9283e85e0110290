// The embedded model opened for the native tests, and short names for plans.
import path from 'node:path'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import type {
  Chunk,
  Generation,
  KvOp,
  NativeMatcher,
  NativeVocab,
  StepPlan,
} from '../../lib/native/native.js'
import { greedy as plain } from '../support/greedy.js'

export const root = path.join(__dirname, '..', '..')
export const demoFile = path.join(root, 'models', 'espalier-demo-q8_0.gguf')

export const greedy = { ...plain, seed: 7 }

export const ids = (...tokens: number[]) => Int32Array.from(tokens)
export const tokensOf = (vocab: NativeVocab, text: string) => vocab.tokenize(Buffer.from(text))
export const textOf = (vocab: NativeVocab, tokens: Iterable<number>) =>
  Buffer.concat([...tokens].map((token) => vocab.tokenBytes(token))).toString()

/** A matcher of any text. */
export function anyText(vocab: NativeVocab): NativeMatcher {
  const builder = new IrBuilder()
  const { words, bytes } = builder.finish({ lexeme: builder.any() })
  return vocab.compile(words, bytes).matcher()
}

/** A matcher of one character of a set, repeated. */
export function onlyOf(vocab: NativeVocab, from: string, until: string, max: number): NativeMatcher {
  const builder = new IrBuilder()
  const range = builder.class([[from.charCodeAt(0), until.charCodeAt(0)]])
  const { words, bytes } = builder.finish({ lexeme: builder.repeat(range, 1, max) })
  return vocab.compile(words, bytes).matcher()
}

export const chunk = (sequences: number[], position: number, tokens: Int32Array, output = true): Chunk => ({
  sequences,
  position,
  tokens,
  output,
})

export function plan(parts: Partial<StepPlan> & { readonly ops?: readonly KvOp[] }): StepPlan {
  return { ops: [], chunks: [], generations: [], decodesMax: 1, ...parts }
}

export function generation(matcher: NativeMatcher, parts: Partial<Generation> = {}): Generation {
  return { chunk: 0, sequence: 0, matcher, draw: greedy, tokensMax: 8, forbidden: [], ...parts }
}

/** Largest difference between two rows of logits. */
export function spread(a: Float32Array, b: Float32Array): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

/** Code of the error a promise or a call ends with; 'none' if it succeeds. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'none'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

/** What the tests of guesses go on from. */
export const ticket = 'Ticket: My name is Anna Berg, order 48213 arrived broken.\nCustomer:'

/** Tokens that differ from each other; those of another salt part from them after a few. */
export const listOf = (count: number, salt = 0): number[] =>
  Array.from({ length: count }, (_, index) => 400 + index * 7 + (index < 3 * salt ? 0 : salt))

/** Draws these tokens: biases rank them, and a penalty takes each out once it was drawn. */
export const drawing = (tokens: readonly number[]) => ({
  ...greedy,
  bias: new Map(tokens.map((token, index) => [token, 950 - 12 * index])),
  presencePenalty: 1000,
  penaltyLastN: 64,
})
