// One row of the text. Decides what of a token can be seen at a glance: its colour and its underline answer the chosen
// question.
import { Component } from 'preact'
import type { Aside } from '../lib/trace/state/asides.js'
import type { Part, Row } from './rows.js'
import type { Scene } from './scene.js'
import type { View } from './store.js'
import type { Place } from './text-keys.js'

export type Marks = ReadonlyMap<number, 'hit' | 'shown'>

export interface RowProps {
  readonly row: Row
  readonly number: number
  /** The part that can be reached by Tab, perhaps of another row. */
  readonly reached: Place | null
  readonly colours: View['colours']
  readonly scene: Scene
  readonly hits: Marks
  readonly isOpen: (aside: Aside) => boolean
  readonly toggle: (aside: Aside) => void
  /** Shows another text of the run, by its number. */
  readonly go: (strand: number) => void
}

/** Number of the row's part that can be reached by Tab; -1: none. */
const tabIn = ({ number, reached }: RowProps): number => (reached?.row === number ? reached.part : -1)

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
  const { row, number, colours, scene, hits, isOpen, toggle, go } = props
  const tabPart = tabIn(props)
  // Rows are many: a token has no more attributes than can be seen.
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
    <div class={row.attempt === null ? 'row' : 'row attempt'} data-row={number}>
      {row.parts.map((part, index) => {
        const tab = index === tabPart ? 0 : undefined
        if (part.kind === 'chip') {
          const isFork =
            part.aside.forks.length > 0 && part.aside.givenUp.length + part.aside.undone.length === 0
          return (
            <button
              key={index}
              type="button"
              class={isFork ? 'chip fork' : 'chip'}
              tabIndex={tab ?? -1}
              aria-expanded={isFork ? undefined : isOpen(part.aside)}
              onClick={() => (isFork ? go(part.aside.forks[0]!) : toggle(part.aside))}
            >
              {isFork ? '→ ' : '↺ '}
              {part.label}
            </button>
          )
        }
        const hit = row.attempt === null ? hits.get(part.index) : undefined
        return (
          <span
            key={index}
            class={`${classOf(part, colours, scene)}${hit === undefined ? '' : ` ${hit}`}`}
            tabIndex={tab}
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
