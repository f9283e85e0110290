// The first look: triages support tickets, fills a character sheet, and shows what known values save. Runs on the
// model that comes with the package; `--json` prints the runs for programs.
import { load } from 'espalier'
import { description, sheet } from './character.mjs'
import { bold, printLegend, printRun } from './print.mjs'
import { tickets, triage } from './tickets.mjs'

const isJson = process.argv.includes('--json')
const model = await load()
const runs = []

async function show(name, run) {
  runs.push({ name, run })
  if (!isJson) printRun(name, run)
}

if (!isJson) {
  console.log(`${bold('espalier')} on ${model.info.description}`)
  console.log()
  printLegend()
}
for (const [name, ticket] of Object.entries(tickets)) {
  await show(`ticket: ${name}`, await model.run(triage, { ticket }))
}
await show('character sheet', await model.run(sheet, { description }))
// The same ticket once more; a person has looked at it, so some values are known. They are read, not generated.
const known = { category: 'shipping', urgency: 'high', customer: 'Callum Moreau' }
await show('ticket: webcam, known values', await model.run(triage, { ticket: tickets.webcam, ...known }))
await model.dispose()

if (isJson) {
  const printed = runs.map(({ name, run }) => {
    const { values, text, ledger, decodeCalls, ms } = run
    return { name, values, text, ledger, decodeCalls, ms }
  })
  console.log(JSON.stringify(printed, null, 2))
} else {
  const sum = (key) => runs.reduce((total, { run }) => total + run.ledger[key], 0)
  console.log(bold(`All runs: ${sum('decoded')} tokens decoded; ${sum('uncached')} without a cache.`))
}
