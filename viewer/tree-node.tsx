// A node of the tree's picture, and what is said of one. Decides the words for what a node is.

import { Component } from 'preact'
import { counted, grouped } from '../lib/base/counted.js'
import { visible } from './facts.js'
import type { Scene } from './scene.js'
import { type Box, boxHeight, type TreePicture } from './tree-layout.js'

export function TreeKey({
  freed,
  toggle,
}: {
  readonly freed: 'shown' | 'hidden'
  readonly toggle: () => void
}) {
  return (
    <span class="key">
      <span class="box-key live">in cells</span>
      <span class="box-key held">held</span>
      <span class="box-key parked">parked</span>
      <label class="box-key freed">
        <input type="checkbox" checked={freed === 'shown'} onChange={toggle} /> freed
      </label>
      <span class="box-key used">this text</span>
    </span>
  )
}

export interface NodeProps {
  readonly box: Box
  readonly scene: Scene
  readonly mark: string
  readonly tab: number
}

/** While the picture is moved, its nodes stay what they are. */
export class TreeNode extends Component<NodeProps> {
  override shouldComponentUpdate(next: NodeProps): boolean {
    const { box, mark, tab, scene } = this.props
    return box !== next.box || mark !== next.mark || tab !== next.tab || scene.moment !== next.scene.moment
  }

  override render() {
    return <NodePicture {...this.props} />
  }
}

function NodePicture({ box, scene, mark, tab }: NodeProps) {
  const { node, x, y, width, depth } = box
  const number = grouped(node.length)
  const inside = Math.floor((width - 18 - number.length * 7) / 7)
  const behind = box.room > width ? Math.floor((box.room - width - 8) / 7) : 0
  const whole = textOfNode(scene, box, Math.max(inside, behind) + 8)
  const isBehind = whole.length > inside && behind > 0
  const room = isBehind ? behind : inside
  const text = room < 2 && whole.length > room ? '' : whole
  return (
    <g
      role="treeitem"
      aria-level={depth}
      aria-selected={mark.includes('chosen')}
      aria-label={labelOf(box, scene)}
      class={`node ${node.state}${node.held ? ' held' : ''}${mark}`}
      transform={`translate(${x},${y})`}
      data-node={node.id}
      // In a picture names of attributes are not corrected.
      tabindex={tab}
    >
      <rect width={width} height={boxHeight} rx="4" />
      <text x="6" y="15">
        <tspan class="count">{number}</tspan>
        {text !== '' && (
          <tspan {...(isBehind ? { x: width + 5 } : { dx: 6 })}>
            {text.length > room ? `${text.slice(0, room - 1)}…` : text}
          </tspan>
        )}
      </text>
    </g>
  )
}

function textOfNode({ state }: Scene, { node }: Box, characters: number): string {
  let text = ''
  for (const token of node.tokens()) {
    text += state.textOf(token) ?? '…'
    if (text.length >= characters) break
  }
  const seen = visible(text.slice(0, characters))
  return /^␣*$/.test(seen) ? seen : seen.replaceAll('␣', ' ').trimStart()
}

const stateNames = {
  live: 'in cells',
  parked: 'parked in host memory',
  freed: 'freed: its room was given to others',
}

const stateOf = ({ node }: Box) => `${stateNames[node.state]}${node.held ? ', held' : ''}`

const labelOf = (box: Box, scene: Scene) =>
  `${counted(box.node.length, 'token')}, ${stateOf(box)}: ${textOfNode(scene, box, 60)}`

export interface AboutProps {
  readonly scene: Scene
  readonly picture: TreePicture
  /** The node that is pointed at or chosen; none: the tree as a whole. */
  readonly box: Box | undefined
  readonly isUsed: boolean
  /** Nodes that are outside of what is seen of the picture. */
  readonly hidden: number
}

export function About({ scene, picture, box, isUsed, hidden }: AboutProps) {
  return (
    <p class="about" aria-live="polite">
      {box === undefined ? (
        `${sizesOf(scene, picture)}${hidden > 0 ? ` ${counted(hidden, 'node is', 'nodes are')} out of sight.` : ''}`
      ) : (
        <>
          <b>{counted(box.node.length, 'token')}</b>, {stateOf(box)}, from position {grouped(box.node.from)}{' '}
          on
          {isUsed && ', used by this text'}: <code>{textOfNode(scene, box, 280)}</code>
        </>
      )}
    </p>
  )
}

function sizesOf({ tree }: Scene, { boxes }: TreePicture): string {
  const sum = { live: 0, parked: 0, freed: 0 }
  for (const { state, length } of tree.nodes.values()) sum[state] += length
  if (boxes.length === 0) return ''
  const sizes = `${counted(sum.live, 'token')} in cells, ${grouped(sum.parked)} parked, ${grouped(sum.freed)} freed`
  return `${counted(boxes.length, 'node')}: ${sizes}. Each token is there once, however many texts begin with it.`
}
