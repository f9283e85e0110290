// Makes tables and a picture of what run.mjs printed. Decides what is compared: medians of each engine, as a multiple
// of the floor's. Measures nothing.
//   node bench/peers/summary.mjs peers.jsonl... [--results bench/RESULTS.md] [--svg bench/peers.svg]
// --svg draws --time, which is ms (the default) or cpuMs. Without --results the tables go to stdout; with it they take
// the place of what stands between that file's two marks.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { workloads } from './workloads.mjs'

const marks = ['<!-- measured -->', '<!-- end of measured -->']
const colours = {
  espalier: '#2f6f4f',
  'llama-server': '#c07a2c',
  'nlc-best': '#6a7fb5',
  'nlc-public': '#b0b7c9',
}

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: { results: { type: 'string' }, svg: { type: 'string' }, time: { type: 'string', default: 'ms' } },
})

function median(samples) {
  const sorted = samples.filter((value) => value !== undefined).sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const names = [
  'ms',
  'cpuMs',
  'draws',
  'calls',
  'rows',
  'rowsAgain',
  'decodeMs',
  'stepMs',
  'parkedBytes',
  'megabytes',
]

/** By workload and engine the medians of all that was counted. */
function mediansOf(lines) {
  const found = new Map()
  for (const name of Object.keys(workloads)) {
    const own = lines.filter(({ workload }) => workload === name)
    if (own.length === 0) continue
    const engines = [...new Set(own.map(({ engine }) => engine))]
    const row = engines.map((engine) => {
      const all = own.filter((line) => line.engine === engine)
      const counts = Object.fromEntries(names.map((key) => [key, median(all.map((line) => line[key]))]))
      return [engine, { ...counts, checksums: new Set(all.map(({ checksum }) => checksum)) }]
    })
    found.set(name, new Map(row))
  }
  return found
}

const geometric = (ratios) =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
const table = (rows) =>
  [rows[0], rows[0].map(() => '---'), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`)

function ratiosOf(medians, engine, time = 'ms') {
  const pairs = [...medians].map(([name, row]) => [name, row.get(engine)?.[time] / row.get('raw')?.[time]])
  return new Map(pairs.filter(([, ratio]) => Number.isFinite(ratio)))
}

function timeTable(medians, engines, time) {
  const ratios = new Map(engines.map((engine) => [engine, ratiosOf(medians, engine, time)]))
  const body = [...medians].map(([name, row]) => [
    `${name} ${workloads[name].about}`,
    ((row.get('raw')?.[time] ?? 0) / 1000).toFixed(2),
    ...engines.map((engine) => ratios.get(engine).get(name)?.toFixed(2) ?? ''),
  ])
  const means = engines.map((engine) => geometric([...ratios.get(engine).values()]).toFixed(2))
  return table([['workload', 'raw, s', ...engines], ...body, ['geometric mean', '1', ...means]])
}

function countTable(medians, engines) {
  const shown = (counts) =>
    counts === undefined ? '' : [counts.calls ?? '?', counts.rows, counts.draws].join(' / ')
  const body = [...medians].map(([name, row]) => [name, ...engines.map((engine) => shown(row.get(engine)))])
  return table([['llama_decode calls / rows / draws', ...engines], ...body])
}

function placeTable(medians) {
  const milliseconds = (value) => value.toFixed(0)
  const body = [...medians].flatMap(([name, row]) =>
    ['raw', 'espalier'].flatMap((engine) => {
      const counts = row.get(engine)
      if (counts === undefined) return []
      const { ms, decodeMs, stepMs, rowsAgain, parkedBytes = 0 } = counts
      const parts = [decodeMs, stepMs - decodeMs, ms - stepMs].map(milliseconds)
      return [[name, engine, ...parts, rowsAgain, (parkedBytes / 1e6).toFixed(0)]]
    }),
  )
  const head = ['workload', 'side', 'llama_decode', 'rest of steps', 'JavaScript', 'rows again', 'MB parked']
  return table([head, ...body])
}

function memoryTable(medians, engines) {
  const body = [...medians].map(([name, row]) => [
    name,
    ...engines.map((engine) => row.get(engine)?.megabytes ?? ''),
  ])
  return table([['peak resident memory, MB', ...engines], ...body])
}

function sameTable(medians, engines) {
  const isSame = (row, engine) =>
    row.has(engine) && [...row.get(engine).checksums].every((one) => row.get('raw')?.checksums.has(one))
  const sides = engines.map((engine) => {
    const equal = [...medians].filter(([, row]) => isSame(row, engine)).map(([name]) => name)
    return `- ${engine}: ${equal.length === 0 ? 'none' : equal.join(', ')}`
  })
  return ["Values equal to raw's in all repetitions:", ...sides]
}

function markdown(facts, medians, engines) {
  const all = ['raw', ...engines]
  return [
    `${facts.date}: ${facts.processor}, ${facts.platform}, Node ${facts.node}, ${facts.threads} thread(s)` +
      `${facts.pin === null ? '' : ` on CPU ${facts.pin}`},`,
    `batch ${facts.batch}, ${facts.cells} cells, ${facts.model}, ${facts.repetitions} repetition(s);`,
    `llama.cpp ${facts.llama}, node-llama-cpp ${facts['node-llama-cpp']}, espalier ${facts.espalier}.`,
    '',
    'Wall time: raw in seconds, the others as a multiple of it.',
    '',
    ...timeTable(medians, engines, 'ms'),
    '',
    'CPU time of all threads and processes of a side, which other programs on the machine hardly change:',
    '',
    ...timeTable(medians, engines, 'cpuMs'),
    '',
    ...countTable(medians, all),
    '',
    'Where the milliseconds are, for the two sides that tell:',
    '',
    ...placeTable(medians),
    '',
    ...memoryTable(medians, all),
    '',
    ...sameTable(medians, engines),
  ].join('\n')
}

/** Bars of each engine's multiple, workload by workload and their mean. */
function svg(medians, engines) {
  const groups = [...medians.keys()].map((name) => [
    name,
    engines.map((engine) => ratiosOf(medians, engine, args.time).get(name)),
  ])
  const means = engines.map((engine) => geometric([...ratiosOf(medians, engine, args.time).values()]))
  groups.push(['mean', means])
  const [left, unit, bar] = [52, 90, 9]
  const most = Math.max(...groups.flatMap(([, ratios]) => ratios.filter(Number.isFinite)))
  const shownMax = Math.min(6, Math.ceil(most))
  const width = left + shownMax * unit + 60
  const parts = []
  let y = 44
  for (const [name, ratios] of groups) {
    parts.push(
      `<text x="${left - 8}" y="${y + (engines.length * bar) / 2 + 3}" text-anchor="end">${name}</text>`,
    )
    for (const [index, ratio] of ratios.entries()) {
      if (!Number.isFinite(ratio)) continue
      const length = Math.min(ratio, shownMax) * unit
      const top = y + index * bar
      const fill = colours[engines[index]]
      parts.push(
        `<rect x="${left}" y="${top}" width="${length.toFixed(1)}" height="${bar - 1}" fill="${fill}"/>`,
      )
      parts.push(
        `<text class="n" x="${(left + length + 3).toFixed(1)}" y="${top + 7}">${ratio.toFixed(2)}</text>`,
      )
    }
    y += engines.length * bar + 8
  }
  const legend = engines.map((engine, index) => {
    const x = left + index * 110
    const mark = `<rect x="${x}" y="26" width="9" height="9" fill="${colours[engine]}"/>`
    return `${mark}<text x="${x + 13}" y="34">${engine}</text>`
  })
  const floor = `<line x1="${left + unit}" x2="${left + unit}" y1="40" y2="${y}" stroke="#888" stroke-dasharray="2 3"/>`
  const kind = args.time === 'ms' ? 'Wall' : 'CPU'
  const title = `${kind} time as a multiple of hand-written llama.cpp calls (dotted), less is better`
  const style =
    'text{font:11px sans-serif;fill:#333}.n{font-size:8px}@media(prefers-color-scheme:dark){text{fill:#ddd}}'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 4}" viewBox="0 0 ${width} ${y + 4}">`,
    `<title>${title}</title>`,
    `<style>${style}</style>`,
    `<text x="${left}" y="16">${title}</text>`,
    ...legend,
    floor,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

const [facts, ...lines] = positionals
  .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line))
const medians = mediansOf(lines)
const engines = Object.keys(colours).filter((engine) => lines.some((line) => line.engine === engine))
const text = markdown(facts, medians, engines)
if (args.svg !== undefined) writeFileSync(args.svg, svg(medians, engines))
if (args.results === undefined) console.log(text)
else {
  const [before, rest] = readFileSync(args.results, 'utf8').split(marks[0])
  const after = rest.split(marks[1])[1]
  writeFileSync(args.results, `${before}${marks[0]}\n${text}\n${marks[1]}${after}`)
}
