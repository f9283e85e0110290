// What a request may hold, checked before any work of it. Each value is read once.
import { CapacityError, UsageError } from '../../../base/errors.js'
import { Lineage } from '../../../kv/lineage.js'
import type { DrawOptions } from '../../../native/addon.js'
import type { Vocabulary } from '../tokens/vocabulary.js'
import type { TokenCapabilities } from './token-engine.js'

interface Limits {
  readonly vocabulary: Pick<Vocabulary, 'size'>
  readonly capabilities: Pick<TokenCapabilities, 'contextTokens'>
}

export function checkTokens(tokens: Int32Array, { vocabulary, capabilities }: Limits): void {
  if (!(tokens instanceof Int32Array) || tokens.length === 0) {
    throw new UsageError(
      'TOKENS_EMPTY',
      `The request has ${tokens?.length ?? 'no'} tokens, expected 1 or more.`,
    )
  }
  checkFits(tokens.length, capabilities)
  const { size } = vocabulary
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!
    if (token >= 0 && token < size) continue
    throw new UsageError(
      'TOKEN_UNKNOWN',
      `Token ${token} is not in the vocabulary, expected 0 to ${size - 1}.`,
    )
  }
}

/** A copy: what a caller changes while the request is open must not reach a plan, which is everybody's. */
export function checkedPath(path: Int32Array): Int32Array {
  if (path?.length === 0)
    throw new UsageError('PATH_EMPTY', 'A forbidden path has 0 tokens, expected 1 or more.')
  if (path instanceof Int32Array) return path.slice()
  throw new UsageError('ARGUMENT_INVALID', `A forbidden path is ${typeof path}, expected an Int32Array.`)
}

/** Before any work: what is drawn would be lost with the request. */
export function checkDraws(
  count: number,
  tokensMax: number,
  { contextTokens }: Pick<TokenCapabilities, 'contextTokens'>,
): void {
  // The last token drawn takes no cell.
  const room = contextTokens - count + 1
  if (tokensMax <= room) return
  throw new CapacityError(
    'CONTEXT_FULL',
    `The request has ${count} tokens and may draw ${tokensMax}, the context holds ${contextTokens}; ` +
      `let it draw at most ${room}.`,
  )
}

export function checkFits(count: number, { contextTokens }: Pick<TokenCapabilities, 'contextTokens'>): void {
  if (count <= contextTokens) return
  throw new CapacityError(
    'PROMPT_TOO_LONG',
    `The request has ${count} tokens, the context holds ${contextTokens}; shorten it or load more contextTokens.`,
  )
}

export function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new UsageError('COUNT_INVALID', `${name} is ${value}, expected an integer of 1 or more.`)
}

/** Each option is read once. Whether its value can be drawn with is for the device to say. */
export function checkedDraw(draw: DrawOptions): DrawOptions {
  const copy = { ...draw }
  const { penaltyWindow, bias, dry } = copy
  const isSound = penaltyWindow instanceof Int32Array && bias instanceof Map
  if (isSound && (dry === undefined || dry.window instanceof Int32Array)) {
    const windows = dry === undefined ? {} : { dry: { ...dry, window: dry.window.slice() } }
    return { ...copy, ...windows, penaltyWindow: penaltyWindow.slice(), bias: new Map(bias) }
  }
  throw new UsageError(
    'ARGUMENT_INVALID',
    `draw has ${typeof penaltyWindow} as penaltyWindow and ${typeof bias} as bias; ` +
      'expected an Int32Array and a Map of token to number.',
  )
}

export function checkedLineage(lineage: Lineage | null | undefined): Lineage | null {
  if (lineage === undefined || lineage === null || lineage instanceof Lineage) return lineage ?? null
  throw new UsageError(
    'ARGUMENT_INVALID',
    `lineage is ${typeof lineage}, expected what shift or computedWith gave, or null.`,
  )
}
