// What to call a value in a sentence about it. Decides that texts are cut and that an object is called by its kind, so
// that a Date, an array and a promise are told apart. Never throws and never shows what an object holds.

const shownMax = 40

/** `null`, `5`, `"text"`, `an array`, `a Date`, `a function`. */
export function nameOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value !== 'object' || value === null) return String(value)
  const kind = kindOf(value)
  return `${/^[AEIOU]/i.test(kind) ? 'an' : 'a'} ${kind === 'Object' || kind === 'Array' ? kind.toLowerCase() : kind}`
}

/** 'Object', 'Array', 'Date', 'Map', 'Promise', ...; whose objects they are doesn't matter, nor which realm's. */
export function kindOf(value: object): string {
  try {
    return Object.prototype.toString.call(value).slice('[object '.length, -1)
  } catch {
    return 'Object'
  }
}

function cut(text: string): string {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}...`
}
