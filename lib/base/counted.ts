// Numbers for people, alone and with their nouns. Pure; it runs in browsers too.

const format = new Intl.NumberFormat('en')

/** '20,000'. */
export function grouped(count: number): string {
  return format.format(count)
}

/** '1 token', '2 tokens', '20,000 tokens'. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}
