// One namespace of values: a run, a branch, an item. What it was given, what was tried in it, and how its names become
// paths.
import type { FillAttempt } from '../../base/errors.js'
import { depthMax, tooDeep } from '../../prompt/depth.js'
import type { RunContext } from './run-context.js'
import type { Tried } from './tried.js'

/** Immutable but for `tried`. */
export interface Scope {
  readonly run: RunContext
  /** Put before names: '' for the run, `pro.` for a branch, `items[2].` for an item. */
  readonly prefix: string
  /** Put before paths for seeds only: tells the candidates of a choice apart. */
  readonly seedPrefix: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly known: Readonly<Record<string, unknown>>
  /** Values of the namespaces around this one, and of earlier runs. */
  readonly outer: Readonly<Record<string, unknown>>
  readonly tried: Tried
  /** Walks within walks: messages, branches, turns. Functions may make them without end. */
  readonly depth: number
}

/** The scope of a walk within this one. Throws PromptError NESTING_TOO_DEEP. */
export function deeper(scope: Scope): Scope {
  const depth = scope.depth + 1
  if (depth > depthMax) throw tooDeep('Prompts are nested', depth, depthMax)
  return { ...scope, depth }
}

export function pathOf(scope: Scope, name: string): string {
  return scope.prefix + name
}

/** The attempts made at a path so far in this run and candidate. */
export function attemptsAt({ run, seedPrefix }: Scope, path: string): FillAttempt[] {
  const key = seedPrefix + path
  let list = run.attempts.get(key)
  if (list === undefined) {
    list = []
    run.attempts.set(key, list)
  }
  return list
}
