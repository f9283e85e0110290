// @ts-check
// The package under each Node of `engines`: the README's first template by `import`, `require`, a test under jest in
// CommonJS. Decides which versions are asked; what they print must be what this Node prints.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstTemplate } from '../readme-template.mjs'
import { check, nodeOf, run, tool } from './workshop.mjs'

/** The oldest of each line that `engines` takes, and the newest one. */
const NODES = ['20.19.0', '22.12.0', '24.0.0', 'latest']
const JEST = 'jest@30'

/** jest's own module system can't `require` an ES module on most versions of Node. */
const JEST_TEST = `const { FillError, gen, load, prompt } = require('espalier')
test('a run, and an error of this copy', async () => {
  const model = await load(undefined, { threads: 1 })
  const check = () => 'no'
  const never = prompt\`Say \${gen('x', { tokensMax: 3, retries: 0, check })}\`
  await expect(model.run(never)).rejects.toBeInstanceOf(FillError)
  await model.dispose()
})
`

/** @param {{ project: string }} stranger */
export function checkNodes({ project }) {
  // A clone's addon may have been built for this one alone.
  const commands = [() => process.execPath, ...NODES.map((version) => () => nodeOf(version))]
  for (const [index, command] of commands.entries()) {
    const name = index === 0 ? 'this Node' : `Node ${NODES[index - 1]}`
    check(`README's first template under ${name}`, () => {
      const node = command()
      return `${run(node, ['--version'], project).trim()}: ${firstRun(node, project)}`
    })
    check(`require('espalier') under ${name} gives what import gives`, () => required(command(), project))
    check(`jest in CommonJS under ${name}`, () => underJest(command(), project))
  }
}

/** @param {string} node @param {string} folder @returns {string} what the first template prints */
export function firstRun(node, folder) {
  writeFileSync(join(folder, 'first.mjs'), firstTemplate())
  const printed = oneLine(run(node, ['first.mjs'], folder))
  if (printed === '') throw new Error('it printed nothing.')
  return printed
}

/** Without counts of guesses, which depend on what calls took. @param {string} printed */
export const oneLine = (printed) =>
  printed
    .trim()
    .replace(/(guessed|confirmed): \d+/g, '$1')
    .split('\n')
    .join(' | ')

/** @param {string} node @param {string} folder */
function required(node, folder) {
  const load = "require('espalier').load"
  const copies = `import('espalier').then((module) => console.log(typeof ${load}, module.load === ${load}))`
  writeFileSync(join(folder, 'required.cjs'), copies)
  const seen = run(node, ['required.cjs'], folder).trim()
  if (seen !== 'function true') throw new Error(`they give ${seen}.`)
}

/** @param {string} node @param {string} folder */
function underJest(node, folder) {
  writeFileSync(join(folder, 'first.test.cjs'), JEST_TEST)
  const bin = join(tool([JEST]), 'jest', 'bin', 'jest.js')
  const flags = ['--rootDir', folder, '--testMatch', '**/first.test.cjs', '--testTimeout', '60000']
  run(node, [bin, ...flags], folder)
}
