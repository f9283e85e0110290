// @ts-check
// The demo model with another chat template: a copy of its file with one metadata entry changed. Knows the layout of
// GGUF files as gguf-writer does.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rawMetadata } from '../../scripts/gguf-metadata.mjs'
import { u32, u64 } from '../../scripts/gguf-writer.mjs'

const demo = fileURLToPath(new URL('../../models/espalier-demo-q8_0.gguf', import.meta.url))
const key = 'tokenizer.chat_template'
const STRING = 8
const ALIGNMENT = 32

/** @param {string} template @returns {string} path of the file, in a folder of its own */
export function modelWithTemplate(template) {
  const file = readFileSync(demo)
  const entries = Object.entries(rawMetadata(file, ''))
  const sizeOf = (/** @type {[string, { bytes: Buffer }]} */ [name, { bytes }]) =>
    8 + Buffer.byteLength(name) + bytes.length
  const infos = entries.reduce((sum, entry) => sum + sizeOf(entry), 24)
  const infosEnd = endOfInfos(file, infos)
  const text = Buffer.from(template)
  const value = Buffer.concat([u32(STRING), u64(text.length), text])
  const kept = entries.filter(([name]) => name !== key).map(([name, { bytes }]) => entryOf(name, bytes))
  const head = Buffer.concat([
    file.subarray(0, 16),
    u64(kept.length + 1),
    ...kept,
    entryOf(key, value),
    file.subarray(infos, infosEnd),
  ])
  const data = file.subarray(aligned(infosEnd))
  const path = join(mkdtempSync(join(tmpdir(), 'espalier-template-')), 'model.gguf')
  writeFileSync(path, Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length), data]))
  return path
}

/** @param {Buffer} file @param {number} start */
function endOfInfos(file, start) {
  let at = start
  for (let tensor = Number(file.readBigUInt64LE(8)); tensor > 0; tensor--) {
    at += 8 + Number(file.readBigUInt64LE(at))
    at += 4 + 8 * file.readUInt32LE(at) + 4 + 8
  }
  return at
}

const aligned = (/** @type {number} */ at) => Math.ceil(at / ALIGNMENT) * ALIGNMENT

/** @param {string} name @param {Buffer} value */
const entryOf = (name, value) => Buffer.concat([u64(Buffer.byteLength(name)), Buffer.from(name), value])
