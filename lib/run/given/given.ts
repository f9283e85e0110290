// What a run was given, against what its prompt needs. Decides which names are inputs and which are known values, and
// refuses both kinds of mistake before any work.
import { PromptError } from '../../base/errors.js'
import { nearestName } from '../../base/nearest.js'
import type { OptionNames } from '../../base/options.js'
import { own } from '../../base/own.js'
import { isRecord, shown } from '../../base/seen.js'
import { spelledName } from '../../prompt/name.js'
import type { Collect, Each, Input, Part, Prompt, Repeat, Tools } from '../../prompt/part.js'
import { requireThoughts } from '../chat/thought.js'
import { pathOf, type Scope } from '../state/scope.js'
import { argumentsOf } from '../tools/arguments.js'
import { callFormFor } from '../tools/call-form.js'
import { membersOf } from '../tools/members.js'
import { inputMissing, inputText } from './inputs.js'
import { formatKnown, knownArray, knownObject } from './known.js'
import { promptsThatMayCome } from './one-of.js'

export interface Given {
  readonly inputs: Readonly<Record<string, unknown>>
  readonly known: Readonly<Record<string, unknown>>
}

/** What checking a branch, an item or a turn costs beside its texts, in characters tokenised. */
const checkCost = 64

/** Names told in one sentence. */
const shownMax = 20

interface Names {
  readonly inputs: Map<string, Input[]>
  readonly captured: Set<string>
  /** Functions make parts later, so that not every name is known before. */
  isOpen: boolean
}

/**
 * Tells inputs from known values. Throws PromptError INPUT_MISSING, INPUT_UNKNOWN or INPUT_INVALID. `options`: what a
 * caller may have given in the wrong place.
 */
export function splitGiven(prompt: Prompt, given: unknown, options: OptionNames): Given {
  if (!isRecord(given)) {
    throw new PromptError(
      'INPUT_INVALID',
      `A run was given ${shown(given)}; it takes an object of inputs by name.`,
    )
  }
  const names = namesOf(prompt.parts)
  const inputs: [string, unknown][] = []
  const known: [string, unknown][] = []
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (names.captured.has(name)) known.push([name, value])
    else if (names.inputs.has(name)) inputs.push([name, value])
    else if (names.isOpen) {
      known.push([name, value])
      inputs.push([name, value])
    } else throw unknownName(name, [...names.inputs.keys(), ...names.captured], options)
  }
  const split = { inputs: Object.fromEntries(inputs), known: Object.fromEntries(known) }
  for (const name of names.inputs.keys()) if (!Object.hasOwn(split.inputs, name)) throw inputMissing(name)
  for (const parts of names.inputs.values()) for (const part of parts) inputText(split.inputs, part)
  return split
}

/** What can be refused before the parts are walked: known values, impossible constraints. With turns for others. */
export async function checkParts(scope: Scope, parts: readonly Part[]): Promise<void> {
  const { engine, signal } = scope.run
  for (const part of parts) {
    switch (part.kind) {
      case 'hole':
        if ('lower' in part.language) await engine.prepare(part.language, signal)
        if (Object.hasOwn(scope.known, part.name)) formatKnown(scope, part, scope.known[part.name])
        break
      case 'thinking':
        if (!Object.hasOwn(scope.known, part.hole.name)) await requireThoughts(scope.run)
        await checkParts(scope, [part.hole])
        break
      case 'message':
        await checkParts(scope, part.parts)
        break
      case 'prompt':
      case 'choose':
        await checkParts(scope, part.prompt.parts)
        break
      case 'ask':
        // Its value may be known; what it asks has none.
        await checkParts({ ...scope, prefix: `${pathOf(scope, part.name)}.`, known: {} }, part.prompt.parts)
        break
      case 'collect':
        await checkList(scope, part)
        break
      case 'one-of':
        for (const prompt of promptsThatMayCome(scope, part)) await checkParts(scope, prompt.parts)
        break
      case 'branches':
        for (const [name, branch] of Object.entries(part.branches)) {
          await checkInner(scope, pathOf(scope, name), branch, own(scope.known, name))
        }
        break
      case 'each':
        if (typeof part.items !== 'function') await checkItems(scope, part)
        break
      case 'repeat':
        await checkTurns(scope, part)
        break
      case 'tools':
        await checkTools(scope, part)
    }
  }
}

/** Parts made during the run: what `splitGiven` and `checkParts` do for those of the prompt. */
export async function checkMade(scope: Scope, parts: readonly Part[]): Promise<void> {
  const names = namesOf(parts)
  for (const inputs of names.inputs.values()) for (const part of inputs) inputText(scope.inputs, part)
  await checkParts(scope, parts)
}

async function checkInner(scope: Scope, path: string, prompt: Prompt, given: unknown): Promise<void> {
  const turn = scope.run.pace.take(checkCost)
  if (turn !== null) await turn
  checkKnownNames(path, prompt, given)
  await checkParts({ ...scope, prefix: `${path}.`, known: knownObject(path, given) }, prompt.parts)
}

/** Refuses known values for names the prompt does not capture. */
export function checkKnownNames(path: string, prompt: Prompt, given: unknown): void {
  const names = namesOf(prompt.parts)
  for (const key of Object.keys(knownObject(path, given))) {
    if (!names.captured.has(key) && !names.isOpen) throw unknownName(`${path}.${key}`, names.captured)
  }
}

