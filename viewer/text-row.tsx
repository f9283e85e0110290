// One row of the text. Decides what of a token can be seen at a glance: its colour and its underline answer the chosen
// question.
import { Component } from 'preact'
import type { Aside } from '../lib/trace/state/passage.js'
import type { Part, Row } from './rows.js'
import type { Scene } from './scene.js'
import type { View } from './store.js'

export type Marks = ReadonlyMap<number, 'hit' | 'shown'>

export interface RowProps {
  readonly row: Row
  readonly number: number
  readonly tabPart: string
  readonly colours: View['colours']
  readonly scene: Scene
  readonly hits: Marks
  readonly isOpen: (aside: Aside) => boolean
  readonly toggle: (aside: Aside) => void
}

/** Which of the row's parts can be reached by Tab; -1: none. */
const tabIn = ({ number, tabPart }: RowProps): number => {
  const [row, part] = tabPart.split('.')
  return row === String(number) ? Number(part) : -1
}

/** Scrolling asks for the same rows again and again; what is folded makes other rows. */
export class RowView extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, number, colours, scene, hits } = this.props
    return (
      row !== next.row ||
      number !== next.number ||
      colours !== next.colours ||
      scene.run !== next.scene.run ||
      hits !== next.hits ||
      tabIn(this.props) !== tabIn(next)
    )
  }

  override render() {
    return <RowText {...this.props} />
  }
}

function RowText(props: RowProps) {
  const { row, number, colours, scene, hits, isOpen, toggle } = props
  const tabPart = tabIn(props)
  if (row.kind === 'head') {
    return (
      <div class="row attempt head">
        {row.label !== '' && (
          <>
            <span aria-hidden="true">✗</span>
            <b>{row.label}</b>
          </>
        )}
        <span class="reason">{row.text}</span>
      </div>
    )
  }
  return (
    <div class={row.attempt === null ? 'row' : 'row attempt'}>
      {row.parts.map((part, index) => {
        const place = `${number}.${index}`
        const tab = index === tabPart ? 0 : -1
        if (part.kind === 'chip') {
          const isFork =
            part.aside.forks.length > 0 && part.aside.givenUp.length + part.aside.undone.length === 0
          return (
            <button
              key={place}
              type="button"
              class={isFork ? 'chip fork' : 'chip'}
              data-part={place}
              tabIndex={tab}
              aria-expanded={isFork ? undefined : isOpen(part.aside)}
              onClick={() => toggle(part.aside)}
            >
              {isFork ? '→ ' : '↺ '}
              {part.label}
            </button>
          )
        }
        const hit = row.attempt === null ? hits.get(part.index) : undefined
        return (
          <span
            key={place}
            class={`${classOf(part, colours, scene)}${hit === undefined ? '' : ` ${hit}`}`}
            data-part={place}
            data-index={row.attempt === null ? part.index : undefined}
            tabIndex={tab}
            aria-describedby="card"
          >
            {part.text}
          </span>
        )
      })}
    </div>
  )
}

function classOf({ cell, ends }: Part, colours: View['colours'], { run }: Scene): string {
  const base = cell.text === '' ? 't sign' : ends === 'line' ? 't nl' : 't'
  if (colours === 'cost') return `${base} ${cell.cost ?? `w-${cell.kind}`}`
  if (colours === 'who') return `${base} w-${cell.kind}`
  const logprob = cell.drawn === null ? null : run?.fills[cell.drawn.fill]?.fill.logprobs[cell.drawn.index]
  if (logprob === null || logprob === undefined) return base
  const probability = Math.exp(logprob)
  const step = [0.9, 0.7, 0.45, 0.2].findIndex((least) => probability >= least)
  return `${base} p${step < 0 ? 4 : step}`
}
