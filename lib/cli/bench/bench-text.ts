// A benchmark's figures as people read them: a table for each group. Decides titles, units and what is worked out from
// a median for comfort; every other number is the result's.
import { counted, grouped } from '../../base/counted.js'
import { type Colors, digits, type Labelled, labelledLines, size, tableLines, wrapped } from '../layout.js'
import type { BenchFacts, BenchResult } from './bench.js'
import type { Figure, Group } from './samples.js'

/** Where it is measured, and what. */
export function factsText(
  { host, llama, model, context }: BenchFacts,
  file: string,
  columns: number,
  colors: Colors,
): string {
  const devices = llama.devices
    .filter(({ type }) => type !== 'cpu')
    .map(({ name, description }) => `${name} ${description}`)
  const machine = [host.processor || host.platform, host.platform, ...devices]
  const variant = llama.variant === null ? [] : [llama.variant]
  const onGpus = `${model.gpuLayers} of ${model.layers} layers on GPUs`
  const library = [llama.release, ...variant, counted(context.threads, 'thread'), onGpus]
  const rows = `${grouped(context.batch)} rows a call at most`
  const entries: readonly Labelled[] = [
    ['model', `${model.description}, ${size(model.weightBytes)}, ${file}`],
    ['machine', machine.join(', ')],
    ['llama.cpp', library.join(', ')],
    ['context', `${grouped(context.tokens)} tokens, ${size(context.cacheBytes)}; ${rows}`],
    ['espalier', `${host.espalier ?? 'unknown'} on Node.js ${host.node}`],
  ]
  return labelledLines(entries, columns, colors)
}

export function resultText(result: BenchResult, columns: number, colors: Colors): string {
  const { figures, sizes, rounds, isComplete } = result
  const tables = (Object.keys(titles) as Group[]).flatMap((group) => {
    const some = figures.filter((figure) => figure.group === group)
    if (some.length === 0) return []
    const { title, head, cells } = titles[group]
    const plain = some.find(({ of }) => of === 'plain copy')
    const rows = some.map((figure) => [...cells(figure, plain ?? figure), spread(figure)])
    return [`${colors.bold(title(sizes))}\n${tableLines([...head, 'spread'], rows, colors)}`]
  })
  const samples = Math.max(...figures.map((figure) => figure.samples))
  const timed = isComplete ? counted(rounds, 'round') : `${counted(samples, 'sample')} at most, ended early`
  const told = `Medians of ${timed}; spread: the middle half of the samples, about the median.`
  return `${[...tables, colors.dim(wrapped(told, columns).join('\n'))].join('\n')}\n`
}

interface Table {
  title(sizes: BenchResult['sizes']): string
  readonly head: readonly string[]
  cells(figure: Figure, plain: Figure): readonly string[]
}

const titles: Readonly<Record<Group, Table>> = {
  rows: {
    title: ({ prefix }) => `One llama_decode: a row of each text, behind ${grouped(prefix)} tokens`,
    head: ['rows', 'ms', 'ms a row'],
    cells: ({ of, median }) => [String(of), digits(median), digits(median / Number.parseInt(String(of), 10))],
  },
  prefill: {
    title: () => 'Reading a text',
    head: ['tokens', 'tokens/s', 'ms'],
    cells: ({ of, median }) => [grouped(Number(of)), digits(median), digits((Number(of) * 1000) / median)],
  },
  drawing: {
    title: ({ drawn }) => `Drawing ${drawn} tokens, greedy`,
    head: ['texts side by side', 'tokens/s', 'each'],
    cells: ({ of, median }) => [String(of), digits(median), digits(median / Number(of))],
  },
  cells: {
    title: ({ held }) => `Cells of ${grouped(held)} tokens`,
    head: ['', 'µs'],
    cells: ({ of, median }) => [String(of), digits(median)],
  },
  moving: {
    title: ({ held }) => `Cells of ${grouped(held)} tokens to host memory and back`,
    head: ['', 'GB/s', 'of a plain copy'],
    cells: ({ of, median }, plain) => [
      String(of),
      digits(median / 1e9),
      of === plain.of ? '' : `${Math.round((100 * median) / plain.median)} %`,
    ],
  },
  masks: {
    title: () => 'A JSON schema while a value is drawn, a token',
    head: ['', 'µs'],
    cells: ({ of, median }) => [String(of), digits(median)],
  },
}

function spread({ median, low, high, samples }: Figure): string {
  return median === 0 || samples < 2 ? '' : `± ${Math.round((50 * (high - low)) / median)} %`
}
