// @ts-check
// Writes llms.txt: the whole public interface in one file of plain text, for language models that write programs with
// this package, after llmstxt.org. Decides the order and what is said of each export; the words are those of the
// sources.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryPoints, publicApi } from './public-api.mjs'
import { firstTemplate } from './readme-template.mjs'
import { root, sourceFiles, sourceText } from './source-files.mjs'

/** What is got wrong when only the names are known. */
const RULES = [
  'A template is a literal tagged `prompt`, with holes in it. Holes are captured by name in `run.values`.',
  '`load()` without a path opens the demo model. `load(file)` takes a path, not a hub name; nothing is downloaded.',
  'A run is given inputs by name and, if wanted, known values of holes: a known value is read, not generated.',
  'A transcript is immutable: `next = await transcript.extend(prompt)`; extend it twice for two branches.',
  'Chats: write `system`, `user`, `assistant` tags in a prompt and put the holes into `assistant`.',
  'Do not parse JSON out of `gen`: use `json(name, schema)`, which also takes Zod schemas and types the value.',
  'JSON is written compactly, members in the order of their declaration.',
  'Streams: show `token` events; a `rollback` event takes the text of an attempt back; `done` has the run.',
  'Test prompts without a model: `scripted(answers)` of `espalier/testing` is a model that says what the test says.',
  'Every error has a `code`; catch by class (`FillError`, `CapacityError`, ...) or code, never by message.',
  'Dispose a model once: `await using model = await load()`, or `await model.dispose()`.',
  'Mark the package as external in bundlers.',
]

/** @param {string} file a page under docs/ @returns {string} its title */
const titleOf = (file) => (sourceText(file).match(/^# (.+)$/m) ?? [])[1] ?? file

/** @param {readonly string[]} pages */
const links = (pages) => pages.map((page) => `- [${titleOf(page)}](${page})`).join('\n')

/** @param {import('./public-api.mjs').Member} one */
const member = ({ name, type, isOptional, doc }) =>
  `- \`${name}${isOptional ? '?' : ''}: ${type}\` ${doc.replace(/\s+/g, ' ')}`.trimEnd()

/** @param {import('./public-api.mjs').Exported} one */
function entry({ name, kind, signatures, doc, examples, members }) {
  const heads = signatures.length > 0 ? signatures.map((one) => `${name}${one}`) : [`${kind} ${name}`]
  const code = examples.map((example) => `\`\`\`ts\n${example}\n\`\`\``)
  return [`### ${name}`, ...heads.map((head) => `\`${head}\``), doc, ...members.map(member), ...code].join(
    '\n',
  )
}

/** @param {string} from @param {readonly import('./public-api.mjs').Exported[]} api */
function section(from, api) {
  const own = api.filter((one) => one.from === from && !/.Error\.toJSON$/.test(one.name))
  const [errors, others] = [true, false].map((is) => own.filter(({ name }) => /Error$/.test(name) === is))
  const types = others.filter(({ kind }) => kind === 'type')
  const values = others.filter(({ kind }) => kind !== 'type')
  return `## ${from}\n${[...values, ...types, ...errors].map(entry).join('\n\n')}`
}

/** @returns {string} the file's content */
export function llmsText() {
  const [, summary = ''] = sourceText('README.md').match(/^# .+\n\n(.+)\n/) ?? []
  const api = publicApi()
  return `${[
    `# Espalier\n\n> ${summary}`,
    'Node package `espalier`; TypeScript types come along. What to know before writing:',
    RULES.map((rule) => `- ${rule}`).join('\n'),
    `\`\`\`js\n${firstTemplate()}\`\`\``,
    `## Pages\n- [README](README.md)\n${links(sourceFiles(['docs'], /\.md$/))}`,
    ...Object.keys(entryPoints).map((from) => section(from, api)),
  ].join('\n\n')}\n`
}

/** Beside the README, where its readers look for it; not committed, since it says nothing the sources don't. */
export function writeLlms() {
  writeFileSync(join(root, 'llms.txt'), llmsText())
}
