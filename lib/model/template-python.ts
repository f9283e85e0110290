// Chat templates are written for Python's Jinja; this interpreter gives what the engine under it lacks of that. Decides
// what undefined values, strings, dictionaries and None do; everything else is the engine's. Never limits anything:
// what runs it does.
import { Interpreter, type Template } from '@huggingface/jinja'
import { asList, LoopTurn, memberOf } from './template-loop.js'
import { listMethods, methods, outermost } from './template-methods.js'
import { operated } from './template-operators.js'
import { innerScope, lookedUp } from './template-scope.js'
import { stripped } from './template-strings.js'
import {
  Callable,
  Dictionary,
  isTrue,
  List,
  none,
  nothing,
  PlainVariables,
  runtime,
  spelled,
  Text,
  type Value,
  type Variables,
  Whole,
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
  /** Of a condition, what is asked; of a test, its name. */
  readonly test?: Node
  readonly negate?: boolean
  readonly alternate?: readonly Node[]
  readonly condition?: Node
  readonly trueExpr?: Node
  readonly falseExpr?: Node
  readonly argument?: Node
  readonly assignee?: Node
  readonly loopvar?: Node
  /** What a loop over nothing writes. */
  readonly defaultBlock?: readonly Node[]
  /** Of a loop, a turn of one, or a condition. */
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

/** What templates do for every message is done here, as the engine would: its values take long to make. */
export class PythonInterpreter extends PlainInterpreter {
  override evaluate(node: Node | undefined, scope: Variables): Value {
    switch (node?.type) {
      case 'StringLiteral':
        return new Text(node.value as string)
      case 'IntegerLiteral':
        return new Whole(node.value as number)
      case 'Identifier':
        return lookedUp(node.value as string, scope)
      case 'MemberExpression':
        return this.#member(node, scope)
      case 'BinaryExpression':
        return this.#binary(node, scope)
      case 'If':
        return this.evaluateBlock(this.#isTrue(node.test, scope) ? node.body! : node.alternate!, scope)
      case 'Ternary':
        return this.evaluate(this.#isTrue(node.condition, scope) ? node.trueExpr : node.falseExpr, scope)
      case 'Set':
        return this.#set(node, scope)
      case 'TestExpression':
        return this.#tested(node, scope)
      case 'UnaryExpression':
        if (node.operator?.value === 'not') return runtime(!this.#isTrue(node.argument, scope))
        return super.evaluate(node, scope)
      case 'For':
        return this.#loop(node, scope)
      case 'LoopBody':
        return this.#turn(node, scope)
      case 'FilterExpression':
        return this.#filter(node, scope)
      case 'Comment':
        return none
      case 'Given':
        return node.given!
      case 'ObjectLiteral':
        return this.#dictionary(node, scope)
      default:
        return super.evaluate(node, scope)
    }
  }

  #isTrue(node: Node | undefined, scope: Variables): boolean {
    return isTrue(this.evaluate(node, scope))
  }

  #set(node: Node, scope: Variables): Value {
    const { assignee, value } = node
    if (!value || assignee === undefined) return super.evaluate(node, scope)
    const set = this.evaluate(value as Node, scope)
    if (assignee.type === 'Identifier') scope.variables.set(assignee.value as string, set)
    else if (!this.#setMember(assignee, set, scope))
      return super.evaluate({ ...node, value: given(set) }, scope)
    return none
  }

  /** Of a namespace, by its name; else false, and nothing is set. */
  #setMember({ type, object, property }: Node, value: Value, scope: Variables): boolean {
    if (type !== 'MemberExpression' || object?.type !== 'Identifier' || property?.type !== 'Identifier')
      return false
    const owner = this.evaluate(object, scope)
    if (owner.type !== 'NamespaceValue') return false
    const members = owner.value as Map<string, Value>
    members.set(property.value as string, value)
    return true
  }

  #tested(node: Node, scope: Variables): Value {
    const operand = this.evaluate(node.operand, scope)
    const test = scope.tests.get(node.test?.value as string)
    if (test === undefined) return super.evaluate({ ...node, operand: given(operand) }, scope)
    return runtime(test(operand) !== node.negate)
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
    if (node.computed === true) return this.#computed(node, object, scope)
    if (node.property?.type === 'Identifier') {
      const name = node.property.value as string
      const method = object.type === 'StringValue' ? methods[name] : undefined
      if (method !== undefined) return new Callable((args) => method(object.value as string, args))
      const listMethod = object.type === 'ArrayValue' ? listMethods[name] : undefined
      if (listMethod !== undefined) return new Callable((args) => listMethod(object.value as Value[], args))
      const member = memberOf(object, name)
      if (member !== null) return member
    }
    return super.evaluate({ ...node, object: given(object) }, scope)
  }

  #computed(node: Node, object: Value, scope: Variables): Value {
    const known = { ...node, object: given(object) }
    if (node.property?.type === 'SliceExpression') return super.evaluate(known, scope)
    const key = this.evaluate(node.property, scope)
    if (object instanceof Dictionary) return object.at(key) ?? nothing
    if (key.type === 'StringValue') {
      const member = memberOf(object, key.value as string)
      if (member !== null) return member
    } else if (key.type === 'IntegerValue') {
      if (object.type === 'ObjectValue') return nothing
      if (object.type === 'ArrayValue')
        return (object.value as readonly Value[]).at(key.value as number) ?? nothing
    }
    return super.evaluate({ ...known, property: given(key) }, scope)
  }

  /** The engine's own, but for what a block has written before it is left; that is noted. */
  evaluateBlock(statements: readonly Node[], scope: Variables): Value {
    let text = ''
    for (const statement of statements) {
      try {
        const value = this.evaluate(statement, scope)
        if (value.type === 'StringValue') text += value.value as string
        else if (value.type !== 'NullValue' && value.type !== 'UndefinedValue') text += value.toString()
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

  #loop(node: Node, scope: Variables): Value {
    const over = node.iterable!
    const isFiltered = over.type === 'SelectExpression'
    const list = asList(this.evaluate(isFiltered ? over.lhs : over, scope))
    if (!isFiltered && list.type === 'ArrayValue' && node.loopvar?.type === 'Identifier')
      return this.#turns(node, list.value as readonly Value[], scope)
    const body = [{ type: 'LoopBody', body: node.body!, loop: { isOver: false } }]
    const iterable = isFiltered ? { ...over, lhs: given(list) } : given(list)
    return super.evaluate({ ...node, body, iterable }, scope)
  }

  /** A list may grow or shrink while it is gone over; the turns are those it had. */
  #turns(node: Node, list: readonly Value[], around: Variables): Value {
    const items = list.slice()
    const scope = innerScope(around)
    const loop = { isOver: false }
    const turn = { type: 'LoopBody', body: node.body!, loop }
    let text = ''
    for (let index = 0; index < items.length && !loop.isOver; index += 1) {
      scope.variables.set('loop', new LoopTurn(items, index))
      scope.variables.set(node.loopvar!.value as string, items[index]!)
      text += this.#turn(turn, scope).value as string
    }
    if (items.length === 0) text += this.evaluateBlock(node.defaultBlock!, scope).value as string
    return new Text(text)
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
    const operator = node.operator!.value
    const left = this.evaluate(node.left, scope)
    if (operator === 'and') return isTrue(left) ? this.evaluate(node.right, scope) : left
    if (operator === 'or') return isTrue(left) ? left : this.evaluate(node.right, scope)
    const right = this.evaluate(node.right, scope)
    if (operator === '~') return new Text(spelled(left) + spelled(right))
    if (right instanceof Dictionary && (operator === 'in' || operator === 'not in'))
      return runtime((right.at(left) !== undefined) === (operator === 'in'))
    return (
      operated(operator, left, right) ??
      super.evaluate({ ...node, left: given(left), right: given(right) }, scope)
    )
  }
}

/** Filters that take what is undefined as it is. */
const undefinedFilters = new Set(['default', 'd', 'tojson', 'safe'])
/** Filters to which None is a list of nothing, too. */
const pickingFilters = new Set(['map', 'select', 'reject', 'selectattr', 'rejectattr'])
/** Filters to which it is a list of nothing. */
const listFilters = new Set([...pickingFilters, 'length', 'list', 'first', 'last', 'join'])
for (const name of ['reverse', 'sort', 'unique']) listFilters.add(name)
