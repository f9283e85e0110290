// The cases of bench/growth.mjs. Decides what is held constant while one thing grows, and that a figure is the median
// of several requests, so that a pause of the machine is not taken for growth.
import { each, gen, prompt } from 'espalier'
import { openModel } from '../../build/modules/native/native.js'
import { blankModelPath } from '../../scripts/blank-model.mjs'
import { median } from './bench-engine.mjs'
import { checksumOf } from './bench-text.mjs'
import { decided, longText, requests, round, streamed, windowOf, withModel } from './long-stream.mjs'
import { loopCpu } from './loop-cpu.mjs'

/** Gives `work` a model of zeros with room for so many tokens. */
async function blank({ cells, sequences = 255, vocabulary = 'refact' }, work) {
  const native = await openModel(blankModelPath(vocabulary), { gpu: false })
  try {
    return await withModel(native, { cells, sequences, threads: 1 }, work)
  } finally {
    await native.dispose()
  }
}

/** Micros outside of llama_decode and of the JavaScript thread for each of `count` calls of `work`, medians. */
async function timed({ engine }, count, work) {
  const [outside, loop] = [[], []]
  for (let number = 0; number < count; number++) {
    const { decodeMicros } = engine.totals
    const [began, cpu] = [performance.now(), loopCpu()]
    await work(number)
    outside.push((performance.now() - began) * 1000 - (engine.totals.decodeMicros - decodeMicros))
    if (cpu !== null) loop.push(loopCpu() - cpu)
  }
  return {
    outsideMicros: round(median(outside), 1),
    loopMicros: loop.length === 0 ? null : round(median(loop), 1),
  }
}

/** A request of one token on a transcript, by its length. */
async function* length(isSmoke) {
  for (const size of isSmoke ? [200, 400] : [500, 2000, 8000, 32_000]) {
    yield await blank({ cells: size * 2 + 2048 }, async (bench) => {
      const text = longText(bench.vocabulary, size)
      await requests(bench, longText(bench.vocabulary, 100, 3), 30)
      const { tokens, outsideMs, loopMs } = await requests(bench, text, isSmoke ? 3 : 51)
      const loopMicros = loopMs === null ? null : round(loopMs * 1000, 1)
      return {
        size,
        tokens,
        outsideMicros: round(outsideMs * 1000, 1),
        loopMicros,
        checksum: checksumOf(bench.drawn),
      }
    })
  }
}

/** A token of a stream behind so many others. */
async function* stream(isSmoke) {
  for (const size of isSmoke ? [200, 400] : [500, 2000, 8000, 32_000]) {
    yield await blank({ cells: size * 2 + 4096 }, async (bench) => {
      const drawn = isSmoke ? 64 : 1024
      const seen = await streamed(bench, longText(bench.vocabulary, size), drawn)
      const { outsideMicros, loopMicros } = windowOf(seen, drawn / 4, drawn)
      return { size, outsideMicros, loopMicros, checksum: checksumOf(bench.drawn) }
    })
  }
}

/** A request on one of so many transcripts that are alive. */
async function* live(isSmoke) {
  for (const size of isSmoke ? [20, 40] : [100, 1000, 10_000]) {
    yield await blank({ cells: isSmoke ? 2048 : 131_072 }, async (bench) => {
      const options = decided(bench.vocabulary)
      const base = await bench.model.start(prompt`${longText(bench.vocabulary, 64)}`)
      const all = []
      for (let number = 0; number < size; number++) {
        all.push(
          await base.extend(prompt`\nItem ${String(number)}: ${gen('x', { tokensMax: 2 })}`, {}, options),
        )
      }
      const goOn = (number) =>
        all[(number * 7919) % size].extend(prompt`, ${gen('y', { tokensMax: 2 })}`, {}, options)
      await timed(bench, isSmoke ? 2 : 50, goOn)
      const figures = await timed(bench, isSmoke ? 3 : 201, (number) => goOn(number + 50))
      return { size, ...figures, checksum: checksumOf(all.map(({ tokens }) => tokens)) }
    })
  }
}

/** A token of one of so many branches, all drawn at once. */
async function* branches(isSmoke) {
  for (const size of isSmoke ? [2, 4] : [16, 64, 256]) {
    yield await blank({ cells: 32_768 }, async (bench) => {
      const drawn = isSmoke ? 4 : 32
      const texts = []
      const asked = prompt`${longText(bench.vocabulary, 64)}${each(
        'all',
        Array.from({ length: size }, (_, number) => String(number)),
        (item) => prompt` ${item}:${gen('x', { tokensMax: drawn })}`,
      )}`
      const figures = await timed(bench, isSmoke ? 1 : 9, async (seed) => {
        const { text } = await bench.model.run(asked, {}, { temperature: 1, seed, fresh: true })
        texts.push([text])
      })
      const perToken = (value) => (value === null ? null : round(value / size / drawn, 2))
      return {
        size,
        outsideMicros: perToken(figures.outsideMicros),
        loopMicros: perToken(figures.loopMicros),
        checksum: checksumOf(texts),
      }
    })
  }
}

/** A token at a temperature, by the vocabulary: draws look at all of its logits. */
async function* vocabulary(isSmoke) {
  for (const name of isSmoke ? ['refact'] : ['refact', 'llama-bpe', 'qwen2', 'wide']) {
    yield await blank({ cells: 4096, sequences: 31, vocabulary: name }, async (bench) => {
      const drawn = isSmoke ? 8 : 128
      const texts = []
      const figures = await timed(bench, isSmoke ? 2 : 9, async (seed) => {
        const run = await bench.model.run(
          prompt`Text ${String(seed)}: ${gen('x', { tokensMax: drawn })}`,
          {},
          { temperature: 1, seed },
        )
        texts.push([run.text])
      })
      const token = (value) => (value === null ? null : round(value / drawn, 2))
      return {
        size: bench.vocabulary.size,
        outsideMicros: token(figures.outsideMicros),
        loopMicros: token(figures.loopMicros),
        checksum: checksumOf(texts),
      }
    })
  }
}

export const cases = { length, stream, live, branches, vocabulary }
