// Chat templates are written for Python's Jinja; this interpreter gives what the engine under it lacks of that. Decides
// what undefined values, strings, dictionaries and None do; everything else is the engine's. Never limits anything:
// what runs it does.
import { Interpreter, type Template } from '@huggingface/jinja'
import { listMethods, methods, outermost } from './template-methods.js'
import { stripped } from './template-strings.js'
import {
  Callable,
  Dictionary,
  List,
  nothing,
  PlainVariables,
  runtime,
  spelled,
  Text,
  type Value,
  type Variables,
} from './template-values.js'

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
interface Interpreting {
  run(program: Parsed): Value
  evaluate(node: Node | undefined, scope: Variables): Value
}
const PlainInterpreter = Interpreter as unknown as new (scope: Variables) => Interpreting

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
      const name = String(node.property?.value)
      const method = object.type === 'StringValue' ? methods[name] : undefined
      if (method !== undefined) return new Callable((args) => method(object.value as string, args))
      const listMethod = object.type === 'ArrayValue' ? listMethods[name] : undefined
      if (listMethod === undefined) return super.evaluate(known, scope)
      return new Callable((args) => listMethod(object.value as Value[], args))
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

  /** Undefined is a list of nothing, a string one of characters, and tuples in a list can be taken apart. */
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
    if ((name === 'min' || name === 'max') && Array.isArray(operand.value))
      return outermost(name, operand.value)
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
  const items = value.type === 'ArrayValue' ? (value.value as readonly Value[]) : []
  if (items.some(({ type }) => type === 'TupleValue')) return new List(items.map(untupled))
  if (value.type !== 'StringValue') return value
  return new List(Array.from(value.value as string, (character) => new Text(character)))
}

function untupled(item: Value): Value {
  return item.type === 'TupleValue' ? new List(item.value as readonly Value[]) : item
}
