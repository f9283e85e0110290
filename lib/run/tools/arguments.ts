// The constraint of a tool's arguments, in the white space that a chat template has. Made once for each tool.
import type { Constraint } from '../../constraint/constraint-type.js'
import { jsonSchema } from '../../constraint/json-schema.js'
import type { Tool } from '../../prompt/tool-part.js'
import type { CallForm } from '../state/chat.js'

const known = new WeakMap<Tool, Map<CallForm['whitespace'], Constraint>>()

export function argumentsOf(tool: Tool, whitespace: CallForm['whitespace']): Constraint {
  const constraints = known.get(tool) ?? new Map<CallForm['whitespace'], Constraint>()
  known.set(tool, constraints)
  const constraint = constraints.get(whitespace) ?? jsonSchema(tool.parameters, { whitespace })
  constraints.set(whitespace, constraint)
  return constraint
}
