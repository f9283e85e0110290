// The values of the template engine, and those of Python that it lacks: what str() makes of one, and a dictionary with
// numbers for keys. Decides how they are made and spelled; what a template does with them, its interpreter decides.
import { Environment } from '@huggingface/jinja'

export interface Value {
  readonly type: string
  readonly value: unknown
  toString(): string
}
export interface Variables {
  set(name: string, value: unknown): Value
}
type Call = (args: readonly Value[], scope: Variables) => Value

export const PlainVariables = Environment as unknown as new () => Variables

/** The engine's value for one of JavaScript's. */
export const runtime = (value: unknown): Value => new PlainVariables().set('value', value)
type Class<V> = new (value: V) => Value
const classOf = <V>(value: V): Class<V> => runtime(value).constructor as Class<V>
export const List = classOf<readonly Value[]>([])
export const Text = classOf<string>('')
export const Callable = runtime(() => null).constructor as Class<Call>
export interface Mapping extends Value {
  readonly value: Map<string, Value>
  readonly builtins: Map<string, Value>
}
const PlainDictionary = runtime({}).constructor as new (value: Map<string, Value>) => Mapping
export const nothing = runtime(undefined)

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
      (key === undefined ? undefined : this.at(key)) ?? otherwise ?? runtime(null)
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
