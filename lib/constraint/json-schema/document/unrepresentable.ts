// Where a schema of another library holds what JSON Schema has no words for. Decides nothing about the schema: Zod is
// asked, which knows the place; others are not known to tell.
import type { StandardSchema } from './standard-schema.js'

/** A JSON pointer such as `#/properties/born`, null where nobody tells. */
export function placeOf(schema: StandardSchema): string | null {
  const { vendor, jsonSchema } = schema['~standard']
  if (vendor !== 'zod' || jsonSchema === undefined) return null
  let place: string | null = null
  const unrepresentable = ({ path }: { readonly path: readonly unknown[] }): void => {
    place ??= ['#', ...path.map(String)].join('/')
  }
  try {
    jsonSchema.input({ target: 'draft-2020-12', libraryOptions: { unrepresentable } })
  } catch {
    // It fails as it did before; only where is new.
  }
  return place
}
