// The engine's steps as a timeline: rows of llama_decode by what they were for, and how full the cache was. Decides how
// many steps share a line where there are many.
import { counted } from '../../base/counted.js'
import type { StepAt } from '../state.js'
import { bar, type Paint, type Style } from './paint.js'

const linesMax = 40

const kinds: readonly {
  readonly of: 'known' | 'drawn' | 'scored'
  readonly style: Style
  readonly sign: string
}[] = [
  { of: 'known', style: 'prefilled', sign: 'k' },
  { of: 'drawn', style: 'drawn', sign: 'd' },
  { of: 'scored', style: 'cached', sign: 's' },
]

export function stepLines(steps: readonly StepAt[], paint: Paint, columns: number): readonly string[] {
  if (steps.length === 0) return []
  const size = Math.ceil(steps.length / linesMax)
  const groups = Array.from({ length: Math.ceil(steps.length / size) }, (_, index) =>
    summed(steps.slice(index * size, (index + 1) * size)),
  )
  const rowsMax = groups.reduce((most, { rows }) => Math.max(most, rows), 1)
  const told = groups.map((group) => {
    const steps = group.first === group.last ? `${group.first}` : `${group.first}-${group.last}`
    const waiting = group.waiting > 0 ? `, ${group.waiting} wait` : ''
    const again = group.again > 0 ? `, ${group.again} again` : ''
    const time = `${group.at.toFixed(0).padStart(8)} ms ${steps.padStart(11)}`
    const cost = `${String(group.rows).padStart(5)} rows ${group.ms.toFixed(1).padStart(8)} ms`
    return {
      group,
      before: `${time}  `,
      behind: ` ${cost}, ${counted(group.cells, 'cell')}${waiting}${again}`,
    }
  })
  const textWidth = told.reduce(
    (most, { before, behind }) => Math.max(most, before.length + behind.length),
    0,
  )
  const width = Math.max(10, Math.min(60, columns - textWidth))
  const lines = told.map(({ group, before, behind }) => {
    const parts = kinds.map(({ of, style, sign }) => ({ style, sign, share: group[of] / rowsMax }))
    return `${before}${bar(paint, parts, width)}${behind}`
  })
  const legend = kinds.map(({ of, style, sign }) => `${paint(style, sign)} ${of}`).join('  ')
  return [`rows by what they were for: ${legend}`, ...lines]
}

function summed(steps: readonly StepAt[]) {
  const total = { known: 0, drawn: 0, scored: 0, again: 0, rows: 0, ms: 0, cells: 0, waiting: 0 }
  for (const { step } of steps) {
    const { known, drawn, scored, again } = step.rows
    total.known += known
    total.drawn += drawn
    total.scored += scored
    total.again += again
    total.rows += known + drawn + scored
    total.ms += step.micros / 1000
    total.cells = Math.max(total.cells, step.cells)
    total.waiting = Math.max(total.waiting, step.waiting)
  }
  return { ...total, at: steps[0]!.at, first: steps[0]!.step.step, last: steps.at(-1)!.step.step }
}