/** Refuses what no model could call, and tools where there are no messages. */
async function checkTools(scope: Scope, part: Tools): Promise<void> {
  const { engine, chat, signal } = scope.run
  await checkParts(scope, [part.answer])
  if (chat === null) {
    throw new PromptError(
      'CHAT_TEMPLATE_MISSING',
      'The prompt has tools, and the model has no chat template.',
    )
  }
  const form = callFormFor(chat, Object.values(part.tools), engine)
  for (const tool of Object.values(part.tools)) {
    const own = form.parts === 'whole' ? null : membersOf(tool, form)
    const constraints =
      own === null ? [argumentsOf(tool, form.whitespace)] : own.map(({ constraint }) => constraint)
    for (const constraint of constraints) if (constraint !== null) await engine.prepare(constraint, signal)
  }
}

async function checkItems(scope: Scope, part: Each): Promise<void> {
  const path = pathOf(scope, part.name)
  const known = knownArray(scope, part.name)
  const items = part.items as readonly unknown[]
  checkKnownItems(path, known, items)
  for (const [index, item] of items.entries()) {
    await checkInner(scope, `${path}[${index}]`, part.prompts(item, index), known[index])
  }
}

/** Refuses known values for more items than there are. */
export function checkKnownItems(path: string, known: readonly unknown[], items: readonly unknown[]): void {
  if (known.length > items.length) throw wrongCount(path, known.length, `it has ${items.length} items`)
}

async function checkList(scope: Scope, { name, hole }: Collect): Promise<void> {
  if ('lower' in hole.language) await scope.run.engine.prepare(hole.language, scope.run.signal)
  for (const [index, value] of knownArray(scope, name).entries()) {
    formatKnown(scope, { ...hole, name: `${name}[${index}]` }, value)
  }
}

async function checkTurns(scope: Scope, part: Repeat): Promise<void> {
  const path = pathOf(scope, part.name)
  const known = knownArray(scope, part.name)
  if (known.length > part.max) throw wrongCount(path, known.length, `it runs at most ${part.max} times`)
  const isFew = Object.hasOwn(scope.known, part.name) && known.length < part.min
  if (isFew)
    throw wrongCount(path, known.length, `it runs at least ${part.min} times, and no other turns are added`)
  for (const [index, turn] of [...known, undefined].entries()) {
    await checkInner(scope, `${path}[${index}]`, part.prompt, turn)
  }
}

function wrongCount(path: string, count: number, most: string): PromptError {
  return new PromptError('KNOWN_VALUE_INVALID', `${path} got ${count} known values; ${most}.`)
}

/** What it needs and captures, by name; inside of branches, items and turns only what it needs. */
export function namesOf(parts: readonly Part[]): Names {
  const names: Names = { inputs: new Map(), captured: new Set(), isOpen: false }
  collect(parts, names, 'top')
  return names
}

/** `level` 'top': names captured here are known values of the run; 'inner': they belong to a namespace below. */
function collect(parts: readonly Part[], names: Names, level: 'top' | 'inner'): void {
  const capture = (name: string): void => {
    if (level === 'top') names.captured.add(name)
  }
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        break
      case 'input':
        names.inputs.set(part.name, [...(names.inputs.get(part.name) ?? []), part])
        break
      case 'hole':
        capture(part.name)
        break
      case 'thinking':
        capture(part.hole.name)
        break
      case 'message':
        collect(part.parts, names, level)
        break
      case 'prompt':
      case 'choose':
        collect(part.prompt.parts, names, level)
        break
      case 'branches':
        for (const [name, branch] of Object.entries(part.branches)) {
          capture(name)
          collect(branch.parts, names, 'inner')
        }
        break
      case 'collect':
        capture(part.name)
        break
      case 'ask':
        capture(part.name)
        collect(part.prompt.parts, names, 'inner')
        break
      case 'one-of':
        capture(part.name)
        for (const prompt of Object.values(part.prompts)) collect(prompt.parts, names, level)
        break
      case 'each':
        capture(part.name)
        if (typeof part.items === 'function') names.isOpen = true
        else
          part.items.forEach((item, index) => void collect(part.prompts(item, index).parts, names, 'inner'))
        break
      case 'repeat':
        capture(part.name)
        collect(part.prompt.parts, names, 'inner')
        break
      case 'tools':
        // The calls are the model's: nobody gives them.
        capture(part.answer.name)
        break
      case 'computed':
        names.isOpen = true
    }
  }
}

function unknownName(name: string, expected: Iterable<string>, options?: OptionNames): PromptError {
  const all = [...expected]
  const nearest = nearestName(name, all)
  const isOption = nearest === null && options !== undefined && nearestName(name, options.names) !== null
  let hint = ''
  if (nearest !== null) hint = ` Did you mean ${spelledName(nearest)}?`
  else if (isOption)
    hint = ' Options of a run come third, after what the prompt is given: run(prompt, {}, options).'
  const shown = all.slice(0, shownMax).map(spelledName)
  if (all.length > shownMax) shown.push(`${all.length - shownMax} more`)
  const list = shown.join(', ') || 'no names at all'
  return new PromptError(
    'INPUT_UNKNOWN',
    `The run was given ${spelledName(name)}; this prompt knows ${list}.${hint}`,
  )
}
