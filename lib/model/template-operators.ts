// What the operators of a chat template make of texts, whole numbers and what is compared or looked for. Decides only
// what the template engine would decide alike, at less cost; whatever else an operator is given is left to that.
import { runtime, Text, type Value, Whole } from './template-values.js'

/** null: the engine knows what it is, or what is wrong with it. */
export function operated(operator: string, left: Value, right: Value): Value | null {
  // Values of one type of JavaScript's are equal in the engine where they are the same.
  if (operator === '==' || operator === '!=') {
    if (typeof left.value !== typeof right.value) return null
    return runtime((left.value === right.value) === (operator === '=='))
  }
  if (left.type === 'StringValue') return ofText(operator, left.value as string, right)
  if (left.type !== 'IntegerValue' || right.type !== 'IntegerValue') return null
  return ofNumbers(operator, left.value as number, right.value as number)
}

function ofText(operator: string, text: string, right: Value): Value | null {
  switch (operator) {
    case '+':
      return right.type === 'StringValue' ? new Text(text + (right.value as string)) : null
    case 'in':
    case 'not in': {
      const isIn = isHeld(text, right)
      return isIn === null ? null : runtime(isIn === (operator === 'in'))
    }
    default:
      return null
  }
}

function isHeld(text: string, { type, value }: Value): boolean | null {
  switch (type) {
    case 'StringValue':
      return (value as string).includes(text)
    case 'ArrayValue':
      return (value as readonly Value[]).some((item) => item.value === text)
    case 'ObjectValue':
      return (value as ReadonlyMap<string, Value>).has(text)
    default:
      return null
  }
}

function ofNumbers(operator: string, left: number, right: number): Value | null {
  switch (operator) {
    case '+':
      return new Whole(left + right)
    case '-':
      return new Whole(left - right)
    case '%':
      return new Whole(left % right)
    case '<':
      return runtime(left < right)
    case '<=':
      return runtime(left <= right)
    case '>':
      return runtime(left > right)
    case '>=':
      return runtime(left >= right)
    default:
      return null
  }
}
