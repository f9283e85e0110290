// What the published pages point at is published, too: a stranger has no repository.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { sourceFiles } from '../../scripts/source-files.mjs'

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
