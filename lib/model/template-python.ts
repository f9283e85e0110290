// Chat templates are written for Python's Jinja; this interpreter gives what the engine under it lacks of that. Decides
// what undefined values, strings, dictionaries and None do; everything else is the engine's. Never limits anything:
// what runs it does.
import { Environment, Interpreter, type Template } from '@huggingface/jinja'
import { formatted, stripped } from './template-strings.js'

export type Parsed = Template['parsed']

// The package's own declarations can't be resolved.
export interface Node {
  readonly type: string
  /** Of a loop: what it goes over; `lhs` where that is filtered. */
  readonly iterable?: Node & { readonly lhs?: Node }
  readonly object?: Node
  readonly property?: Node & { readonly value?: unknown }
  readonly computed?: boolean
  readonly operand?: Node
  readonly filter?: Node & { readonly value?: unknown; readonly callee?: { readonly value?: unknown } }
  readonly operator?: { readonly value: string }
  readonly left?: Node
  readonly right?: Node
  readonly value?: unknown
  /** Of a loop, or of a turn of one. */
  readonly body?: readonly Node[]
  /** Of a turn: whether the loop was left. */
  readonly loop?: { isOver: boolean }
  /** A value that was evaluated before. */
  readonly given?: Value
}
export interface Value {
  readonly type: string
  readonly value: unknown
  toString(): string
}
export interface Variables {
  set(name: string, value: unknown): Value
}
type Call = (args: readonly Value[], scope: Variables) => Value

interface Interpreting {
  run(program: Parsed): Value
  evaluate(node: Node | undefined, scope: Variables): Value
}
const PlainInterpreter = Interpreter as unknown as new (scope: Variables) => Interpreting
export const PlainVariables = Environment as unknown as new () => Variables

/** The engine's value for one of JavaScript's. */
const runtime = (value: unknown): Value => new PlainVariables().set('value', value)
type Class<V> = new (value: V) => Value
const classOf = <V>(value: V): Class<V> => runtime(value).constructor as Class<V>
const List = classOf<readonly Value[]>([])
const Text = classOf<string>('')
const Callable = runtime(() => null).constructor as Class<Call>
interface Mapping extends Value {
  readonly value: Map<string, Value>
  readonly builtins: Map<string, Value>
}
const PlainDictionary = runtime({}).constructor as new (value: Map<string, Value>) => Mapping
const nothing = runtime(undefined)

type Leaving = Error & { written?: string }
/** What the engine throws to leave a loop or a turn of it. */
const leavingBy = (type: string): (new () => Leaving) => {
  try {
    new PlainInterpreter(new PlainVariables()).evaluate({ type }, new PlainVariables())
  } catch (error) {
    return (error as Error).constructor as new () => Leaving
  }
  throw new TypeError(`the template engine does not know ${type}`)
}
const Break = leavingBy('Break')
const Continue = leavingBy('Continue')
const isLeaving = (error: unknown): error is Leaving => error instanceof Break || error instanceof Continue

const given = (value: Value): Node => ({ type: 'Given', given: value })

export class PythonInterpreter extends PlainInterpreter {
  override evaluate(node: Node | undefined, scope: Variables): Value {
    switch (node?.type) {
      case 'Given':
        return node.given!
      case 'ObjectLiteral':
        return this.#dictionary(node, scope)
      case 'MemberExpression':
        return this.#member(node, scope)
      case 'For':
        return this.#loop(node, scope)
      case 'LoopBody':
        return this.#turn(node, scope)
      case 'FilterExpression':
        return this.#filter(node, scope)
      case 'BinaryExpression':
        return this.#binary(node, scope)
      default:
        return super.evaluate(node, scope)
    }
  }

