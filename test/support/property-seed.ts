// The seed of all property tests: fixed, so that a run of the suite says something about the change and not about
// luck. ESPALIER_SEED=random tries others, ESPALIER_SEED=N replays one. Never changes how many cases are tried.
import fc from 'fast-check'

const wanted = process.env.ESPALIER_SEED
if (wanted !== 'random') fc.configureGlobal({ seed: wanted === undefined ? 20261124 : Number(wanted) })
