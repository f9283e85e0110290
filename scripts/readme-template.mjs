// @ts-check
// Finds the JavaScript in README.md, so that what a stranger copies is what the tests and the package check run.
import { sourceText } from './source-files.mjs'

/** @returns {string[]} the JavaScript blocks, verbatim, in order */
export function readmeBlocks() {
  return [...sourceText('README.md').matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
}

/** @returns {string} the first template */
export function firstTemplate() {
  const [first] = readmeBlocks()
  if (!first) throw new Error('README.md has no ```js block; the first one is the first template.')
  return first
}
