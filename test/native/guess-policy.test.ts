// How many guesses are worth their rows: the policy itself, compiled alone, on machines and texts that are made up, so
// that what it costs can be told exactly. Some calls take many times longer there, too.
import { execFileSync } from 'node:child_process'
import { canCompile, compiled } from '../support/compiled.js'

/** Of calls of 1, 2, 3, 4, 6, 8, 16 and 32 rows, as multiples of a call of one. */
const machines = {
  'rows nearly free': [1, 1.01, 1.02, 1.02, 1.05, 1.08, 1.15, 1.4],
  'rows cheap': [1, 1.1, 1.2, 1.3, 1.4, 1.5, 2.2, 3.5],
  'second row dear': [1, 1.95, 2.33, 2.75, 3.5, 3.7, 4.9, 8],
  'rows dear': [1, 2, 3, 4, 6, 8, 16, 32],
}
type Machine = keyof typeof machines
/** Share of guesses that stand: the first of a place, and after many that stood. */
const texts = { none: [0, 0], rare: [0.1, 0.5], half: [0.5, 0.5], even: [0.5, 0.9], copied: [0.6, 0.99] }
type Text = keyof typeof texts
const seeds = 30

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length

if (canCompile)
  describe('guesses', () => {
    const program = compiled('guess-policy', ['guess_policy.cc', 'call_costs.cc'])

    /** What all takes with guesses, as a share of what it takes without them, for each seed. */
    const costs = (machine: Machine, text: Text, sideBySide: number, stalls: number): number[] => {
      const micros = machines[machine].map((times) => 8000 * times)
      const args = [...micros, ...texts[text], sideBySide, stalls, seeds].map(String)
      return execFileSync(program, args, { encoding: 'utf8' }).trim().split('\n').map(Number)
    }

    const everywhere = Object.keys(machines).flatMap((machine) =>
      Object.keys(texts).flatMap((text) =>
        [1, 4].map((sideBySide) => [machine, text, sideBySide] as [Machine, Text, number]),
      ),
    )

    it.each(everywhere)('cost at most 2 %%: %s, %s, %i side by side', (machine, text, sideBySide) => {
      expect(Math.max(...costs(machine, text, sideBySide, 0))).toBeLessThanOrEqual(1.02)
    })

    it.each(everywhere)(
      'are not misled by calls that stall: %s, %s, %i side by side',
      (machine, text, sideBySide) => {
        expect(mean(costs(machine, text, sideBySide, 10))).toBeLessThanOrEqual(1.02)
      },
    )

    it.each([
      ['rows nearly free', 'copied', 0.35],
      ['rows nearly free', 'half', 0.7],
      ['rows cheap', 'copied', 0.45],
      ['rows cheap', 'half', 0.8],
      ['second row dear', 'copied', 0.9],
    ] as const)('save where they pay: %s, %s', (machine, text, most) => {
      for (const stalls of [0, 10]) expect(mean(costs(machine, text, 1, stalls))).toBeLessThanOrEqual(most)
    })
  })
