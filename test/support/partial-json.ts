// What can be read of a JSON text that does not grow.
import { PartialJson } from '../../lib/run/hole/partial-json.js'

export function partialJson(text: string): unknown {
  const json = new PartialJson()
  json.push(text)
  return json.value()
}
