// Words, rows of signs and white space of any length are tokenized, or refused: llama.cpp's splitters step into
// themselves once a character, which used to end the process at some 24,000 of them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { vocabularyPath } from '../support/real-vocabularies.js'
import { root } from './demo.js'

test('many splitters, many kinds of words', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-long-words-'))
  try {
    const script = path.join(root, 'test', 'support', 'long-words.mjs')
    const printed = execFileSync(process.execPath, [script, vocabularyPath('gpt-2'), folder], {
      encoding: 'utf8',
    })
    expect(printed).toBe('done\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
