// A model as a console prints it: two lines, or one where it lies within something else. Never throws, whatever state
// the model is in.
import path from 'node:path'
import type { InspectOptions } from '../base/seen.js'
import type { ModelInfo } from './model-info.js'

interface ToldModel {
  readonly info: ModelInfo
  readonly memory: string
  readonly state: 'open' | 'disposed'
}

export function modelShown(
  { info, memory, state }: ToldModel,
  depth: number | null,
  options: InspectOptions,
): string {
  if (depth !== null && depth < 0) return '[Model]'
  const stylize = options.stylize ?? ((text: string) => text)
  const head = `Model ${stylize(JSON.stringify(info.description), 'string')} (${state})`
  const isInside = depth !== null && typeof options.depth === 'number' && depth < options.depth
  if (isInside || options.compact === true) return head
  const context = Number.isFinite(info.contextTokens)
    ? `${info.contextTokens} tokens of context`
    : 'any number of tokens'
  const on =
    info.gpuLayers > 0 ? [`${info.gpuLayers} of ${info.layers} layers on ${info.devices.join(', ')}`] : []
  const adapters =
    info.adapters.length > 0 ? [`adapters ${info.adapters.map(({ name }) => name).join(', ')}`] : []
  const file = info.path === '' ? [] : [path.basename(info.path)]
  return `${head}\n  ${[...file, context, `${memory} memory`, ...on, ...adapters].join(', ')}`
}
