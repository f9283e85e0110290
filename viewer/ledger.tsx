// Where the tokens of a run came from, as a bar beside what the same run would have computed without a cache. Decides
// the words a newcomer reads first, also of a run that has no ledger.
import { counted, grouped } from '../lib/base/counted.js'
import type { Ledger } from '../lib/engine/ledger.js'
import type { FillAt, RunAt } from '../lib/trace/state/run-history.js'
import { holesBeingFilled, percent } from './facts.js'
import type { Scene } from './scene.js'

/** In the order of the bar; the first ones were computed. */
const classes = [
  ['prefilled', 'prefilled', 'known text'],
  ['sampled', 'drawn', 'drawn by the model'],
  ['forced', 'forced', 'forced by a constraint'],
  ['healed', 'healed', 'spelled anew where text and hole meet'],
  ['rolledBack', 'rolled', 'rolled back or not kept'],
  ['redecoded', 'again', 'computed again'],
  ['restored', 'restored', 'restored from host memory'],
  ['reused', 'cached', 'reused from the cache'],
] as const satisfies readonly (readonly [keyof Ledger, string, string])[]

export function LedgerBar({ scene }: { readonly scene: Scene }) {
  const { run } = scene
  if (run === null) {
    const words = scene.state.moment === 0 ? 'Nothing was recorded.' : 'No run has begun at this moment.'
    return <p class="lead">{words}</p>
  }
  const ledger = run.end?.ledger ?? null
  const rolled = run.fills.filter(isRolledBack)
  if (ledger === null) return <SoFar run={run} rolled={rolled} />
  const present = classes.filter(([name]) => ledger[name] > 0)
  const all = present.reduce((sum, [name]) => sum + ledger[name], 0)
  const scale = Math.max(1, ledger.uncached, all)
  const found = ledger.reused + ledger.restored
  return (
    <div class="ledger">
      <p class="lead">
        <b>{counted(ledger.decoded, 'token')} computed</b> instead of {grouped(ledger.uncached)} without a
        cache
        {ledger.uncached > 0 && <> ({percent(1 - Math.min(1, ledger.decoded / ledger.uncached))} saved)</>}
        {found > 0 && <>, {counted(found, 'token')} reused</>}.{' '}
        <Rolled attempts={rolled.length} tokens={ledger.rolledBack} />
      </p>
      <dl class="bars">
        <dt>without a cache</dt>
        <dd>
          <span class="bar">
            <i class="seg uncached" style={{ width: `${(ledger.uncached / scale) * 100}%` }} />
          </span>
          <span>{grouped(ledger.uncached)}</span>
        </dd>
        <dt>this run</dt>
        <dd>
          <span class="bar">
            {present.map(([name, style, words]) => (
              <i
                key={name}
                class={`seg ${style}`}
                title={`${grouped(ledger[name])} ${words}`}
                style={{ width: `${(ledger[name] / scale) * 100}%` }}
              />
            ))}
          </span>
          <span>{grouped(ledger.decoded)}</span>
        </dd>
      </dl>
      <ul class="classes">
        {present.map(([name, style, words]) => (
          <li key={name}>
            <i class={`seg ${style}`} aria-hidden="true" /> <b>{grouped(ledger[name])}</b> {words}
          </li>
        ))}
        <Guessed ledger={ledger} />
        {ledger.spared > 0 && <li>(never computed, since nothing came after: {grouped(ledger.spared)})</li>}
      </ul>
    </div>
  )
}

function Guessed({ ledger: { guessed, confirmed } }: { readonly ledger: Ledger }) {
  if (guessed === 0) return null
  const words = `computed before they were drawn; ${grouped(confirmed)} of these were`
  return (
    <li>
      ({grouped(guessed)} {words})
    </li>
  )
}

function Rolled({ attempts, tokens }: { readonly attempts: number; readonly tokens: number }) {
  if (attempts === 0 && tokens === 0) return <>Nothing was rolled back.</>
  if (attempts === 0) return <>{counted(tokens, 'token')} went to texts that were not kept.</>
  return (
    <span class="bad">
      ↺ {counted(attempts, 'attempt')} rolled back{tokens > 0 && ` (${counted(tokens, 'token')})`}.
    </span>
  )
}

const isRolledBack = ({ givenUp }: FillAt): boolean => givenUp !== null && givenUp.reason !== ''

/** What is known of a run that has no ledger: it goes on, or did not come to its end. */
function SoFar({ run, rolled }: { readonly run: RunAt; readonly rolled: readonly FillAt[] }) {
  const { outcome, fills, end } = run
  const filling = holesBeingFilled(run)
  const drawn = fills.filter((one) => !isRolledBack(one)).reduce((sum, { fill }) => sum + drawnIn(fill), 0)
  return (
    <>
      <p class="lead">
        {outcome === 'running' ? (
          <b>This run goes on at this moment.</b>
        ) : (
          <b class="bad">This run {outcome === 'aborted' ? 'was aborted' : 'failed'}.</b>
        )}{' '}
        <bdi>{end?.error?.message}</bdi>
        {outcome === 'running' && filling.length > 0 && (
          <>
            It fills <b>{named(filling)}</b>.
          </>
        )}
      </p>
      <p class="far">
        {counted(drawn, 'token')} drawn in {counted(fills.length - rolled.length, 'value')}.{' '}
        <Rolled
          attempts={rolled.length}
          tokens={rolled.reduce((sum, { fill }) => sum + fill.tokens.length, 0)}
        />
        {outcome === 'running' && ' What all of it cost is told when it ends.'}
        {outcome !== 'running' && filling.length > 0 && (
          <> It was filling {named(filling)}: of a value that is not finished no tokens are told.</>
        )}
      </p>
    </>
  )
}

const drawnIn = ({ kinds }: FillAt['fill']): number => [...kinds].filter((kind) => kind === 'd').length

/** The first few of them. */
function named(holes: readonly string[]): string {
  const some = holes.slice(0, 4).join(', ')
  return holes.length > 4 ? `${some} and ${holes.length - 4} more` : some
}

/** A bar so small that it goes beside a run's name. */
export function SmallBar({ ledger }: { readonly ledger: Ledger | null }) {
  if (ledger === null) return null
  const all = Math.max(1, ledger.decoded + ledger.reused + ledger.restored)
  const part = (tokens: number) => ({ width: `${(tokens / all) * 100}%` })
  return (
    <span
      class="bar small"
      title={`${grouped(ledger.decoded)} computed, ${grouped(ledger.reused + ledger.restored)} reused`}
    >
      <i class="seg prefilled" style={part(ledger.prefilled + ledger.healed + ledger.redecoded)} />
      <i class="seg drawn" style={part(ledger.sampled + ledger.forced)} />
      <i class="seg rolled" style={part(ledger.rolledBack)} />
      <i class="seg cached" style={part(ledger.reused + ledger.restored)} />
    </span>
  )
}
