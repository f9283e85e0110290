// @ts-check
// Ends a test run with one line of counts taken from jest's own results, for programs that read the log.
// Decides only that line; jest's default reporter tells the rest.
import { writeSync } from 'node:fs'

export default class CountReporter {
  /** @param {unknown} _contexts @param {import('@jest/reporters').AggregatedResult} results */
  onRunComplete(_contexts, results) {
    // A suite that could not even start counts as one failure: otherwise a broken file would read as success.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    // At exit, because jest prints its own summary after the last reporter.
    process.once('exit', () => writeSync(1, `${results.numPassedTests} passed, ${failed} failed\n`))
  }
}
