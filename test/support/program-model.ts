// A whole model over the oracle: prompts in, exact arithmetic below, constraints on the reference matcher. Decides only
// how the rooms are joined, and counts the matchers that were opened and never given back.

import { LocalEngine } from '../../lib/engine/local/local-engine.js'
import { KvEngine } from '../../lib/engine/local/serve/kv-engine.js'
import type { Vocabulary } from '../../lib/engine/local/tokens/vocabulary.js'
import { Model } from '../../lib/model/model.js'
import type { NativeConstraint, NativeMatcher } from '../../lib/native/addon.js'
import type { NamedAdapter } from '../../lib/run/given/adapters.js'
import { referenceConstraint } from './fake-matcher.js'
import { OracleContext, type OracleOptions } from './oracle.js'
import { eos, oracleVocabulary, vocabularySize } from './oracle-vocabulary.js'
import { ReferenceGrammar } from './reference-grammar.js'

export interface ProgramModel {
  readonly model: Model
  readonly engine: KvEngine
  readonly context: OracleContext
  /** Matchers opened and not disposed yet. */
  readonly matchersOpen: () => number
}

/** `answersMax`: by default every run asks the engine anew, so that running again tests it again. */
export function programModel(
  options: OracleOptions = {},
  answersMax = 0,
  adapters: readonly NamedAdapter[] = [],
): ProgramModel {
  let open = 0
  const track = (inner: NativeMatcher): NativeMatcher => {
    open += 1
    let isOpen = true
    return {
      accept: (token) => inner.accept(token),
      allows: (token) => inner.allows(token),
      mask: () => inner.mask(),
      canEnd: () => inner.canEnd(),
      isEnded: () => inner.isEnded(),
      forced: () => inner.forced(),
      valueLength: () => inner.valueLength(),
      suffixLength: () => inner.suffixLength(),
      tokenCount: () => inner.tokenCount(),
      rollback: (tokens) => inner.rollback(tokens),
      fork: () => track(inner.fork()),
      dispose: () => {
        if (isOpen) open -= 1
        isOpen = false
        inner.dispose()
      },
      [Symbol.dispose]() {
        this.dispose()
      },
    }
  }
  const vocabulary: Vocabulary = {
    ...oracleVocabulary,
    compile: (ir): NativeConstraint => referenceConstraint(vocabulary, new ReferenceGrammar(ir), track),
  }
  const context = new OracleContext({
    vocabularySize,
    vocabulary,
    isEog: (token) => token === eos,
    ...options,
  })
  const engine = new KvEngine({
    context,
    vocabulary,
    checksIntegrity: true,
    adapters: adapters.length,
  })
  const nowhere = { devices: [], layers: 1, gpuLayers: 0, adapters: [] }
  const contextTokens = context.capabilities.cells
  const info = { description: 'oracle', path: '', fingerprint: '', parameters: 0, contextTokens, ...nowhere }
  const model = new Model({
    engine: new LocalEngine({ tokens: engine, answersMax }),
    chat: null,
    info,
    adapters,
    dispose: async () => undefined,
  })
  return { model, engine, context, matchersOpen: () => open }
}

/** What is still held though nothing runs; throws where the engine's books do not agree. */
export async function leftovers({ engine, context, matchersOpen }: ProgramModel) {
  await engine.settled()
  engine.checkIntegrity()
  const { cellsLocked, cellsReserved, leasesWorking, requestsOpen, cellsLive } = engine.occupancy
  const cellsUnknown = context.cellsUsed - cellsLive
  return { cellsLocked, cellsReserved, leasesWorking, requestsOpen, cellsUnknown, matchers: matchersOpen() }
}

/** Nothing held. */
export const nothingLeft = {
  cellsLocked: 0,
  cellsReserved: 0,
  leasesWorking: 0,
  requestsOpen: 0,
  cellsUnknown: 0,
  matchers: 0,
}
