// Shows runs to people: the text with what the model wrote in colour, the values, and what the cache saved. Plain
// text where the output is no terminal or NO_COLOR is set.

const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR
const paint = (code, text) => (isColoured ? text.replace(/[^\n]+/g, `\x1b[${code}m$&\x1b[0m`) : text)

export const bold = (text) => paint('1', text)
const generated = (text) => paint('32;1', text)
const known = (text) => paint('36', text)
const faint = (text) => paint('2', text)

export function printLegend() {
  if (isColoured)
    console.log(`${generated('written by the model')}  ${known('known value')}  ${faint('template')}\n`)
}

export function printRun(name, run) {
  console.log(bold(`== ${name}`))
  console.log()
  const shown = run.pieces.map(({ kind, text }) =>
    kind === 'generated' ? generated(text) : kind === 'known' ? known(text) : faint(text),
  )
  console.log(shown.join('').trimEnd())
  console.log()
  for (const [hole, value] of Object.entries(run.values)) {
    console.log(`  ${hole.padEnd(12)} ${JSON.stringify(value)}`)
  }
  console.log()
  printLedger(run)
}

function printLedger({ ledger, tokens, decodeCalls, ms }) {
  const classes = [
    'reused',
    'restored',
    'prefilled',
    'forced',
    'sampled',
    'healed',
    'rolledBack',
    'redecoded',
  ]
  const parts = classes.filter((name) => ledger[name] > 0).map((name) => `${name} ${ledger[name]}`)
  const times = ledger.decoded === 0 ? '' : `, ${(ledger.uncached / ledger.decoded).toFixed(1)} times as many`
  console.log(`  tokens       ${tokens.length}: ${parts.join(', ')}`)
  console.log(`  decoded      ${ledger.decoded} in ${decodeCalls} calls, ${ms.toFixed(0)} ms`)
  console.log(`  uncached     ${ledger.uncached}${times}`)
  console.log()
}
