// The card beside the token that is pointed at or focused. Decides where it stands so that it covers neither the token
// nor the page's edge.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { factsOf, type Other, percent, visible } from './facts.js'
import type { Scene } from './scene.js'
import type { Spot } from './text.js'

export function Card({ spot, scene }: { readonly spot: Spot | null; readonly scene: Scene }) {
  const card = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (spot === null || card.current === null) return
    const token = spot.element.getBoundingClientRect()
    const own = card.current.getBoundingClientRect()
    const isBelow = token.bottom + own.height + 12 < window.innerHeight
    const top = isBelow ? token.bottom + 8 : Math.max(8, token.top - own.height - 8)
    const left = Math.max(8, Math.min(token.left, window.innerWidth - own.width - 8))
    card.current.style.transform = `translate(${left}px, ${top}px)`
  })
  return (
    <div id="card" class="card" role="tooltip" ref={card} hidden={spot === null || scene.run === null}>
      {spot !== null && scene.run !== null && <CardText spot={spot} scene={scene} />}
    </div>
  )
}

function CardText({ spot, scene }: { readonly spot: Spot; readonly scene: Scene }) {
  const { cell, attempt } = spot
  const { run, state } = scene
  if (run === null) return null
  const facts = factsOf(cell, run)
  const own = cell.token === null ? cell.text : (state.textOf(cell.token) ?? cell.text)
  return (
    <>
      <p class="token">
        <code>{visible(own.slice(0, 80))}</code>
        {cell.token !== null && cell.token >= 0 && <small>token {cell.token}</small>}
      </p>
      <p class="how">{facts.how}</p>
      {attempt !== null && <p class="how bad">in attempt {attempt}, which was rolled back</p>}
      {facts.hole !== null && (
        <p class="how">
          hole <b>{facts.hole}</b>
          {facts.takes !== null && <> · takes {facts.takes}</>}
          {facts.attempt !== null && facts.attempt > 0 && <> · attempt {facts.attempt + 1}</>}
        </p>
      )}
      {facts.probability !== null && (
        <p class="numbers">
          <b>{percent(facts.probability)}</b> probable
          {facts.allowed !== null && facts.allowed < 0.9995 && (
            <> · all that was allowed: {percent(facts.allowed)}</>
          )}
          {facts.entropy !== null && (
            <>
              {' '}
              · entropy {facts.entropy.bits.toFixed(2)} bits
              {facts.entropy.share < 0.995 && ` in the ${percent(facts.entropy.share)} told below`}
            </>
          )}
        </p>
      )}
      {facts.others.length > 0 && <Others others={facts.others} state={state} />}
      {facts.others.some((one) => one.state === 'not allowed') && (
        <p class="how">
          ✗ {facts.takes === null ? 'The constraint' : `The hole takes ${facts.takes}, which`} did not let it
          come, or it was banned or rejected before.
        </p>
      )}
    </>
  )
}

interface OthersProps {
  readonly others: readonly Other[]
  readonly state: Scene['state']
}

function Others({ others, state }: OthersProps) {
  return (
    <table>
      <caption>The most probable tokens here</caption>
      <tbody>
        {others.map(({ token, probability, state: how }) => (
          <tr key={token} class={how.replace(' ', '-')}>
            <th scope="row">
              <code>{visible(state.textOf(token) ?? `token ${token}`)}</code>
            </th>
            <td class="bar">
              <i style={{ width: `${Math.max(1, probability * 100)}%` }} />
            </td>
            <td>{percent(probability)}</td>
            <td class="why">
              {how === 'chosen' ? '✓ chosen' : how === 'not allowed' ? '✗ not allowed' : ''}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
