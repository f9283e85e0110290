// Which keys of an object shape are known one by one, and in what order they are written.
import type { ShapeSource } from './fits.js'
import type { ObjectShape, PropertyGroup } from './shapes.js'

const listedMax = 256

/** Keys that propertyNames lists one by one: then they are as good as declared; null where it does not. */
export function listedKeys(shape: ObjectShape, source: Pick<ShapeSource, 'shapes'>): string[] | null {
  for (const names of shape.names) {
    const shapes = source.shapes(names)
    const keys = shapes.flatMap((each) => (each.type === 'values' ? each.values : []))
    const texts = keys.filter((key) => typeof key === 'string')
    if (!shapes.some((each) => each.type === 'string') && texts.length <= listedMax) return texts
  }
  return null
}

/** All of them in the order of their declaration; `listed` as above. */
export function declaredKeys(shape: ObjectShape, listed: readonly string[] | null): ReadonlySet<string> {
  const declared = new Set<string>()
  for (const { properties } of shape.groups) for (const key of properties.keys()) declared.add(key)
  for (const key of shape.required) declared.add(key)
  for (const key of listed ?? []) declared.add(key)
  return declared
}

/** Whether some group says what a key holds. */
export function coversKey(groups: readonly PropertyGroup[], key: string): boolean {
  return groups.some(
    ({ properties, patterns }) => properties.has(key) || patterns.some(([rule]) => rule.test(key)),
  )
}
