// The timeline's two charts: rows of each step by kind, and what was held beside it. Decides colours and scales; a step
// is as wide as it took, so that gaps are times when nothing was decoded.
import uPlot from 'uplot'
import type { StepAt } from '../lib/trace/state.js'

/** From the ground up; styles name the colours of the page. */
export const rowKinds = [
  ['known', 'known text', '--prefilled'],
  ['drawn', 'drawn', '--drawn'],
  ['scored', 'scored', '--forced'],
  ['again', 'again', '--again'],
] as const

export const held = [
  ['cells', 'cells in use', '--cached'],
  ['waiting', 'waiting requests', '--rolled'],
  ['parkedBytes', 'parked', '--restored'],
] as const

const color = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

export interface ChartWishes {
  readonly width: number
  readonly height: number
  /** Milliseconds of the chosen moment. */
  readonly now: () => number
  readonly choose: (at: number) => void
}

/** Whether any step had some. */
export const hasSome = (steps: readonly StepAt[], key: (typeof held)[number][0]): boolean =>
  steps.some(({ step }) => step[key] > 0)

export function rowsChart(box: HTMLElement, steps: readonly StepAt[], wishes: ChartWishes): uPlot {
  const sums = rowKinds.map((_, index) =>
    steps.map(({ step }) => rowKinds.slice(0, index + 1).reduce((sum, [kind]) => sum + step.rows[kind], 0)),
  )
  const series = rowKinds.map(([, label, style], index): uPlot.Series => {
    const bottom = sums[index - 1]
    return {
      label,
      scale: 'rows',
      fill: () => color(style),
      width: 0,
      points: { show: false },
      paths: stepBars(steps, bottom),
    }
  })
  const options = { ...common(wishes, steps, 'rows'), series: [{}, ...series] }
  return new uPlot(options, [times(steps), ...sums], box)
}

export function heldChart(box: HTMLElement, steps: readonly StepAt[], wishes: ChartWishes): uPlot {
  const stepped = uPlot.paths.stepped!({ align: 1 })
  const series = held.map(
    ([key, label, style]): uPlot.Series => ({
      label,
      show: key === 'cells' || hasSome(steps, key),
      scale: key,
      stroke: () => color(style),
      width: 2,
      ...(key === 'waiting' ? { dash: [4, 3] } : key === 'parkedBytes' ? { dash: [1, 3] } : {}),
      points: { show: false },
      paths: stepped,
    }),
  )
  const values = held.map(([key]) => steps.map(({ step }) => step[key]))
  const own = common(wishes, steps, 'cells')
  const scales = { ...own.scales, waiting: fromZero, parkedBytes: fromZero }
  return new uPlot({ ...own, scales, series: [{}, ...series] }, [times(steps), ...values], box)
}

const times = (steps: readonly StepAt[]): number[] => steps.map(({ at }) => at)

/** From where the first step began; a single step has a length, too. */
function span(steps: readonly StepAt[]): [number, number] {
  const [first] = steps
  const from = first === undefined ? 0 : first.at - first.step.micros / 1000
  return [Math.max(0, from), Math.max(from + 1, steps.at(-1)?.at ?? 1)]
}
const fromZero: uPlot.Scale = { range: (_, __, max) => [0, Math.max(1, max * 1.08)] }

function common(
  { width, height, now, choose }: ChartWishes,
  steps: readonly StepAt[],
  scale: 'rows' | 'cells',
): Omit<uPlot.Options, 'series'> & { scales: uPlot.Scales } {
  const grid = { stroke: () => color('--line'), width: 1 }
  const axis: uPlot.Axis = {
    stroke: () => color('--quiet'),
    grid,
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  }
  return {
    width,
    height,
    padding: [6, 26, scale === 'rows' ? 7 : 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { show: false }, sync: { key: 'steps' } },
    scales: { x: { time: false, range: zoomedOr(span(steps)) }, [scale]: fromZero },
    axes: [
      {
        ...axis,
        show: scale === 'cells',
        size: 22,
        values: (_, all) => all.map((at) => timeOf(at, all.at(-1) ?? 0)),
      },
      { ...axis, scale, size: 46, space: 20 },
    ],
    hooks: {
      draw: [(chart) => drawNow(chart, now())],
      ready: [
        (chart) =>
          chart.over.addEventListener('click', ({ offsetX }) => choose(chart.posToVal(offsetX, 'x'))),
      ],
    },
  }
}

/** Bars from the sum below to the own one, each as wide as its step took. */
function stepBars(steps: readonly StepAt[], bottom: readonly number[] | undefined): uPlot.Series.PathBuilder {
  return (chart, index, from, to) => {
    const path = new Path2D()
    const values = chart.data[index]!
    const scale = chart.series[index]!.scale!
    for (let step = from; step <= to; step += 1) {
      const value = Number(values[step])
      const below = bottom?.[step] ?? 0
      if (value <= below) continue
      const { at, step: told } = steps[step]!
      const right = chart.valToPos(at, 'x', true)
      const left = chart.valToPos(at - told.micros / 1000, 'x', true)
      const top = chart.valToPos(value, scale, true)
      // A step that is too short to be seen still is one.
      path.rect(left, top, Math.max(1.5, right - left), chart.valToPos(below, scale, true) - top)
    }
    return {
      fill: path,
      stroke: null,
      clip: null,
      band: null,
      gaps: null,
      flags: 0,
    } as unknown as uPlot.Series.Paths
  }
}

const timeOf = (at: number, last: number): string => (last >= 4000 ? `${at / 1000} s` : `${at} ms`)

/** All of it at first, and what was dragged over later. */
function zoomedOr([from, to]: [number, number]): uPlot.Range.Function {
  return (chart, min, max) => {
    const isWhole = min === null || (min <= Number(chart.data[0][0]) && max >= to)
    return isWhole ? [from, to] : [min, max]
  }
}

function drawNow(chart: uPlot, at: number): void {
  const x = Math.round(chart.valToPos(at, 'x', true)) + 0.5
  const { left, top, width, height } = chart.bbox
  if (x < left || x > left + width) return
  const { ctx } = chart
  ctx.save()
  ctx.strokeStyle = color('--accent')
  ctx.lineWidth = 2
  ctx.beginPath()
  ctx.moveTo(x, top)
  ctx.lineTo(x, top + height)
  ctx.stroke()
  ctx.restore()
}
