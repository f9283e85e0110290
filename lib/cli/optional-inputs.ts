// Which inputs a function can do without: those its first parameter gives a default, as in ({ ticket, tone = 'kind' }).
// Nobody can ask a function for that, so its text is read; what isn't understood counts as needed.

/** Names with a default in the pattern of the first parameter. */
export function optionalInputs(make: (...given: never[]) => unknown): ReadonlySet<string> {
  const source = String(make)
  const begin = /^(?:async\b\s*)?(?:function\b\s*\*?\s*[\w$]*\s*)?\(\s*\{/.exec(source)
  if (begin === null) return new Set()
  const entries = entriesOf(source.slice(begin[0].length))
  const names = entries.map((entry) => /^\s*['"]?([\w$-]+)['"]?\s*(?::[^=]*)?=/.exec(entry)?.[1])
  return new Set(names.filter((name) => name !== undefined))
}

/** What stands between the commas of the pattern, up to its closing brace. */
function entriesOf(text: string): readonly string[] {
  const entries = ['']
  let depth = 0
  for (const [token] of text.matchAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|[\s\S]/g)) {
    if (depth === 0 && token === '}') return entries
    if ('{[('.includes(token)) depth += 1
    if ('}])'.includes(token)) depth -= 1
    if (depth === 0 && token === ',') entries.push('')
    else entries[entries.length - 1] += token
  }
  return []
}
