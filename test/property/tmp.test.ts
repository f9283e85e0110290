import fc from 'fast-check'
import { lowerConstraint } from '../../lib/constraint/lower.js'
import { distinctCases } from '../support/constraint-arbitrary.js'
import { ReferenceGrammar } from '../support/reference-grammar.js'
import { Recogniser } from '../../lib/constraint/recognise/recogniser.js'
test('time', () => {
  for (const one of fc.sample(distinctCases, { numRuns: 25, seed: 3 })) {
    process.stderr.write(`begin ${one.text} ${JSON.stringify(lowerConstraint(one.constraint).words.length)}\n`); let t = Date.now()
    const ir = lowerConstraint(one.constraint)
    const a = Date.now() - t; t = Date.now()
    const g = new ReferenceGrammar(ir)
    const e = g.isEmpty
    process.stderr.write(`empty ${e}\n`); const b = Date.now() - t; t = Date.now()
    let st: any = g.start
    if (!e) for (const byte of new TextEncoder().encode(one.text)) { st = g.advance(st, byte); if (!st) break; g.nextBytes(st) }
    process.stderr.write(`walked\n`); const c = Date.now() - t; t = Date.now()
    const r = new Recogniser(ir)
    const ok = r.has(one.text)
    process.stderr.write(`${one.text} lower ${a} empty ${e} ${b} ref ${c} rec ${Date.now() - t} ${st && g.isMember(st)} ${ok}\n`)
  }
})
