// A value a run captured, in a line for people. Decides how much of it is shown: the cost is bounded by the line, not
// by the value, and nothing of the caller's code runs but the traps of a proxy. Never throws.
import { quotedShort } from './harmless.js'

const depthMax = 4

/** Some `charactersMax` characters; what has no room is `...`. */
export function valueText(value: unknown, charactersMax: number): string {
  try {
    return written(value, charactersMax, 0)
  } catch {
    return '[object]'
  }
}

function written(value: unknown, left: number, depth: number): string {
  if (typeof value === 'string') return quotedShort(value, Math.max(left, 8))
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return '[function]'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return listText(value, left, depth)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name}(${value.size})`
  return objectText(value, left, depth)
}

function listText(list: readonly unknown[], left: number, depth: number): string {
  if (list.length === 0) return '[]'
  if (depth >= depthMax) return '[...]'
  return enclosed('[', ']', left, list.length, (index, room) => written(list[index], room, depth + 1))
}

function objectText(value: object, left: number, depth: number): string {
  const names = Object.keys(value)
  if (names.length === 0) return '{}'
  if (depth >= depthMax) return '{ ... }'
  return enclosed('{ ', ' }', left, names.length, (index, room) => {
    const name = names[index]!
    const shownName = /^[\w$]{1,40}$/.test(name) ? name : quotedShort(name, 40)
    const property = Object.getOwnPropertyDescriptor(value, name)
    if (property === undefined || !('value' in property)) return `${shownName}: [getter]`
    return `${shownName}: ${written(property.value, room - shownName.length, depth + 1)}`
  })
}

function enclosed(
  open: string,
  close: string,
  left: number,
  count: number,
  item: (index: number, room: number) => string,
): string {
  let text = open
  for (let index = 0; index < count; index += 1) {
    const before = index === 0 ? '' : ', '
    const room = left - text.length
    const next = room < 8 ? '' : item(index, room)
    if (next === '' || (index > 0 && next.length > room))
      return `${text}${before}... ${count - index} more${close}`
    text += before + next
  }
  return text + close
}
