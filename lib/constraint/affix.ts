// Texts told by what stands in them or by how many words they have. Decides the languages; values are the texts.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { isUnicodeText, quoted, shown } from '../base/seen.js'
import { type RegularConstraint, regularText } from './constraint-type.js'
import { checkCount, many, requireSome } from './many.js'

/**
 * Any text that begins with `text`. Throws ConstraintError PART_INVALID.
 *
 * @example
 * ```ts
 * import { and, hole, prompt, startsWith, words } from 'espalier'
 *
 * const reply = and(words(2, 5), startsWith('Dear '))
 * console.log((await model.run(prompt`Letter: ${hole('reply', reply)}\n`)).values.reply)
 * ```
 */
export function startsWith(text: string, ...extra: []): RegularConstraint<string> {
  refuseOptions('startsWith()', extra)
  checkText(text, 'startsWith()')
  return regularText({
    kind: 'startsWith',
    lowerRegular: (builder) => builder.concat(builder.literal(text), builder.any()),
    describe: () => `text that starts with ${quoted(text)}`,
  })
}

/**
 * Any text that contains `text`. Throws ConstraintError PART_INVALID.
 *
 * @example
 * ```ts
 * import { and, contains, hole, prompt } from 'espalier'
 *
 * const address = and(/[a-z.@]{5,20}/, contains('@'))
 * console.log((await model.run(prompt`Mail: ${hole('mail', address)}\n`)).values.mail)
 * ```
 */
export function contains(text: string, ...extra: []): RegularConstraint<string> {
  refuseOptions('contains()', extra)
  checkText(text, 'contains()')
  return regularText({
    kind: 'contains',
    lowerRegular: (builder) => builder.concat(builder.any(), builder.literal(text), builder.any()),
    describe: () => `text that contains ${quoted(text)}`,
  })
}

/**
 * `min` to `max` words: runs of characters other than white space, with one space between. At most 10,000. Throws
 * ConstraintError LIMIT_INVALID, CONSTRAINT_EMPTY where min is above max.
 *
 * @example
 * ```ts
 * import { hole, prompt, words } from 'espalier'
 *
 * const { values } = await model.run(prompt`In short: ${hole('summary', words(3, 6))}\n`)
 * console.log(values.summary.split(' ').length)
 * ```
 */
export function words(min: number, max: number, ...extra: []): RegularConstraint<string> {
  refuseOptions('words()', extra)
  checkCount('min of words()', min, 0)
  checkCount('max of words()', max, 1)
  requireSome('words()', min, max)
  const run = many(/\S+/u, { min, max, separator: ' ' })
  return regularText({
    kind: 'words',
    lowerRegular: (builder) => run.lowerRegular(builder),
    describe: () => `${min} to ${max} words`,
  })
}

function checkText(text: unknown, taker: string): void {
  if (typeof text === 'string' && isUnicodeText(text)) return
  const seen = typeof text === 'string' ? 'half a surrogate pair' : shown(text)
  throw new ConstraintError('PART_INVALID', `${taker} got ${seen}, expected Unicode text.`)
}
