// The words of jest that test/native uses, for a runner that needs nothing but Node: jest itself starts processes and
// opens libraries of its own for the machine it was installed on. `node jest-words.mjs FILE...` runs the tests of
// these files in their order and prints a line of JSON for each. `expect` is jest's own.
import { createRequire } from 'node:module'
import { format } from 'node:util'
import { expect } from 'expect'

const print = (line) => console.log(JSON.stringify(line))
const require = createRequire(import.meta.url)

/** The group that is being described. */
let group = { name: '', before: [], after: [], each: [], tests: [], up: null }

function test(name, work) {
  group.tests.push({ name, work })
}

function describe(name, fill) {
  const inner = { name, before: [], after: [], each: [], tests: [], up: group }
  group.tests.push({ group: inner })
  group = inner
  fill()
  group = inner.up
}

/** `$name` and printf's letters, as jest fills them in. */
function named(name, row) {
  const filled = name.replace(/\$(\w+)/g, (all, key) => row[0]?.[key] ?? all)
  const places = filled.match(/%[sdifjoOp]/g)?.length ?? 0
  return format(filled, ...row.slice(0, places))
}

const each = (add) => (table) => (name, work) => {
  for (const entry of table) {
    const row = Array.isArray(entry) ? entry : [entry]
    add(named(name, row), () => work(...row))
  }
}
test.each = each(test)
describe.each = each(describe)

Object.assign(globalThis, {
  test,
  describe,
  expect,
  beforeAll: (work) => group.before.push(work),
  afterAll: (work) => group.after.push(work),
  afterEach: (work) => group.each.push(work),
})

async function ended(name, work) {
  print({ begun: name })
  try {
    await work()
    print({ name })
  } catch (error) {
    print({ name, error: error?.stack ?? String(error) })
  }
}

async function runGroup(one, path, cleaners) {
  for (const work of one.before) await work()
  for (const { name, work, group: inner } of one.tests) {
    if (inner) await runGroup(inner, `${path}${inner.name}: `, [...cleaners, ...inner.each])
    else {
      await ended(`${path}${name}`, async () => {
        await work()
        for (const clean of [...cleaners, ...one.each]) await clean()
      })
    }
  }
  for (const work of one.after) await work()
}

for (const file of process.argv.slice(2)) {
  group = { name: file, before: [], after: [], each: [], tests: [], up: null }
  const all = group
  await ended(`${file}: reading and setting up`, () => require(file))
  await runGroup(all, '', [])
}
