// Sets of members the obvious way, for the reference grammar: what has stood there is kept as a list, and whether the
// rest can be completed is found by trying. Reads the encoding by itself.

export interface ReferenceSet {
  readonly open: number
  readonly separator: number
  readonly close: number
  readonly min: number
  readonly max: number
  readonly needs: readonly number[]
  readonly elements: readonly ReferenceElement[]
}

export interface ReferenceElement {
  readonly isOnce: boolean
  readonly isRequired: boolean
  readonly meets: number
  readonly symbol: number
}

/** After the word that says that a set begins. */
export function decodeSet(next: () => number): ReferenceSet {
  const [open, separator, close] = [next() / 2, next() / 2, next() / 2]
  const [min, max, needs] = [next(), next(), next()]
  const elements = Array.from({ length: next() }, () => {
    const times = next()
    return { isOnce: times > 0, isRequired: times === 2, meets: next(), symbol: next() }
  })
  const bits = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (needs >> bit) & 1)
  return {
    open,
    separator,
    close,
    min,
    max: max === -1 ? Number.POSITIVE_INFINITY : max,
    needs: bits,
    elements,
  }
}

/** Elements that have stood there, sorted: nothing else is asked of the order they came in. */
export type Stood = readonly number[]

export function isWhole(set: ReferenceSet, stood: Stood): boolean {
  return (
    stood.length > 0 &&
    stood.length <= set.max &&
    new Set(stood).size >= set.min &&
    set.needs.every((bit) => stood.some((element) => (set.elements[element]!.meets >> bit) & 1)) &&
    set.elements.every(({ isRequired }, element) => !isRequired || stood.includes(element))
  )
}

/** What may stand there after one more, for each element that may come. */
export function afterOneMore(set: ReferenceSet, stood: Stood): { element: number; stood: Stood }[] {
  return set.elements
    .map((_, element) => ({ element, stood: [...stood, element].sort((a, b) => a - b) }))
    .filter(({ element, stood: now }) => mayStand(set, now, element) && canBeWhole(set, shortest(set, now)))
}

function mayStand({ elements, max }: ReferenceSet, stood: Stood, element: number): boolean {
  const isTwice = stood.filter((each) => each === element).length > 1
  return stood.length <= max && !(isTwice && elements[element]!.isOnce)
}

/** The same for all that follows, where members are not counted: what stands there again changes nothing. */
export function shortest({ max }: ReferenceSet, stood: Stood): Stood {
  return max === Number.POSITIVE_INFINITY ? [...new Set(stood)] : stood
}

/** Adds what must come, then tries all that may be needed beside it. */
function canBeWhole(set: ReferenceSet, stood: Stood): boolean {
  const missing = set.elements.flatMap(({ isRequired }, element) =>
    isRequired && !stood.includes(element) ? [element] : [],
  )
  return canGrow(set, [...stood, ...missing], 0, set.needs.length + set.min)
}

/** With at most so many more elements, from one on. What stands there already is no help. */
function canGrow(set: ReferenceSet, stood: Stood, from: number, more: number): boolean {
  if (isWhole(set, stood)) return true
  if (more === 0 || stood.length >= set.max) return false
  return set.elements.some(
    (_, element) =>
      element >= from && !stood.includes(element) && canGrow(set, [...stood, element], element + 1, more - 1),
  )
}

/** Whether those elements alone that `derives` says can make a whole. */
export function isProductiveSet(set: ReferenceSet, derives: (symbol: number) => boolean): boolean {
  const alive = { ...set, elements: set.elements.filter(({ symbol }) => derives(symbol)) }
  const requiredCount = (elements: readonly ReferenceElement[]): number =>
    elements.filter(({ isRequired }) => isRequired).length
  if (requiredCount(alive.elements) < requiredCount(set.elements)) return false
  return afterOneMore(alive, []).length > 0
}
