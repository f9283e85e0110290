// Methods of Python's strings and lists for templates, as values of the template engine. Decides which there are and
// what arguments they take; what they do with plain strings is template-strings.ts.
import { formatted, stripped } from './template-strings.js'
import { type Mapping, nothing, spelled, Text, type Value } from './template-values.js'

/** Of a string, with the arguments a template gives. */
type Method = (text: string, args: readonly Value[]) => Value

export const methods: Readonly<Record<string, Method | undefined>> = Object.assign(Object.create(null), {
  strip: strip('both'),
  lstrip: strip('left'),
  rstrip: strip('right'),
  format: (text: string, args: readonly Value[]) => {
    const last = args.at(-1)
    const named = last?.type === 'KeywordArgumentsValue' ? (last as Mapping) : null
    const positional = (named === null ? args : args.slice(0, -1)).map(spelled)
    const names = [...(named?.value ?? [])].map(([name, value]) => [name, spelled(value)] as const)
    return new Text(formatted(text, { positional, named: new Map(names) }))
  },
  join: (text: string, [list]: readonly Value[]) => {
    if (!Array.isArray(list?.value)) throw new Error(`join() takes a list, not ${list?.type ?? 'nothing'}`)
    return new Text((list.value as readonly Value[]).map((item) => String(item.value)).join(text))
  },
  removeprefix: affix((text, part) => (text.startsWith(part) ? text.slice(part.length) : text)),
  removesuffix: affix((text, part) =>
    part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text,
  ),
} satisfies Record<string, Method>)

/** Of a list, which they change, as Python's do. */
export const listMethods: Readonly<
  Record<string, ((list: Value[], args: readonly Value[]) => Value) | undefined>
> = Object.assign(Object.create(null), {
  append: (list: Value[], [item]: readonly Value[]) => {
    list.push(item ?? nothing)
    return nothing
  },
  pop: (list: Value[], [at]: readonly Value[]) => {
    const index = typeof at?.value === 'number' ? at.value : list.length - 1
    const [item] = list.splice(index < 0 ? index + list.length : index, 1)
    if (item === undefined) throw new Error(`pop() takes an index of the list, not ${index}`)
    return item
  },
})

/** The least or the greatest of a list. */
export function outermost(which: 'min' | 'max', list: readonly Value[]): Value {
  const sign = which === 'min' ? 1 : -1
  const [first, ...others] = list
  if (first === undefined) return nothing
  return others.reduce((best, item) => (sign * compare(item, best) < 0 ? item : best), first)
}

function compare({ value: left }: Value, { value: right }: Value): number {
  const [one, other] = [left, right] as [number, number]
  return one < other ? -1 : one > other ? 1 : 0
}

function strip(side: 'both' | 'left' | 'right'): Method {
  return (text, [chars]) => {
    if (chars !== undefined && chars.type !== 'StringValue' && chars.type !== 'NullValue') {
      throw new Error(`strip() takes characters, not ${chars.type}`)
    }
    return new Text(stripped(text, (chars?.value ?? null) as string | null, side))
  }
}

function affix(cut: (text: string, part: string) => string): Method {
  return (text, [part]) => {
    if (part?.type !== 'StringValue')
      throw new Error(`a prefix or suffix is a string, not ${part?.type ?? 'nothing'}`)
    return new Text(cut(text, part.value as string))
  }
}
