// @ts-check
// Whether native/ is written as .clang-format says, by the clang-format on the path or in CLANG_FORMAT (versions 14 to
// 19 agree). Prints the files that are not, and exits with 1 where there are some; `--write` formats them. Also run as
// a test where the tool is there.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, sourceFiles } from './source-files.mjs'

const tool = process.env.CLANG_FORMAT ?? 'clang-format'

export const hasClangFormat = spawnSync(tool, ['--version']).status === 0

/** @param {string} text @param {string} file for its kind and its style @returns {string} */
export function formatted(text, file) {
  const { status, stdout, stderr } = spawnSync(tool, [`--assume-filename=${file}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${tool} failed on ${file}: ${stderr}`)
  return stdout
}

/** @returns {string[]} files that are written otherwise */
export function unformattedFiles() {
  const files = sourceFiles(['native'], /\.(cc|h)$/)
  // As a rule there are none, which one call tells of all.
  if (spawnSync(tool, ['--dry-run', '-Werror', ...files], { cwd: root }).status === 0) return []
  return files.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return formatted(text, file) !== text
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = unformattedFiles()
  const writes = process.argv.includes('--write')
  for (const file of files) {
    console.log(file)
    if (writes) writeFileSync(join(root, file), formatted(readFileSync(join(root, file), 'utf8'), file))
  }
  process.exitCode = files.length > 0 && !writes ? 1 : 0
}
