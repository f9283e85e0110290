// What quoting a source costs: a `substring` of 100 KB, compiled anew for each source, and the masks of a quote from
// its middle. The sources are windows of this project's own pages, none twice.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, substring } from '../../build/modules/constraint/constraint.js'
import { rawMatcher } from '../../build/modules/native/vocab.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bytes = 100_000
const quoted = 400

/** Microseconds: samples of compiling, of first masks, and of the masks behind them. */
export function quotingTimes(vocab, now, sources = 15) {
  const text = pages().repeat(3)
  const words = new Uint32Array((vocab.size + 31) >> 5)
  const times = { compile: [], first: [], masks: [] }
  for (let index = 0; index < sources; index += 1) {
    const source = `${index} ${text.slice(index * 997, index * 997 + bytes)}`
    const began = now()
    const compiled = compile(substring(source), vocab)
    times.compile.push(now() - began)
    const middle = source.length >> 1
    const matcher = compiled.matcher()
    let isFirst = true
    for (const token of vocab.tokenize(source.slice(middle, middle + quoted))) {
      const raw = rawMatcher(matcher)
      const start = now()
      raw.mask(words)
      times[isFirst ? 'first' : 'masks'].push(now() - start)
      isFirst = false
      if (!matcher.accept(token)) throw new Error('The source does not hold its own middle.')
    }
  }
  return times
}

/** Markdown of the project, without what is no text. */
function pages() {
  const docs = readdirSync(path.join(root, 'docs')).map((file) => path.join('docs', file))
  const files = [
    'README.md',
    'CHANGELOG.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'native/README.md',
    ...docs,
  ]
  return files.map((file) => readFileSync(path.join(root, file), 'utf8')).join('\n')
}
