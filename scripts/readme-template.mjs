// @ts-check
// Finds the first template in README.md, so that what a stranger copies is what the tests run.
import { sourceText } from './source-files.mjs'

/** @returns {string} the first JavaScript block, verbatim */
export function firstTemplate() {
  const block = /```js\n([\s\S]*?)```/.exec(sourceText('README.md'))
  if (!block?.[1]) throw new Error('README.md has no ```js block; the first one is the first template.')
  return block[1]
}
