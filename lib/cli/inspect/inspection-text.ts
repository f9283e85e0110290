// An inspection as people read it. Decides words and order; every number is the inspection's.
import { counted, grouped } from '../../base/counted.js'
import type { Estimate } from '../../model/estimate.js'
import { type Colors, digits, type Labelled, labelledLines, size } from '../layout.js'
import type { ChatFacts } from './chat-facts.js'
import type { Inspection, MemoryFacts, Shape } from './inspection.js'
import type { NamedToken, VocabularyFacts } from './vocabulary-facts.js'

interface Section {
  readonly title: string
  readonly entries: readonly Labelled[]
}

export interface Page {
  readonly columns: number
  readonly colors: Colors
  /** The path as it is shown. */
  readonly file: string
}

/** Lines, each ended. */
export function inspectionText(inspection: Inspection, { columns, colors, file }: Page): string {
  const { kind, memory, chat, vocabulary, estimate } = inspection
  const sections: readonly Section[] = [
    { title: inspection.name ?? 'Model', entries: modelEntries(inspection, file) },
    ...(memory === null ? [] : [{ title: 'Memory', entries: memoryEntries(memory) }]),
    ...(chat === null && kind !== 'text' ? [] : [{ title: 'Chat template', entries: chatEntries(chat) }]),
    { title: 'Vocabulary', entries: vocabularyEntries(vocabulary) },
    ...(estimate === null ? [] : [{ title: 'On this machine', entries: estimateEntries(estimate, colors) }]),
  ]
  return sections
    .map(
      ({ title, entries }) => `${colors.bold(printable(title))}\n${labelledLines(entries, columns, colors)}`,
    )
    .join('\n')
}

const kinds = {
  text: 'writes text',
  embedding: "an embedding model: loadEmbedder() of 'espalier/embed' opens it; it writes no text",
  reranker: "a reranker: loadEmbedder() of 'espalier/embed' opens it, and its rank() scores documents",
  vocabulary: "a vocabulary without weights: loadVocab() of 'espalier/constraint' opens it",
} as const

function modelEntries(inspection: Inspection, file: string): readonly Labelled[] {
  const { files, fileBytes, weightBytes, kind, architecture, parameters, quantisation, shape } = inspection
  const bits =
    parameters === null || weightBytes === null
      ? ''
      : `, ${digits((weightBytes * 8) / parameters)} bits a weight`
  return [
    ['file', printable(file)],
    ['size', `${size(fileBytes)}${files > 1 ? ` in ${counted(files, 'file')}` : ''}`],
    ['kind', kinds[kind]],
    ['architecture', printable(architecture)],
    ...rows(['parameters', parameters === null ? null : grouped(parameters)]),
    ...rows(['quantisation', quantisation === null ? null : `${printable(quantisation)}${bits}`]),
    ...rows(['layers', layersText(shape)]),
    ...rows(['experts', expertsText(shape)]),
    ...rows(['trained for', shape.contextTrained && `${grouped(shape.contextTrained)} tokens of context`]),
  ]
}

/** Those that have a value. */
function rows(...entries: readonly (readonly [string, string | number | null])[]): readonly Labelled[] {
  return entries.flatMap(([label, value]) =>
    value === null || value === 0 ? [] : [[label, String(value)] as const],
  )
}

function layersText({ layers, heads, headsKv, embedding, window }: Shape): string | null {
  if (layers === null) return null
  const shared = headsKv !== null && headsKv !== heads ? ` (${headsKv} for keys and values)` : ''
  return [
    grouped(layers),
    ...(heads ? [`${counted(heads, 'head')}${shared}`] : []),
    ...(embedding === null ? [] : [`${grouped(embedding)} wide`]),
    ...(window === null ? [] : [`a window of ${counted(window, 'token')}`]),
  ].join(', ')
}

function expertsText({ experts, expertsUsed }: Shape): string | null {
  return experts ? `${grouped(experts)}, ${grouped(expertsUsed ?? 0)} of them for each token` : null
}

const memoryKinds = {
  full: 'full: every token is kept',
  window: 'window: some layers see the last tokens only',
  recurrent: 'recurrent: one state for all that was read',
  hybrid: 'hybrid: some layers keep tokens, others one state for all that was read',
} as const
const rollbacks = {
  token: 'to any token, at no cost',
  hole: "to the hole's start, at no cost",
  none: 'everything is computed again',
} as const

