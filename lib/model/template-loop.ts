// Loops of chat templates: what they go over, what a turn sees as `loop`, and the members which that and dictionaries
// have by name. Decides as the engine does, which makes more of it anew for every turn; never evaluates anything.
import { List, Members, nothing, runtime, Text, type Value, Whole } from './template-values.js'

const names = ['index', 'index0', 'revindex', 'revindex0', 'first', 'last', 'length', 'previtem', 'nextitem']

/** A dictionary of the engine's whose members are made when they are asked for. */
export class LoopTurn {
  readonly type = 'ObjectValue'
  readonly #items: readonly Value[]
  readonly #index: number
  #all: Map<string, Value> | null = null

  constructor(items: readonly Value[], index: number) {
    this.#items = items
    this.#index = index
  }

  get value(): Map<string, Value> {
    this.#all ??= new Map(names.map((name) => [name, this.member(name)!]))
    return this.#all
  }

  member(name: string): Value | undefined {
    const { length } = this.#items
    const index = this.#index
    switch (name) {
      case 'index':
        return new Whole(index + 1)
      case 'index0':
        return new Whole(index)
      case 'revindex':
        return new Whole(length - index)
      case 'revindex0':
        return new Whole(length - index - 1)
      case 'first':
        return runtime(index === 0)
      case 'last':
        return runtime(index === length - 1)
      case 'length':
        return new Whole(length)
      case 'previtem':
        return this.#items[index - 1] ?? nothing
      case 'nextitem':
        return this.#items[index + 1] ?? nothing
      default:
        return undefined
    }
  }
}
Object.setPrototypeOf(LoopTurn.prototype, Members.prototype)

/** What the engine makes of a dictionary's members where it has none of the name. */
const dictionaryMethods = new Set(new Members(new Map()).builtins.keys())

/** null: a method, or nothing with members by name. */
export function memberOf(object: Value, name: string): Value | null {
  if (object.type === 'NamespaceValue') return (object.value as Map<string, Value>).get(name) ?? nothing
  if (object.type !== 'ObjectValue') return null
  const member =
    object instanceof LoopTurn ? object.member(name) : (object.value as Map<string, Value>).get(name)
  return member ?? (dictionaryMethods.has(name) ? null : nothing)
}

/** Undefined is a list of nothing, a string one of characters, and tuples in a list can be taken apart. */
export function asList(value: Value): Value {
  switch (value.type) {
    case 'UndefinedValue':
      return new List([])
    case 'StringValue':
      return new List(Array.from(value.value as string, (character) => new Text(character)))
    case 'ArrayValue': {
      const items = value.value as readonly Value[]
      return items.some(({ type }) => type === 'TupleValue') ? new List(items.map(untupled)) : value
    }
    default:
      return value
  }
}

function untupled(item: Value): Value {
  return item.type === 'TupleValue' ? new List(item.value as readonly Value[]) : item
}
