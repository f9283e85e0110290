// @ts-check
// In which order the test files run. Decides only that those known to be long begin first: jest goes by the time each
// took before, and where it has none, as in a fresh clone, by the size of the file, so a short file of long work would
// run alone at the end.
import { createRequire } from 'node:module'

// Its types and its code do not agree on what an import of it gives.
/** @type {typeof import('@jest/test-sequencer')} */
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer')

/** More than ten seconds each on two cores. */
export const slow = [
  'test/contract/memory-kinds.test.ts',
  'test/contract/recipes.test.ts',
  'test/contract/replay.test.ts',
  'test/native/build-command.test.ts',
  'test/native/failing.test.ts',
  'test/native/long-words.test.ts',
  'test/native/process.test.ts',
  'test/native/side-by-side.test.ts',
  'test/native/storm.test.ts',
  'test/property/chat-templates.test.ts',
  'test/property/matcher.test.ts',
  'test/property/oracle-programs.test.ts',
  'test/property/programs.test.ts',
  'test/property/recogniser.test.ts',
  'test/unit/constraint/deep.test.ts',
  'test/unit/trace/hostile.test.ts',
]

export default class SlowFirst extends Sequencer {
  /** @override @param {import('@jest/test-result').Test[]} tests */
  async sort(tests) {
    const sorted = await super.sort(tests)
    const isSlow = (/** @type {{ path: string }} */ { path }) =>
      slow.some((file) => path.replaceAll('\\', '/').endsWith(file))
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))]
  }
}
