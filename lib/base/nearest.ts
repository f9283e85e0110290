// Which known name somebody may have meant by one that is not known: the same words in another order or spelling, what
// other libraries call the same thing, a slip of the fingers. Pure; what becomes of the answer is the caller's choice.

import { own } from './own.js'

/** What the same thing is called elsewhere: words without case and separators, and the names it may have here. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  tokensMax: [
    'maxnewtokens',
    'maxoutputtokens',
    'maxcompletiontokens',
    'numpredict',
    'npredict',
    'maxlength',
    'maxlen',
  ],
  contextTokens: [
    'context',
    'contextsize',
    'contextlength',
    'contextwindow',
    'ctx',
    'ctxsize',
    'nctx',
    'numctx',
    'maxcontext',
    'maxseqlen',
  ],
  temperature: ['temp'],
  stop: ['stopsequence', 'stopsequences', 'stopstrings', 'stopwords', 'stops', 'stoptriggers', 'until'],
  gpu: ['usegpu', 'device', 'cuda', 'backend'],
  gpuLayers: ['ngpulayers', 'ngl', 'numgpu', 'layers', 'nlayers'],
  mainDevice: ['maingpu'],
  kvType: ['cachetype', 'kvcachetype', 'typek', 'typev', 'ctk', 'ctv'],
  batch: ['nbatch', 'batchsize'],
  microBatch: ['nubatch', 'ubatch', 'ubatchsize'],
  threadsBatch: ['nthreadsbatch', 'numthreadsbatch'],
  flashAttention: ['flashattn', 'flash', 'fa'],
  mmap: ['usemmap'],
  mlock: ['usemlock'],
  pooling: ['pool', 'poolingtype', 'poolingmode'],
  normalise: ['l2', 'embdnormalize'],
  dimensions: ['dims', 'ndims', 'truncatedim', 'outputdimensionality'],
  threads: ['nthreads', 'numthreads', 'threadcount', 'threadsmax', 'cores'],
  penalties: ['repeatpenalty', 'repetitionpenalty', 'frequencypenalty', 'presencepenalty', 'repeatlastn'],
  repeat: ['repetition', 'repeatpenalty', 'repetitionpenalty'],
  frequency: ['frequencypenalty'],
  presence: ['presencepenalty'],
  lastN: ['repeatlastn', 'window', 'lasttokens'],
  bias: ['logitbias', 'tokenbias'],
  logprobs: ['toplogprobs', 'nprobs'],
  signal: ['abort', 'abortsignal', 'abortcontroller', 'controller', 'timeout', 'timeoutms'],
  onProgress: ['onload', 'onloadprogress', 'progress', 'progresscallback'],
  retries: ['attempts', 'tries', 'retry', 'maxattempts'],
  check: ['validate', 'validator', 'verify', 'test'],
  min: ['minimum', 'minitems', 'atleast'],
  max: ['maximum', 'maxitems', 'atmost', 'times', 'count'],
  separator: ['sep', 'delimiter', 'join', 'between'],
  join: ['sep', 'delimiter', 'separator', 'between'],
  decimalsMax: ['decimals', 'digits', 'precision', 'fractiondigits'],
  queueMax: ['requestsmax', 'maxrequests', 'maxqueue', 'queuesize', 'concurrency'],
  seed: ['randomseed', 'rngseed'],
  overflow: ['contextshift', 'shift'],
  until: ['to', 'end'],
  from: ['start', 'begin'],
  by: ['mode', 'method', 'strategy'],
  charactersMax: ['maxlength', 'maxlen', 'maxchars'],
  charactersMin: ['minlength', 'minchars'],
}

/** Longer names are never taken for a slip. */
const lengthMax = 40

/** The known name that is the same in other words, null where none is. */
export function sameName(name: string, known: readonly string[]): string | null {
  if (name.length > lengthMax) return null
  const plain = wordsOf(name).join('')
  const isSame = (one: string): boolean => distanceOf(name, one) === 0
  return known.find(isSame) ?? known.find((one) => own(synonyms, one)?.includes(plain)) ?? null
}

/** The known name that was meant, null where none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > lengthMax) return null
  const same = sameName(name, known)
  if (same !== null) return same
  const plain = wordsOf(name).join('')
  let best: { readonly one: string; readonly distance: number } | null = null
  for (const one of known) {
    const distance = distanceOf(name, one)
    const max = Math.max(1, Math.floor(Math.min(plain.length, one.length) / 3))
    if (distance <= max && (best === null || distance < best.distance)) best = { one, distance }
  }
  return best?.one ?? null
}

/** 'max_newTokens': max, new, tokens. */
function wordsOf(name: string): string[] {
  const spaced = name.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').toLowerCase()
  return spaced.split(/[^\p{L}\d]+/u).filter((word) => word !== '')
}

/** Letters from which on names are compared with their words in one order, too; shorter ones would all be near. */
const orderedMin = 6

/** Letters to change, the words taken as they come or in one order for both; a name cut short is one away. */
function distanceOf(one: string, other: string): number {
  const [words, others] = [wordsOf(one), wordsOf(other)]
  const isCut =
    words.length > 0 && words.length < others.length && words.every((word) => others.includes(word))
  if (isCut) return 1
  const [plain, otherPlain] = [words.join(''), others.join('')]
  const asWritten = edits(plain, otherPlain)
  if (Math.min(plain.length, otherPlain.length) < orderedMin) return asWritten
  return Math.min(asWritten, edits(words.sort().join(''), others.sort().join('')))
}

/** Letters to put in, leave out, replace or swap with the next one, at least. */
function edits(one: string, other: string): number {
  let [twoBack, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, index) => index)]
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      let least = Math.min(last![column]! + 1, next[column - 1]! + 1, last![column - 1]! + (isSame ? 0 : 1))
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      if (row > 1 && column > 1 && isSwapped) least = Math.min(least, twoBack![column - 2]! + 1)
      next.push(least)
    }
    ;[twoBack, last] = [last, next]
  }
  return last![other.length]!
}
