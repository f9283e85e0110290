// Whether a finished or unfinished text is what the caller wants: what it means, and what the hole's check says of it.
import { settleOrAbort } from '../../async/signal.js'
import { ConstraintError } from '../../base/errors.js'
import type { Rejection } from '../../engine/fill.js'
import type { CheckDetail, CheckResult } from '../../prompt/options.js'
import { jsonSizeAtLeast } from '../given/json-size.js'
import { meaningOf } from '../given/meaning.js'
import type { HoleTask } from './hole-task.js'

export type Verdict = { readonly value: unknown } | Rejected

/** `wrong`: the value that the check did not take, where the text has one. */
interface Rejected extends Rejection {
  readonly wrong?: { readonly value: unknown }
}

type AnyCheck = (value: unknown, detail: CheckDetail) => CheckResult | Promise<CheckResult>

/** Parses a finished text and asks the hole's check. */
export async function judge(task: HoleTask, text: string): Promise<Verdict> {
  let value: unknown
  try {
    value = await meaningOf(task.scope, task.hole, text)
  } catch (error) {
    // A member of the constraint that means nothing, such as a date that does not exist.
    if (!(error instanceof ConstraintError)) throw error
    return { reason: error.message, from: null }
  }
  const { check } = task.hole.options
  if (check === undefined) return { value }
  const result = await ask(task, check, value, { text, isPartial: false })
  return result === null ? { value } : { ...result, wrong: { value } }
}

/** What a check says of the text so far. */
export function judgePartial(task: HoleTask, check: AnyCheck, text: string): Promise<Rejection | null> {
  return ask(task, check, text, { text, isPartial: true })
}

async function ask(
  task: HoleTask,
  check: AnyCheck,
  value: unknown,
  detail: Omit<CheckDetail, 'values'>,
): Promise<Rejection | null> {
  const { signal } = task.scope.run
  const result: unknown = await settleOrAbort(signal, () => check(value, detailOf(task, detail)))
  if (result === true) return null
  if (typeof result === 'string') return { reason: result, from: null }
  const shape = result as { from?: unknown; reason?: unknown } | null
  if (typeof shape === 'object' && shape !== null && typeof shape.reason === 'string') {
    return rejectionOf(shape.reason, shape.from ?? null, detail.text.length)
  }
  return { reason: `the check returned ${spelled(result)} instead of true`, from: null }
}

function rejectionOf(reason: string, from: unknown, length: number): Rejection {
  if (from === null) return { reason, from: null }
  if (Number.isSafeInteger(from) && (from as number) >= 0) {
    // Wrong from its end on is wrong as a whole: nothing of it can stay.
    return { reason, from: (from as number) >= length ? null : (from as number) }
  }
  const told = `${reason} (the check gave ${spelled(from)} as from; expected an index of the text)`
  return { reason: told, from: null }
}

/** The values are put together only for a check that looks at them. */
function detailOf(task: HoleTask, detail: Omit<CheckDetail, 'values'>): CheckDetail {
  let values: Readonly<Record<string, unknown>> | null = null
  return {
    ...detail,
    get values() {
      values ??= task.values()
      return values
    },
  }
}

const spelledMax = 10_000

/** A value a caller's function returned, for a sentence about it. */
export function spelled(value: unknown): string {
  try {
    if (jsonSizeAtLeast(value, spelledMax) > spelledMax) return `a large ${typeof value}`
    return JSON.stringify(value) ?? typeof value
  } catch {
    return typeof value
  }
}
