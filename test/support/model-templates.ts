// The chat templates of llama.cpp's source bundle, from the user's cache folder: nothing of them is committed.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareLlamaHeaders } from '../../scripts/llama-headers.mjs'

/** Sources by the names of their files. */
export function modelTemplates(): ReadonlyMap<string, string> {
  const folder = join(prepareLlamaHeaders(), 'models', 'templates')
  const names = readdirSync(folder).filter((name) => name.endsWith('.jinja'))
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}