  #dictionary(node: Node, scope: Variables): Value {
    const pairs = [...(node.value as Map<Node, Node>)]
    if (pairs.every(([key]) => key.type === 'StringLiteral')) return super.evaluate(node, scope)
    const entries = pairs.map(
      ([key, value]) => [this.evaluate(key, scope), this.evaluate(value, scope)] as const,
    )
    return new Dictionary(entries)
  }

  #member(node: Node, scope: Variables): Value {
    const object = this.evaluate(node.object, scope)
    const known = { ...node, object: given(object) }
    if (node.computed !== true) {
      const method = object.type === 'StringValue' ? methods[String(node.property?.value)] : undefined
      if (method === undefined) return super.evaluate(known, scope)
      return new Callable((args) => method(object.value as string, args))
    }
    if (node.property?.type === 'SliceExpression') return super.evaluate(known, scope)
    const key = this.evaluate(node.property, scope)
    if (object instanceof Dictionary) return object.at(key) ?? nothing
    if (object.type === 'ObjectValue' && key.type === 'IntegerValue') return nothing
    return super.evaluate({ ...known, property: given(key) }, scope)
  }

  /** The engine's own, but for what a block has written before it is left; that is noted. */
  evaluateBlock(statements: readonly Node[], scope: Variables): Value {
    let text = ''
    for (const statement of statements) {
      try {
        const value = this.evaluate(statement, scope)
        if (value.type !== 'NullValue' && value.type !== 'UndefinedValue') text += value.toString()
      } catch (error) {
        if (isLeaving(error)) error.written = text + (error.written ?? '')
        throw error
      }
    }
    return new Text(text)
  }

  /** What a turn of a loop has written stays, whether it ends with a break, a continue or at its end. */
  #turn(node: Node, scope: Variables): Value {
    const loop = node.loop!
    if (loop.isOver) return new Text('')
    try {
      return this.evaluateBlock(node.body!, scope)
    } catch (error) {
      if (!isLeaving(error)) throw error
      loop.isOver = error instanceof Break
      return new Text(error.written ?? '')
    }
  }

  /** Undefined is a list of nothing, and a string one of characters. */
  #loop(node: Node, scope: Variables): Value {
    const over = node.iterable!
    const isFiltered = over.type === 'SelectExpression'
    const list = given(asList(this.evaluate(isFiltered ? over.lhs : over, scope)))
    const body = [{ type: 'LoopBody', body: node.body!, loop: { isOver: false } }]
    return super.evaluate({ ...node, body, iterable: isFiltered ? { ...over, lhs: list } : list }, scope)
  }

  #filter(node: Node, scope: Variables): Value {
    const name = String(node.filter?.callee?.value ?? node.filter?.value)
    const operand = this.evaluate(node.operand, scope)
    if (name === 'trim' && node.filter?.type === 'Identifier')
      return new Text(stripped(spelled(operand), null, 'both'))
    if (name === 'string' && node.filter?.type === 'Identifier') return new Text(spelled(operand))
    const isUndefined = operand.type === 'UndefinedValue' && !undefinedFilters.has(name)
    const isNothing = operand.type === 'NullValue' && pickingFilters.has(name)
    const isList = isNothing || listFilters.has(name)
    const known = isUndefined || isNothing ? (isList ? new List([]) : new Text('')) : operand
    if ((name === 'first' || name === 'last') && (known.value as { length?: number })?.length === 0)
      return nothing
    return super.evaluate({ ...node, operand: given(known) }, scope)
  }

  #binary(node: Node, scope: Variables): Value {
    const operator = node.operator?.value
    if (operator === '~') {
      const left = spelled(this.evaluate(node.left, scope))
      return new Text(left + spelled(this.evaluate(node.right, scope)))
    }
    if (operator !== 'in' && operator !== 'not in') return super.evaluate(node, scope)
    const left = this.evaluate(node.left, scope)
    const right = this.evaluate(node.right, scope)
    if (right instanceof Dictionary) return runtime((right.at(left) !== undefined) === (operator === 'in'))
    return super.evaluate({ ...node, left: given(left), right: given(right) }, scope)
  }
}

/** Filters that take what is undefined as it is. */
const undefinedFilters = new Set(['default', 'd', 'tojson', 'safe'])
/** Filters to which None is a list of nothing, too. */
const pickingFilters = new Set(['map', 'select', 'reject', 'selectattr', 'rejectattr'])
/** Filters to which it is a list of nothing. */
const listFilters = new Set([...pickingFilters, 'length', 'list', 'first', 'last', 'join'])
for (const name of ['reverse', 'sort', 'unique']) listFilters.add(name)

function asList(value: Value): Value {
  if (value.type === 'UndefinedValue') return new List([])
  if (value.type !== 'StringValue') return value
  return new List(Array.from(value.value as string, (character) => new Text(character)))
}

/** As str() has it; a list or dictionary as the engine does. */
function spelled(value: Value): string {
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
class Dictionary extends PlainDictionary {
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

type Method = (text: string, args: readonly Value[]) => Value

const methods: Readonly<Record<string, Method | undefined>> = Object.assign(Object.create(null), {
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
