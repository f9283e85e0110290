// llama.cpp's notation: its own grammars by texts they take and refuse, small grammars of ours, and mistakes by place.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gbnf } from '../../lib/constraint/gbnf.js'
import { IrBuilder } from '../../lib/constraint/ir/ir-builder.js'
import { ReferenceGrammar } from '../support/reference-grammar.js'
import { isMember } from '../support/schema-judge.js'

function grammarOf(text: string): ReferenceGrammar {
  const builder = new IrBuilder()
  return new ReferenceGrammar(builder.finish(gbnf(text).lower(builder)))
}

function check(text: string, members: readonly string[], others: readonly string[]): void {
  const grammar = grammarOf(text)
  expect(members.filter((member) => !isMember(grammar, member))).toEqual([])
  expect(others.filter((other) => isMember(grammar, other))).toEqual([])
}

const llamaGrammars: [name: string, members: string[], others: string[]][] = [
  ['json', ['{}', '{"a": [1, 2.5e3, "x\\n"], "b": {}}'], ['[]', '{"a":1', '{a:1}', '{"a": 01}']],
  ['json_arr', ['[\n]', '[\n1,\n{"a":2}]'], ['[1]', '{}']],
  ['arithmetic', ['a=1\n', '(a+b)*2=7\nx= 1\n'], ['a=\n', '1+=2\n', 'a=1']],
  [
    'chess',
    ['1. e4 e5\n2. Nf3 Nc6\n', '1. O-O O-O-O\n10. Qxd5+ e8=Q#\n'],
    ['1. e4\n', '1. i9 e5\n2. e4 e5\n'],
  ],
  ['c', ['int main(){return 0;}', 'int f(int a){while(a<b){a = b;}}'], ['main(){}', 'int main(){return 0}']],
  ['english', ['Hello, world!', 'A b'], ['Hello  world', 'Grüße']],
  ['list', ['- a\n', '- a\n- b c\n'], ['- \n', 'a\n', '- a']],
  ['japanese', ['こんにちは', '漢字 カナ'], ['abc', '']],
]

describe('grammars that come with llama.cpp', () => {
  const script = path.join(__dirname, '../../scripts/llama-headers.mjs')
  const folder = spawnSync(process.execPath, [script], { encoding: 'utf8' }).stdout.trim()

  test.each(llamaGrammars)('%s', (name, members, others) => {
    check(readFileSync(path.join(folder, 'grammars', `${name}.gbnf`), 'utf8'), members, others)
  })
})

test.each([
  ['root ::= "a" | "b" "c"', ['a', 'bc'], ['b', 'ac', '']],
  ['root ::= ("a" | "b")+ "c"? # end', ['a', 'abac'], ['c', 'cc']],
  [
    'root ::= x{2} | y{1,} | z{0,2}\nx ::= "x"\ny ::= "y"\nz ::= "z"',
    ['xx', 'y', 'yyy', '', 'zz'],
    ['x', 'xxx', 'zzz'],
  ],
  [
    'root ::= [^a-c\\n] . [\\]\\-\\x41\\u00e9\\U0001F600]',
    ['d\n]', 'zz-', 'é😀A', 'xxé', 'xx😀'],
    ['az]', 'dz['],
  ],
  ['root ::= "\\"\\\\\\t\\[" |\n  "2"', ['"\\\t[', '2'], ['"']],
  // Left, right and nested recursion, and rules that derive the empty text.
  ['root ::= root "a" | "a"', ['a', 'aaa'], ['', 'b']],
  ['root ::= "(" root ")" | ""', ['', '(())'], ['(', '())']],
  ['root ::= (x | y)* \nx ::= "" | "x" x\ny ::= "y" root "."', ['', 'xxyx.y.', 'yy..'], ['y', '.']],
  ['root ::= s{2,3}\ns ::= "[" s "]" | "."', ['..', '[.].', '...'], ['.', '....']],
  ['root ::= "a" | loop\nloop ::= loop "b"', ['a'], ['b', 'ab']],
  ['a ::= "1"\nroot ::= a\na ::= "2"', ['2'], ['1']],
])('%j', (text, members, others) => check(text, members, others))

test.each([
  ['root ::= "a', 'GRAMMAR_SYNTAX', 'line 1, column 12'],
  ['root ::= "a"\nx ::= [a', 'GRAMMAR_SYNTAX', 'line 2, column 9'],
  ['root ::= x', 'GRAMMAR_SYNTAX', 'the rule "x" at line 1, column 10'],
  ['root = "a"', 'GRAMMAR_SYNTAX', 'line 1, column 6'],
  ['root ::= ("a"', 'GRAMMAR_SYNTAX', 'a closing parenthesis'],
  ['root ::= "a")', 'GRAMMAR_SYNTAX', 'the end of the rule'],
  ['root ::= * "a"', 'GRAMMAR_SYNTAX', 'a repetition of nothing at line 1, column 10'],
  ['root ::= "a"{3,2}', 'GRAMMAR_SYNTAX', 'line 1, column 13'],
  ['root ::= "\\q"', 'GRAMMAR_SYNTAX', 'the unknown escape \\q at line 1, column 11'],
  ['root ::= [z-a]', 'GRAMMAR_SYNTAX', 'line 1, column 11'],
  ['x ::= "a"', 'GRAMMAR_SYNTAX', 'no rule "root"'],
  ['', 'GRAMMAR_SYNTAX', 'no rule "root"'],
  ['root ::= <think> "a"', 'GRAMMAR_UNSUPPORTED', 'the token <think> at line 1, column 10'],
  ['root ::= !<[1000]>', 'GRAMMAR_UNSUPPORTED', '!<[1000]>'],
  ['root ::= root', 'GRAMMAR_EMPTY', '"root"'],
  ['root ::= "a"{9999999}', 'GRAMMAR_SYNTAX', '9999999 repetitions'],
  [`root ::= ${'('.repeat(300)}"a"${')'.repeat(300)}`, 'GRAMMAR_SYNTAX', 'nested deeper'],
])('refuses %j', (text, code, part) => {
  expect(() => grammarOf(text)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(part) }),
  )
})

test('the value of a grammar is its text', () => {
  const constraint = gbnf('root ::= [a-z]+')
  expect(constraint.parse('abc')).toBe('abc')
  expect(constraint.format('abc')).toBe('abc')
  expect(() => constraint.format(3 as never)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }))
  expect(() => gbnf(3 as never)).toThrow(expect.objectContaining({ code: 'GRAMMAR_SYNTAX' }))
})
