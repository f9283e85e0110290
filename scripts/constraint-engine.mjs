// Hosts our constraints for a harness that judges engines: JSON Schema or GBNF text in, matchers out. Decides the
// options a harness needs (instances written by others: any white space, any order of members) and nothing else.
//
//   create([vocabulary.gguf, 'lenient'?]) -> { name, version, nVocab, compile(schemaText), compileGrammar(gbnfText) }
//
// In lenient mode a text still has to be validated when it is finished: `check(text)` of what `compile` gives.
import { createRequire } from 'node:module'
import { compile, gbnf, jsonSchema, loadVocab } from 'espalier/constraint'

const { version } = createRequire(import.meta.url)('espalier/package.json')

/** @param {readonly string[]} args path of a vocabulary (GGUF), and `lenient` for the lenient mode */
export async function create([vocabularyPath, mode]) {
  const vocab = await loadVocab(vocabularyPath)
  const lenient = mode === 'lenient'
  // As a sampler would, all matchers fill the same words; a harness reads a mask before it asks for the next.
  const words = new Uint32Array(Math.ceil(vocab.size / 32))

  function compiled(constraint) {
    const grammar = compile(constraint, vocab)
    return {
      matcher: () => withWords(grammar.matcher(), words),
      check: (text) => constraint.parse(text),
      dispose: () => grammar.dispose(),
    }
  }

  return {
    name: lenient ? 'espalier-lenient' : 'espalier',
    version,
    nVocab: vocab.size,
    compile: (schemaText) =>
      compiled(jsonSchema(schemaText, { whitespace: 'flexible', order: 'any', lenient })),
    compileGrammar: (grammarText) => compiled(gbnf(grammarText)),
    dispose: () => vocab.dispose(),
  }
}

/** The matcher, whose mask() fills `words` instead of a fresh array. Its forks make fresh ones. */
function withWords(matcher, words) {
  const fill = matcher.mask.bind(matcher, words)
  matcher.mask = fill
  return matcher
}
