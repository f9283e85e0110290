// The values of the template engine, and those of Python that it lacks: what str() makes of one, and a dictionary with
// numbers for keys. Decides how they are made and spelled; what a template does with them, its interpreter decides.
import { Environment } from '@huggingface/jinja'
import { isArray } from '../base/seen.js'

export interface Value {
  readonly type: string
  readonly value: unknown
  toString(): string
}
export interface Variables {
  readonly variables: Map<string, Value>
  readonly tests: ReadonlyMap<string, (operand: Value) => boolean>
  readonly parent?: Variables
  set(name: string, value: unknown): Value
}
type Call = (args: readonly Value[], scope: Variables) => Value

export const PlainVariables = Environment as unknown as new (parent?: Variables) => Variables

const engineValue = (value: unknown): Value => new PlainVariables().set('value', value)
type Class<V> = new (value: V) => Value
/**
 * The engine's class of a value with another constructor. Its own defines every member, some of them twice, which takes
 * longer than all that is done with most values.
 */
function classOf<V>(example: V): Class<V> {
  const { type, constructor: made } = engineValue(example)
  function Lean(this: { type: string; value: V }, value: V): void {
    this.type = type
    this.value = value
  }
  Lean.prototype = made.prototype
  return Lean as unknown as Class<V>
}
export const List = classOf<readonly Value[]>([])
export const Text = classOf<string>('')
export const Whole = classOf<number>(0)
const Fraction = classOf<number>(0.5)
export const Callable = classOf(() => null) as unknown as Class<Call>
export interface Mapping extends Value {
  readonly value: Map<string, Value>
  readonly builtins: Map<string, Value>
}
/** A dictionary without the engine's constructor. */
export const Members = classOf<object>({}) as unknown as new (value: Map<string, Value>) => Mapping
const PlainDictionary = engineValue({}).constructor as new (value: Map<string, Value>) => Mapping
export const nothing = engineValue(undefined)
export const none = engineValue(null)
const [yes, no] = [engineValue(true), engineValue(false)]

/** The engine's value for one of JavaScript's. */
export function runtime(value: unknown): Value {
  switch (typeof value) {
    case 'string':
      return new Text(value)
    case 'number':
      return Number.isInteger(value) ? new Whole(value) : new Fraction(value)
    case 'boolean':
      return value ? yes : no
    case 'undefined':
      return nothing
    case 'object': {
      if (value === null) return none
      if (isArray(value)) return new List(value.map(runtime))
      const members = new Map<string, Value>()
      for (const [name, member] of Object.entries(value)) members.set(name, runtime(member))
      return new Members(members)
    }
    default:
      return engineValue(value)
  }
}

/** As Python's bool() has it. */
export function isTrue({ type, value }: Value): boolean {
  switch (type) {
    case 'ArrayValue':
    case 'TupleValue':
      return (value as readonly Value[]).length > 0
    case 'ObjectValue':
    case 'KeywordArgumentsValue':
      return (value as ReadonlyMap<string, Value>).size > 0
    default:
      return Boolean(value)
  }
}

/** As str() has it; a list or dictionary as the engine does. */
export function spelled(value: Value): string {
  switch (value.type) {
    case 'UndefinedValue':
      return ''
    case 'NullValue':
      return 'None'
    case 'BooleanValue':
      return value.value === true ? 'True' : 'False'
    default:
      return value.toString()
  }
}

/** A dictionary some of whose keys are numbers: these are kept as they are written, and remembered as numbers. */
export class Dictionary extends PlainDictionary {
  readonly #keys = new Map<string, Value>()

  constructor(entries: readonly (readonly [Value, Value])[]) {
    super(new Map(entries.map(([key, value]) => [String(key.value), value])))
    for (const [key] of entries) {
      if (key.type !== 'StringValue' && key.type !== 'IntegerValue') {
        throw new Error(`a dictionary has keys that are strings or whole numbers, not ${key.type}`)
      }
      this.#keys.set(String(key.value), key)
    }
  }

  at(key: Value): Value | undefined {
    const name = String(key.value)
    return this.#keys.get(name)?.type === key.type ? this.value.get(name) : undefined
  }

  items(): Value {
    return new List(this.#pairs().map((pair) => new List(pair)))
  }

  keys(): Value {
    return new List([...this.#keys.values()])
  }

  override get builtins(): Map<string, Value> {
    const get: Call = ([key, otherwise]) =>
      (key === undefined ? undefined : this.at(key)) ?? otherwise ?? none
    const own = { get, items: () => this.items(), keys: () => this.keys(), dictsort: () => this.#sorted() }
    const all = new Map(super.builtins)
    for (const [name, call] of Object.entries(own)) all.set(name, new Callable(call))
    return all
  }

  #pairs(): [Value, Value][] {
    return Array.from(this.#keys, ([name, key]) => [key, this.value.get(name)!])
  }

  #sorted(): Value {
    const order = (key: Value): number | string =>
      key.type === 'IntegerValue' ? (key.value as number) : String(key.value)
    const pairs = this.#pairs().sort(([a], [b]) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0))
    return new List(pairs.map((pair) => new List(pair)))
  }
}
