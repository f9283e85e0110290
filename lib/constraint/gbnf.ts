// The grammar constraint: texts of a grammar in llama.cpp's GBNF notation. Decides what its value is (the text);
// notation and lowering lie in gbnf/.
import { ConstraintError } from '../base/errors.js'
import { refuseOptions } from '../base/options.js'
import { typeName } from '../base/seen.js'
import type { Constraint } from './constraint-type.js'
import { GbnfLowering } from './gbnf/lower-gbnf.js'
import { parseGbnf } from './gbnf/parse-gbnf.js'
import { inSteps } from './steps.js'

/**
 * Texts of a grammar in llama.cpp's GBNF notation; the value is the text. The rule `root` is the whole.
 * Left recursion and rules that derive nothing but themselves are taken, as far as they derive anything.
 *
 * Throws ConstraintError GRAMMAR_SYNTAX (with line and column), GRAMMAR_UNSUPPORTED for references to tokens,
 * CONSTRAINT_TOO_COMPLEX. Lowering throws GRAMMAR_EMPTY where `root` derives no text.
 *
 * @example
 * ```ts
 * compile(gbnf('root ::= "(" root ")" | [a-z]+'), vocab)
 * ```
 */
export function gbnf(text: string, ...extra: []): Constraint<string> {
  refuseOptions('gbnf()', extra)
  if (typeof text !== 'string') {
    throw new ConstraintError('GRAMMAR_SYNTAX', `The grammar is ${typeName(text)}, expected a text in GBNF.`)
  }
  const rules = parseGbnf(text)
  const parts = {
    kind: 'grammar',
    parse: (value: string) => value,
    format(value: string): string {
      if (typeof value === 'string') return value
      throw new ConstraintError(
        'VALUE_INVALID',
        `A grammar's value must be a string, not ${typeName(value)}.`,
      )
    },
    describe: () => `text of a grammar with ${rules.size} rules`,
  }
  return inSteps<Constraint<string>>(parts, (builder) => new GbnfLowering(builder, rules).root())
}
