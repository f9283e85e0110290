// "espalier doctor" on this machine: all is well where all is well, and what is broken is exit code 1 with its check
// named; whatever is printed holds neither the home folder nor the user's name.
import { homedir, hostname, userInfo } from 'node:os'
import path from 'node:path'
import type { Section } from '../../lib/cli/doctor/check.js'
import { espalier, widest } from '../support/fake-terminal.js'
import { root } from './demo.js'

const { ESPALIER_CACHE_DIR } = process.env
afterEach(() => {
  if (ESPALIER_CACHE_DIR === undefined) delete process.env.ESPALIER_CACHE_DIR
  else process.env.ESPALIER_CACHE_DIR = ESPALIER_CACHE_DIR
})

interface Told {
  readonly ok: boolean
  readonly sections: readonly Section[]
}

test('all is well here, and the self-test fills, forks, rolls back and decodes nothing twice', async () => {
  const { status, out, err } = await espalier(['doctor', '--json'])
  expect([status, err]).toEqual([0, ''])
  const { ok, sections } = JSON.parse(out) as Told
  expect(ok).toBe(true)
  expect(sections.map(({ title }) => title)).toEqual([
    ...['Versions', 'Package', 'Machine', 'Folders', 'Settings', 'llama.cpp', 'Self-test'],
  ])
  const test = sections.at(-1)!.checks
  expect(test.map(({ name, state }) => [name, state])).toEqual(
    ['open', 'holes', 'forks', 'decoded once', 'rollback'].map((name) => [name, 'ok']),
  )
  const [, decoded, unique] = /(\d+) tokens decoded, (\d+) that differ/.exec(test[3]!.found)!
  expect([decoded, Number(decoded) > 50]).toEqual([unique, true])
})

test('a folder that can not be written to is exit code 1, and the rest is told all the same', async () => {
  process.env.ESPALIER_CACHE_DIR = path.join(root, 'package.json', 'below')
  const { status, out, err } = await espalier(['doctor'])
  expect(status).toBe(1)
  expect(err).toBe('espalier: 1 check found something wrong: cache.\n')
  expect(out).toMatch(/wrong cache .*is\s+a\s+file/s)
  expect(out).toContain('Self-test')
  const json = await espalier(['doctor', '--json'])
  expect([json.status, (JSON.parse(json.out) as Told).ok]).toEqual([1, false])
})

test('a text without names, in 80 columns', async () => {
  // Below the home folder, so that there is a path to write otherwise.
  process.env.ESPALIER_CACHE_DIR = path.join(homedir(), '.cache', 'espalier-none')
  for (const argv of [['doctor'], ['doctor', '--json']]) {
    const { status, out } = await espalier(argv)
    expect(status).toBe(0)
    expect(out).not.toContain(homedir())
    expect(out).toContain(path.join('~', '.cache', 'espalier-none'))
    expect(out).not.toContain(hostname())
    const { username } = userInfo()
    if (username !== 'root') expect(out).not.toContain(username)
  }
  expect(widest((await espalier(['doctor'])).out)).toBeLessThanOrEqual(80)
})

test('an interrupt ends it with what was looked at', async () => {
  const ended = new AbortController()
  const { status, out } = await espalier(['doctor'], {
    signal: ended.signal,
    onOut: (text) => {
      if (text.includes('Settings')) ended.abort(new Error('enough'))
    },
  })
  expect(status).toBe(130)
  expect(out).not.toContain('Self-test')
})
