// `espalier/testing` and a run of a prompt load no native code, imported or required, from the built package.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../native/demo.js'

const dist = path.join(root, 'dist')
/** What is loaded is heard of as it happens, and looked for among all that is loaded in the end. */
const listening = `
const { dlopen } = process
const heard = []
process.dlopen = (...args) => {
  heard.push(args[1])
  return dlopen.apply(process, args)
}
async function told(index, testing) {
  const { json, prompt, regex, select } = index
  const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
  const form = prompt\`\${select('a', ['x', 'y'])} \${regex('b', /[0-9]+/)} \${json('c', schema)}\`
  const { values } = await testing.scripted(['x', '12', { name: 'Ann' }]).run(form)
  const loaded = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'))
  console.log(JSON.stringify({ values, heard, loaded }))
}
`

const ways: [string, string[], string][] = [
  [
    'imported',
    ['--input-type=module'],
    `${listening}
const url = ${JSON.stringify(pathToFileURL(`${dist}/`).href)}
await told(await import(url + 'index.js'), await import(url + 'testing/testing.js'))`,
  ],
  [
    'required',
    ['--input-type=commonjs'],
    `${listening}
const folder = ${JSON.stringify(path.join(dist, 'cjs'))}
told(require(folder + '/index.js'), require(folder + '/testing/testing.js'))`,
  ],
]

test.each(ways)('%s', (_way, flags, code) => {
  const printed = execFileSync(process.execPath, [...flags, '-e', code], { encoding: 'utf8' })
  expect(JSON.parse(printed)).toEqual({
    values: { a: 'x', b: '12', c: { name: 'Ann' } },
    heard: [],
    loaded: [],
  })
})
