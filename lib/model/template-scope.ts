// The scopes of chat templates: where a variable is looked for, and what a scope within another one holds. Decides as
// the template engine does, without what that spends on it; never changes a value.
import { nothing, PlainVariables, type Value, type Variables } from './template-values.js'

// Every scope of the engine has it, whatever a scope around it made of the name.
const namespace = new PlainVariables().variables.get('namespace')!

/** As the engine makes one, at less cost. */
export function innerScope(parent: Variables): Variables {
  const scope = Object.create(PlainVariables.prototype) as Variables
  return Object.assign(scope, { parent, tests: parent.tests, variables: new Map([['namespace', namespace]]) })
}

/** What is nowhere is undefined. */
export function lookedUp(name: string, scope: Variables): Value {
  for (let at: Variables | undefined = scope; at !== undefined; at = at.parent) {
    const value = at.variables.get(name)
    if (value !== undefined) return value
  }
  return nothing
}
