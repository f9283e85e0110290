// What the published pages point at is published, too: a stranger has no repository. And what a page or a comment calls
// by its path or file name is there: a reader who follows it finds it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { sourceFiles, sourceText } from '../../scripts/source-files.mjs'

const root = path.join(__dirname, '..', '..')
const { files } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { files: string[] }
const pages = ['README.md', 'CHANGELOG.md', 'models/README.md', ...sourceFiles(['docs'], /\.md$/)]

test.each(pages)('%s links to published files only', (page) => {
  const text = readFileSync(path.join(root, page), 'utf8')
  const targets = [...text.matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(([, target]) => target!)
  const inside = targets.filter((target) => !/^https?:/.test(target))
  const missing = inside.filter((target) => {
    const at = path.posix.join(path.posix.dirname(page), target)
    return !existsSync(path.join(root, at)) || !files.some((file) => at === file || at.startsWith(`${file}/`))
  })
  expect(missing).toEqual([])
})

const folders = ['lib', 'native', 'scripts', 'test', 'bench', 'docs', 'examples', 'models']
const allPages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...sourceFiles(folders, /\.md$/),
]
const allFiles = sourceFiles(folders, /./)
const fileNames = new Set(allFiles.map((file) => path.posix.basename(file)))

/** Paths in a text that lead nowhere. `{a,b}` is each of them, `*` any name. */
function brokenPaths(text: string): string[] {
  // Not what is part of a longer path or of a package's name.
  const found = text.matchAll(
    /(?<![\w@./-])(?:lib|native|scripts|test)\/[\w./{},*-]+(?![\w./{},*-]|`? \(not there yet\))/g,
  )
  return [...found]
    .map(([written]) => written.replace(/[.,/{-]+$/, ''))
    .filter((written) => !spelledOut(written).every(isThere))
}

function isThere(written: string): boolean {
  if (!written.includes('*')) return existsSync(path.join(root, written))
  const pattern = new RegExp(`^${written.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`)
  return allFiles.some((file) => pattern.test(file))
}

function spelledOut(written: string): string[] {
  const braces = /^([^{]*)\{([^}]*)\}(.*)$/.exec(written)
  if (braces === null) return [written]
  const [, before, each, after] = braces
  return each!.split(',').flatMap((one) => spelledOut(before + one + after))
}

/** Names of files in a text, whatever folder they lie in, that no file has; <cstdio> and the like are others'. */
function unknownNames(text: string): string[] {
  const found = text.matchAll(/(?<![\w<./-])(?:[\w.-]+\/)*([\w-]+\.(?:ts|mjs|cc|h))\b/g)
  return [...found].flatMap(([written, name]) => (fileNames.has(name!) ? [] : [written]))
}

const commentOf = (line: string): string => /(?:\/\/|\/\*|^\s*\*)(.*)$/.exec(line)?.[1] ?? ''

test('every path that a page names is there', () => {
  const broken = allPages.map((page) => [page, brokenPaths(sourceText(page))] as const)
  const faults = broken.filter(([, paths]) => paths.length > 0)
  expect(faults).toEqual([])
})

test('every path and file that a comment in lib/ or native/ names is there', () => {
  const faults = sourceFiles(['lib', 'native'], /\.(ts|cc|h)$/).flatMap((file) => {
    const comments = sourceText(file).split('\n').map(commentOf).join('\n')
    return [...brokenPaths(comments), ...unknownNames(comments)].map((name) => `${file}: ${name}`)
  })
  expect(faults).toEqual([])
})

test.each<[string, readonly string[]]>([
  ['`lib/base/seen.ts`, lib/base. and `lib/{kv,base}` are there', []],
  ['`lib/base/scene.ts`', ['lib/base/scene.ts']],
  ['`test/{unit,units}`', ['test/{unit,units}']],
  ['native/bind_*.cc', []],
  ['native/bound_*.cc', ['native/bound_*.cc']],
  ['node_modules/a/lib/b.js and espalier/native/x', []],
  ['`lib/remote` (not there yet)', []],
])('%s: what leads nowhere is seen', (text, broken) => {
  expect(brokenPaths(text)).toEqual(broken)
})

test('a file name that no file has is seen', () => {
  expect(unknownNames('see scene.ts, seen.ts, base/seen.ts and <cxxabi.h>')).toEqual(['scene.ts'])
})
