// Tree of thought, branch factor 2: every thought forks into two. Measures the program run as one, its branches side by
// side, against the same generations one branch after the other; both draw the same tokens and both have a cache.
import { branches, prompt } from 'espalier'
import { median } from './bench-engine.mjs'
import { checksumOf, drawnHole, endless, textOf, wordTokens } from './bench-text.mjs'

const sides = ['left', 'right']

export async function measureTree(bench, { prefixTokens, depth, thoughtTokens, repetitions }) {
  const { vocabulary } = bench
  const tree = treeOf(vocabulary, { prefixTokens, depth, thoughtTokens })
  const times = { together: [], apart: [] }
  let result = null
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const together = await bench.fresh((side) => timed(side, () => side.model.run(asOne(tree))))
    const apart = await bench.fresh((side) => timed(side, () => oneByOne(side.model, tree)))
    if (together.checksum !== apart.checksum) {
      throw new Error(`The sides did different work: ${together.checksum} and ${apart.checksum}.`)
    }
    times.together.push(together.ms)
    times.apart.push(apart.ms)
    result = { together, apart }
  }
  const { unique, decoded, checksum } = result.together
  const [togetherMs, apartMs] = [median(times.together), median(times.apart)]
  return {
    figures: { branches: 2 ** (depth + 1) - 2, unique, decoded, wallRatio: apartMs / togetherMs },
    detail: { togetherMs, apartMs, apartDecoded: result.apart.decoded, checksum },
  }
}

function treeOf(vocabulary, { prefixTokens, depth, thoughtTokens }) {
  const pool = wordTokens(vocabulary)
  const bias = endless(vocabulary)
  /** Thought number `id`: 2 and 3 below the root, 4 to 7 below these, and so on. */
  const thought = (id) => {
    const tokens = pool.slice((id - 2) * thoughtTokens, (id - 1) * thoughtTokens)
    if (tokens.length < thoughtTokens) throw new Error('The vocabulary has too few words for this tree.')
    return prompt`\n${id % 2 === 0 ? 'One way is' : 'Or else'}${drawnHole('thought', tokens, bias)}`
  }
  return { question: textOf(vocabulary, prefixTokens), thought, depth }
}

function asOne({ question, thought, depth }) {
  const below = (parent, level) => {
    if (level === depth) return ''
    const pair = sides.map((side, index) => {
      const id = parent * 2 + index
      return [side, prompt`${thought(id)}${below(id, level + 1)}`]
    })
    return branches(Object.fromEntries(pair), { join: null })
  }
  return prompt`${question}${below(1, 0)}`
}

async function oneByOne(model, { question, thought, depth }) {
  const below = async (transcript, parent, level) => {
    if (level === depth) return
    for (const index of sides.keys()) {
      const id = parent * 2 + index
      await below(await transcript.extend(thought(id)), id, level + 1)
    }
  }
  await below(await model.run(prompt`${question}`), 1, 0)
}

async function timed({ engine, generates }, work) {
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  const lists = generates.map(({ tokens, drawn }) => Int32Array.of(...tokens, ...drawn))
  return {
    ms,
    // The last token of a leaf is drawn and never read, so nobody decodes it.
    unique: trieSize(generates.map(({ tokens, drawn }) => [...tokens, ...drawn.slice(0, -1)])),
    decoded: engine.totals.rowsDecoded,
    checksum: checksumOf(lists),
  }
}

/** Nodes of the trie of these lists. */
function trieSize(lists) {
  const root = new Map()
  let size = 0
  for (const list of lists) {
    let node = root
    for (const token of list) {
      let next = node.get(token)
      if (next === undefined) {
        next = new Map()
        node.set(token, next)
        size += 1
      }
      node = next
    }
  }
  return size
}