function memoryEntries({ kind, forks, rollback, shift, parks, parallel }: MemoryFacts): readonly Labelled[] {
  return [
    ['kind', memoryKinds[kind]],
    [
      'forks',
      forks === 'free'
        ? 'free: what texts share is computed once'
        : 'a text that goes another way is computed again',
    ],
    ['rollback', rollbacks[rollback]],
    [
      'shift',
      shift === 'lossy' ? 'tokens can be dropped from the middle (lossy)' : 'no: nothing can be dropped',
    ],
    [
      'parking',
      parks
        ? 'idle texts are kept in host memory'
        : 'no: an idle text that loses its cells is computed again',
    ],
    ['side by side', `${grouped(parallel)} texts at most`],
  ]
}

const thinkings = {
  kept: 'yes: a thought stands before the answer',
  opened: 'yes: answers begin with a thought, which is left out afterwards',
  none: 'no place for thoughts',
} as const
const systems = {
  shown: 'yes',
  refused: 'no: the template refuses system messages',
  'left out': 'no: the template leaves them out',
} as const
const toolTexts = {
  template: "yes, in the template's own syntax",
  espalier: "yes, in espalier's syntax: the template has none that can be used",
  none: 'no: the template takes neither calls nor results',
} as const

function chatEntries(chat: ChatFacts | null): readonly Labelled[] {
  if (chat === null)
    return [['none', 'write the marks as text; system, user and assistant have no form here']]
  const { format, characters, system, tools, thinking, switches, failure } = chat
  if (failure !== null) return [['unusable', printable(failure)]]
  return [
    ['format', `${format ?? 'unknown'}, ${grouped(characters)} characters (--template shows them)`],
    ['system', systems[system]],
    ['tools', toolTexts[tools]],
    [
      'thinking',
      `${thinkings[thinking]}${switches.length > 0 ? ` (${switches.join(', ')} changes it)` : ''}`,
    ],
  ]
}

function vocabularyEntries(vocabulary: VocabularyFacts): readonly Labelled[] {
  const {
    type,
    splitting,
    size: count,
    special,
    bos,
    eos,
    eot,
    ends,
    endsCount,
    addsBos,
    addsSpace,
  } = vocabulary
  const more = endsCount > ends.length ? `, and ${grouped(endsCount - ends.length)} more` : ''
  return [
    ['type', `${printable(type)}${splitting === null ? '' : `, split as ${printable(splitting)}`}`],
    ['tokens', `${grouped(count)}, ${grouped(special)} of them control tokens`],
    [
      'begins with',
      bos === null
        ? 'nothing'
        : `${tokenText(bos)}${addsBos ? ', put in front of every text' : ', not put in front'}`,
    ],
    ['ends with', eos === null ? 'nothing' : tokenText(eos)],
    ...rows(['ends a turn', eot === null ? null : tokenText(eot)]),
    ['ends answers', ends.length === 0 ? 'nothing' : `${ends.map(tokenText).join(', ')}${more}`],
    ['space', addsSpace ? 'put in front of a text' : 'not put in front of a text'],
  ]
}

const tokenText = ({ token, text }: NamedToken): string => `${printable(text)} (${token})`

function estimateEntries(estimate: Estimate, colors: Colors): readonly Labelled[] {
  const { weightBytes, cacheBytes, workBytes, contextTokens, layers, gpuLayers, gpuLayersFit, shares, fits } =
    estimate
  const all = weightBytes + cacheBytes + workBytes
  return [
    [
      'needs',
      `${size(all)}: weights ${size(weightBytes)}, cache ${size(cacheBytes)}, work ${size(workBytes)}`,
    ],
    ['context', `${grouped(contextTokens)} tokens for all texts together (--context)`],
    ...shares.map(({ device, bytes, bytesFree, fits: isFit }): Labelled => {
      const told = `${size(bytes)} of ${size(bytesFree)} free`
      return [device, isFit ? told : `${told}: ${colors.red('too much')}`]
    }),
    ['layers on GPUs', `${gpuLayers} of ${layers}${gpuLayers === 0 ? '' : `; ${gpuLayersFit} have room`}`],
    ['fits', fits ? colors.green('yes') : colors.red('no: give a smaller --context, or take a smaller file')],
  ]
}

/** What a file says, without characters that would move a terminal's cursor or colour it. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (one) => {
    const escaped = JSON.stringify(one).slice(1, -1)
    return escaped === one ? `\\u{${one.codePointAt(0)!.toString(16)}}` : escaped
  })
}
