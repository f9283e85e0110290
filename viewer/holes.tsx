// The holes of the run: values, how they ended, what was rejected; the choices with their distributions; the votes.
// Decides how sure and how distorted a value is told to be. A hole's button shows it in the text.
import { counted } from '../lib/base/counted.js'
import type { ChoiceScores, VoteCounts } from '../lib/run/report/results.js'
import { warningsOf } from '../lib/trace/run-notes.js'
import type { FillAt, Happening, RunAt } from '../lib/trace/state/run-history.js'
import { percent } from './facts.js'
import type { Scene } from './scene.js'

export function Holes({ scene, show }: { readonly scene: Scene; readonly show: (hole: string) => void }) {
  const { run } = scene
  if (run === null) return <p class="empty">No run has begun at this moment.</p>
  const holes = holesIn(run)
  const ends = endsOf(run)
  const choices = Object.entries(run.end?.choices ?? {}).sort(byPath)
  const votes = Object.entries(run.end?.votes ?? {}).sort(byPath)
  return (
    <div class="holes">
      <Notes run={run} />
      {choices.map(([hole, scores]) => (
        <Choice key={hole} hole={hole} scores={scores} show={show} />
      ))}
      {votes.map(([hole, counts]) => (
        <Votes key={hole} hole={hole} counts={counts} />
      ))}
      {holes.length === 0 ? (
        <p class="empty">No hole was filled until this moment.</p>
      ) : (
        <table class="all">
          <caption>{counted(holes.length, 'hole')}</caption>
          <thead>
            <tr>
              <th scope="col">hole</th>
              <th scope="col">value</th>
              <th scope="col">end</th>
              <th scope="col" title="Probability of its tokens, their geometric mean">
                sure
              </th>
              <th
                scope="col"
                title="What all allowed tokens had together, over the value: 100 % where the constraint changed nothing"
              >
                undistorted
              </th>
            </tr>
          </thead>
          <tbody>
            {holes.slice(0, holesMax).map(([hole, fills]) => (
              <Hole key={hole} hole={hole} fills={fills} end={ends.get(hole)} show={show} />
            ))}
          </tbody>
        </table>
      )}
      {holes.length > holesMax && (
        <p class="empty">{counted(holes.length - holesMax, 'hole')} more are in the text.</p>
      )}
    </div>
  )
}

/** What the run was warned of. */
function Notes({ run }: { readonly run: RunAt }) {
  const warnings = warningsOf(run.log.flatMap((entry) => (entry.type === 'event' ? [entry.event] : [])))
  if (warnings.length === 0) return null
  return (
    <ul class="notes" aria-label="Warnings">
      {warnings.map((words) => (
        <li key={words}>
          <span class="bad">⚠</span> <bdi>{words}</bdi>
        </li>
      ))}
    </ul>
  )
}

type HoleEnd = Extract<Happening, { type: 'hole-end' }>

const holesMax = 200

/** Choices of branches come in the order in which they were made, which says nothing. */
const byPath = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one.localeCompare(other, 'en', { numeric: true })

function holesIn({ fills }: RunAt): readonly (readonly [string, readonly FillAt[]])[] {
  const holes = new Map<string, FillAt[]>()
  for (const fill of fills) {
    const list = holes.get(fill.fill.hole)
    if (list === undefined) holes.set(fill.fill.hole, [fill])
    else list.push(fill)
  }
  return [...holes]
}

interface HoleProps {
  readonly hole: string
  readonly fills: readonly FillAt[]
  readonly end: HoleEnd | undefined
  readonly show: (hole: string) => void
}

function Hole({ hole, fills, end, show }: HoleProps) {
  const kept = fills.findLast(({ givenUp }) => givenUp === null) ?? fills.at(-1)!
  const rolled = fills.filter(({ givenUp }) => givenUp !== null && givenUp.reason !== '')
  const { fill } = kept
  return (
    <tr>
      <th scope="row">
        <button type="button" class="link" onClick={() => show(hole)}>
          {hole}
        </button>
        {rolled.length > 0 && <span class="bad"> ↺ {counted(rolled.length, 'attempt')} rolled back</span>}
        <small>{fill.takes}</small>
      </th>
      <td class="value">{fill.text.slice(0, 120)}</td>
      <td>
        {end?.end.rejected === undefined
          ? fill.end
          : `${fill.end}, kept though rejected: ${end.end.rejected}`}
      </td>
      <td class="number">{mean(fill.logprobs)}</td>
      <td class="number">{product(fill.allowed)}</td>
    </tr>
  )
}

/** How holes ended, by their paths. */
function endsOf({ log }: RunAt): ReadonlyMap<string, HoleEnd> {
  const ends = new Map<string, HoleEnd>()
  for (const entry of log) {
    if (entry.type === 'event' && entry.event.type === 'hole-end') ends.set(entry.event.hole, entry.event)
  }
  return ends
}

function mean(logprobs: readonly (number | null)[]): string {
  const known = logprobs.filter((one) => one !== null)
  return known.length === 0 ? '–' : percent(Math.exp(sum(known) / known.length))
}

function product(logs: readonly (number | null)[]): string {
  const known = logs.filter((one) => one !== null)
  return known.length === 0 ? '–' : percent(Math.min(1, Math.exp(sum(known))))
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)

interface ChoiceProps {
  readonly hole: string
  readonly scores: ChoiceScores
  readonly show: (hole: string) => void
}

function Choice({ hole, scores, show }: ChoiceProps) {
  const { options, margin, by } = scores
  const best = options.reduce((most, { probability }) => Math.max(most, probability), 0)
  return (
    <table class="choice">
      <caption>
        Choice{' '}
        <button type="button" class="link" onClick={() => show(hole)}>
          {hole}
        </button>{' '}
        by {by}, margin {percent(margin)}
      </caption>
      <tbody>
        {options.map(({ option, probability }) => (
          <tr key={option} class={probability === best ? 'chosen' : ''}>
            <th scope="row">{option}</th>
            <td class="bar">
              <i style={{ width: `${Math.max(0.5, probability * 100)}%` }} />
            </td>
            <td>{percent(probability)}</td>
            <td class="why">{probability === best ? '✓ most probable' : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Votes({ hole, counts }: { readonly hole: string; readonly counts: VoteCounts }) {
  const { options, winner, abstained } = counts
  const all = options.reduce((total, { votes }) => total + votes, abstained)
  const spelled = (key: unknown) => (typeof key === 'string' ? key : JSON.stringify(key))
  return (
    <table class="choice">
      <caption>
        Votes for {hole}
        {abstained > 0 && `, ${abstained} abstained`}
      </caption>
      <tbody>
        {options.map(({ key, votes }) => (
          <tr key={spelled(key)} class={spelled(key) === spelled(winner) ? 'chosen' : ''}>
            <th scope="row">{spelled(key)}</th>
            <td class="bar">
              <i style={{ width: `${(votes / Math.max(1, all)) * 100}%` }} />
            </td>
            <td>{counted(votes, 'vote')}</td>
            <td class="why">{spelled(key) === spelled(winner) ? '✓ winner' : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
