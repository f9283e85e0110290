// What lib/ exports is there for lib/: a value that only tests or benchmarks import would ship for them alone.

import { deadExports } from '../../scripts/dead-exports.mjs'

test('every value lib/ exports is used by another file that ships, or by a script', () => {
  expect(deadExports()).toEqual([])
})

const files: Record<string, string> = {
  'lib/index.ts': "export { shown } from './a.js'",
  'lib/a.ts':
    'export const shown = 1\nexport function unused() {}\nexport class Kind {}\nexport interface Shape {}',
  'lib/b.ts': "import type { Kind } from './a.js'\nimport * as c from './c.js'\nc.asked()",
  'lib/c.ts': 'export const asked = 1\nexport const other = 2\nexport const scripted = 3',
  'lib/d.ts': "import * as c from './e.js'\nhandOn(c)\nconst x = y.byName",
  'lib/e.ts': 'export const byName = 1\nexport const forgotten = 2\nfunction own() {}',
  'lib/f.ts': "const run = async () => { const { late } = await import('./g.js') }\nimport('./h.js').then(use)",
  'lib/g.ts': 'export const late = 1\nexport const never = 2',
  'lib/h.ts': 'export const whole = 1',
  'scripts/s.mjs': 'import { scripted } from "../dist/c.js"',
}

test('the checker sees what is used by name, as a type, through a module, by a script, and what is not', () => {
  const lib = Object.keys(files).filter((file) => file.startsWith('lib/'))
  expect(deadExports(lib, ['scripts/s.mjs'], (file) => files[file]!)).toEqual([
    'lib/a.ts: unused',
    'lib/c.ts: other',
    'lib/e.ts: forgotten',
    'lib/g.ts: never',
  ])
})
