// Whether time beside llama_decode grows with what there is, where it should not: a request against the length of its
// transcript, against how many transcripts live, a token against how many branches are drawn and how large the
// vocabulary is. Decides the sizes. The model is small, so that what is not llama_decode shows.
//   npm run build && npm run bench:growth -- [--only length,stream,live,branches,vocabulary] [--smoke]
//     [--svg bench/growth.svg]
// One JSON line for each case and size: micros of wall time outside of llama_decode for a request or a token, micros of
// CPU time of the JavaScript thread where the system tells, both as multiples of the smallest size's; counts, and a
// checksum of the tokens drawn. `--svg` draws them, or those of an earlier run's lines: `--from lines.jsonl`.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cases } from './support/growth-cases.mjs'
import { growthChart } from './support/growth-chart.mjs'

const { values: args } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(cases).join(',') },
    smoke: { type: 'boolean', default: false },
    svg: { type: 'string' },
    from: { type: 'string' },
  },
})

const lines = []
if (args.from !== undefined) {
  lines.push(
    ...readFileSync(args.from, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
} else {
  for (const name of args.only.split(',')) {
    let first = null
    for await (const figures of cases[name](args.smoke)) {
      first ??= figures
      const ratio = (key) => (first[key] ? Number((figures[key] / first[key]).toFixed(2)) : null)
      const line = {
        case: name,
        ...figures,
        outsideRatio: ratio('outsideMicros'),
        loopRatio: ratio('loopMicros'),
      }
      lines.push(line)
      console.log(JSON.stringify(line))
    }
  }
}
if (args.svg !== undefined) writeFileSync(args.svg, growthChart(lines))
