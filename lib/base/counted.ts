// A number with its noun.

/** '1 token', '2 tokens', '20,000 tokens'. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`
}
