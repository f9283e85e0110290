// The steps on a line of time, and the slider that goes through them. Decides what a step is called, and how fast they
// are played.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { counted, grouped } from '../lib/base/counted.js'
import type { StepAt, TraceState } from '../lib/trace/state.js'
import { hasSome, held, heldChart, rowKinds, rowsChart } from './chart.js'
import type { Store, View } from './store.js'

const playMillis = 140

export interface TimelineProps {
  readonly state: TraceState
  readonly view: View
  readonly store: Store
  readonly scheme: string
}

export function Timeline({ state, view, store, scheme }: TimelineProps) {
  const { steps } = state
  const all = steps.length
  const step = view.step ?? all
  const [isPlaying, setPlaying] = useState(false)
  const go = (to: number) => store.set({ step: to >= steps.length ? null : Math.max(0, to) })
  useEffect(() => {
    if (!isPlaying) return
    const timer = setInterval(() => {
      const now = store.view.step
      if (now === null) setPlaying(false)
      else go(now + 1)
    }, playMillis)
    return () => clearInterval(timer)
  }, [isPlaying])
  const play = () => {
    if (!isPlaying && view.step === null) go(0)
    setPlaying(!isPlaying)
  }
  if (all === 0) return <p class="empty">{noSteps(state)}</p>
  const words = wordsOf(steps, step)
  return (
    <section class="timeline" aria-label="Steps over time">
      <div class="slider">
        <button type="button" class="play" onClick={play} aria-pressed={isPlaying}>
          {isPlaying ? '❚❚ Pause' : '▶ Play'}
        </button>
        <input
          type="range"
          min="0"
          max={all}
          value={step}
          aria-label="Moment: steps that have been"
          aria-valuetext={words}
          onInput={(event) => go(Number(event.currentTarget.value))}
        />
        <output class="words" aria-live={isPlaying ? 'off' : 'polite'}>
          {words}
        </output>
      </div>
      <Charts steps={steps} step={step} scheme={scheme} go={go} />
      <Key steps={steps} />
    </section>
  )
}

function Key({ steps }: { readonly steps: readonly StepAt[] }) {
  return (
    <ul class="key">
      <li>Rows of each step:</li>
      {rowKinds
        .filter(([kind]) => steps.some(({ step: told }) => told.rows[kind] > 0))
        .map(([kind, label, style]) => (
          <li key={kind}>
            <i class="swatch" style={{ background: `var(${style})` }} /> {label}
          </li>
        ))}
      <li>Below:</li>
      {held
        .filter(([key]) => key === 'cells' || hasSome(steps, key))
        .map(([key, label, style]) => (
          <li key={key}>
            <i class={`dash ${key}`} style={{ borderColor: `var(${style})` }} /> {label}
            {key !== 'cells' && ` (at most ${heldMax(steps, key)})`}
          </li>
        ))}
    </ul>
  )
}

const noSteps = (state: TraceState): string =>
  state.moment === 0
    ? 'No steps were recorded: the model did nothing meanwhile.'
    : 'No steps are told of: the engine of this trace has none.'

interface ChartsProps {
  readonly steps: readonly StepAt[]
  readonly step: number
  readonly scheme: string
  readonly go: (step: number) => void
}

function Charts({ steps, step, scheme, go }: ChartsProps) {
  const box = useRef<HTMLDivElement>(null)
  const charts = useRef<readonly uPlot[]>([])
  const now = useRef(0)
  now.current = step === 0 ? (steps[0]?.at ?? 0) - (steps[0]?.step.micros ?? 0) / 1000 : steps[step - 1]!.at
  const width = useWidth(box)
  useEffect(() => {
    if (box.current === null || width === 0) return
    const choose = (at: number) => go(stepsUntil(steps, at))
    const wishes = { width, now: () => now.current, choose }
    const made = [
      rowsChart(box.current, steps, { ...wishes, height: 64 }),
      heldChart(box.current, steps, { ...wishes, height: 72 }),
    ]
    charts.current = made
    return () => {
      charts.current = []
      for (const chart of made) chart.destroy()
    }
  }, [width, scheme, steps.length])
  useEffect(() => {
    for (const chart of charts.current) chart.redraw(false)
  }, [step])
  return (
    <div
      class="charts"
      ref={box}
      role="img"
      aria-label="Rows of each step by kind; below, cells in use. The slider goes through the same steps."
    />
  )
}

/** These have no axis of their own. */
function heldMax(steps: readonly StepAt[], key: 'waiting' | 'parkedBytes'): string {
  const most = steps.reduce((value, { step }) => Math.max(value, step[key]), 0)
  if (key === 'waiting') return grouped(most)
  return most < 1e6 ? `${grouped(Math.ceil(most / 1e3))} KB` : `${grouped(Math.ceil(most / 1e6))} MB`
}

/** How many steps had begun. */
function stepsUntil(steps: readonly StepAt[], at: number): number {
  const next = steps.findIndex((one) => one.at - one.step.micros / 1000 > at)
  return next < 0 ? steps.length : next
}

function wordsOf(steps: readonly StepAt[], step: number): string {
  if (step === 0) return `before the first of ${counted(steps.length, 'step')}`
  const { at, step: told } = steps[step - 1]!
  const kinds = rowKinds.flatMap(([kind, label]) =>
    told.rows[kind] > 0 ? [`${grouped(told.rows[kind])} ${label}`] : [],
  )
  const rows = kinds.length === 0 ? 'no rows' : `rows: ${kinds.join(', ')}`
  const waiting = told.waiting > 0 ? `, ${told.waiting} waiting` : ''
  const place = `step ${grouped(step)} of ${grouped(steps.length)}, ${grouped(Math.round(at))} ms`
  return `${place}: ${rows}, ${grouped(told.cells)} cells${waiting}`
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const measure = () => setWidth(element.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return width
}
