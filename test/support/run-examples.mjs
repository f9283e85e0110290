// Runs the examples named on the command line, each on a demo model of its own, so that none finds what another left in
// the cache. Prints one JSON object: by name, the facts an example returned and the lines it wrote for people.
import { load } from 'espalier'

const found = {}
for (const name of process.argv.slice(2)) {
  const { main } = await import(`../../examples/${name}.mjs`)
  const model = await load()
  const lines = []
  try {
    const facts = await main(model, (line) => lines.push(line))
    found[name] = { facts, lines }
  } finally {
    await model.dispose()
  }
}
console.log(JSON.stringify(found))
