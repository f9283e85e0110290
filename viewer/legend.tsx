// What the colours of the text mean, and which of three questions they answer.
import { useMemo } from 'preact/hooks'
import type { Cell } from '../lib/trace/state/passage.js'
import type { Colours, Store, View } from './store.js'

const questions: readonly (readonly [Colours, string])[] = [
  ['cost', 'What it cost'],
  ['who', 'Who wrote it'],
  ['sure', 'How sure'],
]

const meanings: Readonly<Record<Colours, readonly (readonly [style: string, words: string])[]>> = {
  cost: [
    ['cached', 'reused'],
    ['restored', 'restored'],
    ['prefilled', 'known text'],
    ['drawn', 'drawn'],
    ['forced', 'forced'],
    ['again', 'computed again'],
  ],
  who: [
    ['w-literal', 'prompt'],
    ['w-input', 'input'],
    ['w-known', 'given value'],
    ['w-mark', 'chat mark'],
    ['w-generated', 'model'],
  ],
  sure: [
    ['p0', '≥ 90 %'],
    ['p1', '≥ 70 %'],
    ['p2', '≥ 45 %'],
    ['p3', '≥ 20 %'],
    ['p4', 'less'],
  ],
}

export interface LegendProps {
  readonly view: View
  readonly store: Store
  readonly cells: readonly Cell[]
}

export function Legend({ view, store, cells }: LegendProps) {
  const there = useMemo(() => {
    const styles = new Set<string>(['p0', 'p1', 'p2', 'p3', 'p4'])
    for (const cost of new Set(cells.map((cell) => cell.cost))) styles.add(cost ?? '')
    for (const kind of new Set(cells.map((cell) => cell.kind))) styles.add(`w-${kind}`)
    return styles
  }, [cells])
  const shown = meanings[view.colours].filter(([style]) => there.has(style))
  return (
    <div class="legend">
      <fieldset>
        <legend class="hidden">Colours</legend>
        {questions.map(([colours, words]) => (
          <label key={colours}>
            <input
              type="radio"
              name="colours"
              checked={view.colours === colours}
              onChange={() => store.set({ colours })}
            />
            {words}
          </label>
        ))}
      </fieldset>
      <ul>
        {shown.map(([style, words]) => (
          <li key={style}>
            <span class={`t ${style}`}>{words}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
