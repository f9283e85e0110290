// Where the tokens of a run came from, as a bar beside what the same run would have computed without a cache. Decides
// the words a newcomer reads first.
import type { Ledger } from '../lib/engine/ledger.js'
import { count, percent, plural } from './facts.js'
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
  if (run === null) return <p class="lead">Nothing has begun at this moment.</p>
  const ledger = run.end?.ledger ?? null
  const rolled = run.fills.filter(({ givenUp }) => givenUp !== null && givenUp.reason !== '').length
  if (ledger === null) return <p class="lead">{leadOf(run.outcome, run.end?.error?.message ?? null)}</p>
  const all = classes.reduce((sum, [name]) => sum + ledger[name], 0)
  const scale = Math.max(1, ledger.uncached, all)
  const found = ledger.reused + ledger.restored
  return (
    <div class="ledger">
      <p class="lead">
        <b>{plural(ledger.decoded, 'token')} computed</b> instead of {count(ledger.uncached)} without a cache
        {ledger.uncached > 0 && <> ({percent(1 - Math.min(1, ledger.decoded / ledger.uncached))} saved)</>}
        {found > 0 && <>, {plural(found, 'token')} reused</>}.{' '}
        <Rolled attempts={rolled} tokens={ledger.rolledBack} />
      </p>
      <dl class="bars">
        <dt>without a cache</dt>
        <dd>
          <span class="bar">
            <i class="seg uncached" style={{ width: `${(ledger.uncached / scale) * 100}%` }} />
          </span>
          <span>{count(ledger.uncached)}</span>
        </dd>
        <dt>this run</dt>
        <dd>
          <span class="bar">
            {classes.map(([name, style, words]) =>
              ledger[name] === 0 ? null : (
                <i
                  key={name}
                  class={`seg ${style}`}
                  title={`${count(ledger[name])} ${words}`}
                  style={{ width: `${(ledger[name] / scale) * 100}%` }}
                />
              ),
            )}
          </span>
          <span>{count(ledger.decoded)}</span>
        </dd>
      </dl>
      <ul class="classes">
        {classes.map(([name, style, words]) =>
          ledger[name] === 0 ? null : (
            <li key={name}>
              <i class={`seg ${style}`} aria-hidden="true" /> <b>{count(ledger[name])}</b> {words}
            </li>
          ),
        )}
        {ledger.spared > 0 && (
          <li>({count(ledger.spared)} of them were never computed: nothing came after them)</li>
        )}
      </ul>
    </div>
  )
}

function Rolled({ attempts, tokens }: { readonly attempts: number; readonly tokens: number }) {
  if (attempts === 0 && tokens === 0) return <>Nothing was rolled back.</>
  if (attempts === 0) return <>{plural(tokens, 'token')} went to texts that were not kept.</>
  return (
    <span class="bad">
      ↺ {plural(attempts, 'attempt')} rolled back{tokens > 0 && ` (${plural(tokens, 'token')})`}.
    </span>
  )
}

function leadOf(outcome: string, error: string | null): string {
  if (outcome === 'running')
    return 'This run is going on at this moment; what its tokens cost is told when it ends.'
  return `This run ${outcome === 'aborted' ? 'was aborted' : 'failed'}${error === null ? '.' : `: ${error}`}`
}

/** A bar so small that it goes beside a run's name. */
export function SmallBar({ ledger }: { readonly ledger: Ledger | null }) {
  if (ledger === null) return null
  const all = Math.max(1, ledger.decoded + ledger.reused + ledger.restored)
  const part = (tokens: number) => ({ width: `${(tokens / all) * 100}%` })
  return (
    <span
      class="bar small"
      title={`${count(ledger.decoded)} computed, ${count(ledger.reused + ledger.restored)} reused`}
    >
      <i class="seg prefilled" style={part(ledger.prefilled + ledger.healed + ledger.redecoded)} />
      <i class="seg drawn" style={part(ledger.sampled + ledger.forced)} />
      <i class="seg rolled" style={part(ledger.rolledBack)} />
      <i class="seg cached" style={part(ledger.reused + ledger.restored)} />
    </span>
  )
}
