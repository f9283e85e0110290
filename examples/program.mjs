// What the examples share: each exports main(model, write) and runs by itself from the command line, on the demo model
// or on the GGUF file it is given: `node examples/chat.mjs qwen.gguf`. `--json` prints the facts it found instead of
// text for people.
import { pathToFileURL } from 'node:url'
import { load } from 'espalier'

/** Runs `main` where the module at `url` is the program that was started. */
export async function runProgram(url, main, options) {
  const [, started, ...args] = process.argv
  if (started === undefined || pathToFileURL(started).href !== url) return
  const isJson = args.includes('--json')
  const model = await load(
    args.find((arg) => arg !== '--json'),
    options,
  )
  try {
    const facts = await main(model, (text, end = '\n') => {
      if (!isJson) process.stdout.write(text + end)
    })
    if (isJson) console.log(JSON.stringify(facts, null, 2))
  } finally {
    await model.dispose()
  }
}

/** What several runs decoded together, and what they would have without a cache. */
export function costOf(...runs) {
  const sum = (key) => runs.reduce((total, { ledger }) => total + ledger[key], 0)
  return { decoded: sum('decoded'), uncached: sum('uncached'), rolledBack: sum('rolledBack') }
}

/** The same as a sentence. */
export function showCost({ decoded, uncached, rolledBack }) {
  const undone = rolledBack === 0 ? '' : `, ${rolledBack} rolled back`
  return `${decoded} tokens decoded${undone}; ${uncached} without a cache`
}
