// References to models: what is written is read back as it was, whatever its parts; what has no meaning is refused with
// a sentence that shows it and the form expected; paths stay paths.
import fc from 'fast-check'
import { type Reference, referenceIn, writtenReference } from '../../lib/files/reference.js'

const word = fc.stringMatching(/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9_])?$/)
const plain = word.filter((text) => !/--|\.\./.test(text))
const segment = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter(
    (text) => !/[/\\\u0000-\u001f\u007f-\u009f]/.test(text) && text.trim() === text && !/^\.+$/.test(text),
  )
const file = fc
  .tuple(fc.array(segment, { maxLength: 3 }), segment)
  .map(([folders, name]) => [...folders, `${name}.gguf`].join('/'))
const revision = fc.oneof(
  plain,
  fc.constantFrom('main', 'refs/pr/7', 'refs/convert/gguf', 'a'.repeat(40), 'v1.0'),
)
const hub: fc.Arbitrary<Reference> = fc
  .record({
    name: fc.tuple(plain, plain).map(([organisation, repository]) => `${organisation}/${repository}`),
    revision: fc.option(revision),
    file: fc.option(file),
    tag: fc.option(plain),
  })
  .map((one) => ({ store: 'hf', ...one, tag: one.file === null ? one.tag : null }))
const others: fc.Arbitrary<Reference> = fc.record({
  store: fc.constantFrom('ollama', 'lmstudio', 'llamacpp', 'jan', 'gpt4all'),
  name: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
  revision: fc.constant(null),
  file: fc.constant(null),
  tag: fc.constant(null),
})

test('what is written is read back as it was', () => {
  fc.assert(
    fc.property(fc.oneof(hub, others), (reference) => {
      expect(referenceIn(writtenReference(reference))).toEqual(reference)
    }),
  )
})

test('any text is a reference that is written as it was read, a path, or refused', () => {
  const start = fc.constantFrom('', 'hf:', 'ollama:', 'hf:a/b', 'hf:a/b@', 'lmstudio:', 'C:', 'jan:')
  fc.assert(
    fc.property(start, fc.string(), (scheme, rest) => {
      const text = scheme + rest
      try {
        const reference = referenceIn(text)
        if (reference !== null) expect(writtenReference(reference)).toBe(text)
      } catch (error) {
        expect(error).toMatchObject({ name: 'UsageError', code: 'REFERENCE_INVALID' })
      }
    }),
  )
})

test.each([
  'model.gguf',
  './hf:a/b.gguf',
  '/models/m.gguf',
  'C:\\models\\m.gguf',
  'c:/models/m.gguf',
  'olama:qwen3',
  'HF:a/b',
  'toString:x',
  ':x',
  '',
])('%j is a path', (text) => expect(referenceIn(text)).toBe(null))

test.each([
  ['hf:', 'hf:org/repo/file.gguf'],
  ['hf:repo', 'hf:org/repo/file.gguf'],
  ['hf:org/repo/', 'hf:org/repo/file.gguf'],
  ['hf:org/repo/file.safetensors', '.gguf'],
  ['hf:org/repo/../../etc/m.gguf', 'hf:org/repo'],
  ['hf:../repo/m.gguf', 'hf:org/repo'],
  ['hf:org/re--po/m.gguf', 'hf:org/repo'],
  ['hf:org/repo@../x/m.gguf', 'hf:org/repo'],
  ['hf:org/repo@/m.gguf', '@revision'],
  ['hf:org/repo:', 'Q4_K_M'],
  ['hf:org/repo/a\\b.gguf', 'hf:org/repo'],
  ['hf:org/repo/a\0.gguf', 'hf:org/repo'],
  ['hf://org/repo/m.gguf', 'hf:org/repo'],
  ['ollama:', 'ollama list'],
  ['ollama:../x', 'ollama list'],
  ['lmstudio:/x', 'lmstudio:publisher'],
  ['jan: x', 'jan:model'],
])('%j is refused, and told %j', (text, said) => {
  expect(() => referenceIn(text)).toThrow(
    expect.objectContaining({ code: 'REFERENCE_INVALID', message: expect.stringContaining(said) }),
  )
})
