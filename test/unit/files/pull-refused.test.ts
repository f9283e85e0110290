// A pull against a hub that lies, for names that are wrong, on machines that have no room. Judges by the error, and by
// what is in the cache.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import path from 'node:path'
import { findModels } from '../../../lib/files/find.js'
import { hubReference } from '../../../lib/files/hub/pull.js'
import { modelPath } from '../../../lib/files/locate.js'
import { type Behaviour, FakeProxy, sha256, token } from '../../support/fake-hub.js'
import { machineAt, put } from '../../support/model-folders.js'
import {
  answer,
  blobs,
  endless,
  failure,
  folder,
  home,
  hub,
  model,
  name,
  pull,
  put1,
  told,
} from '../../support/pulling.js'

describe('a server that lies', () => {
  test.each<[string, Behaviour, string[]]>([
    ['with a longer length', answer(200, { 'content-length': '300001' }), ['300001 bytes', '300000']],
    ['with a shorter length', answer(200, { 'content-length': '5' }, 'GGUF.'), ['5 bytes', '300000']],
    ['with bytes without end', endless(Buffer.alloc(1 << 16, 'GGUF')), ['longer than 300000']],
    ['with a page', answer(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>'), ['a page']],
    ['with another kind of file', answer(200, {}, Buffer.alloc(300_000, 'PK')), ['no GGUF file']],
    ['with a packed file', answer(200, { 'content-encoding': 'gzip' }, 'GGUF'), ['packed (gzip)']],
  ])('%s', async (_, behave, said) => {
    put1('m.gguf')
    hub.behaviours.push(behave)
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_UNEXPECTED', ...said))
    expect(existsSync(path.join(folder(), 'snapshots'))).toBe(false)
    expect(existsSync(path.join(folder(), 'refs'))).toBe(false)
  })

  test('about a part of the file', async () => {
    const content = put1('m.gguf')
    put(path.join(folder(), 'blobs', `${sha256(content)}.incomplete`), content.subarray(0, 1000))
    hub.behaviours.push(answer(206, { 'content-range': 'bytes 1000-9/7' }))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_UNEXPECTED', '7 bytes'))
  })

  test('with another content: both hashes are told, and it is removed', async () => {
    const content = put1('m.gguf')
    const other = model(300_000, 2)
    hub.behaviours.push(answer(200, { 'content-length': '300000' }, other))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(
      failure('PULL_HASH_DIFFERS', sha256(other), sha256(content)),
    )
    expect(blobs()).toEqual([])
  })

  test('with no length, and right bytes: they are taken', async () => {
    const content = put1('m.gguf')
    hub.behaviours.push(({ response, content: all }) => {
      response.writeHead(200)
      response.write(all.subarray(0, 10), () => response.end(all.subarray(10)))
    })
    expect(readFileSync((await pull('hf:org/repo-GGUF/m.gguf')).path).equals(content)).toBe(true)
  })

  test('as the file became another between two answers', async () => {
    put1('m.gguf')
    hub.behaviours.push(({ response, content: all }) => {
      hub.content.set(`${name}/m.gguf`, model(300_000, 3))
      response.writeHead(200, { 'content-length': '300000' })
      response.write(all.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20))
    })
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(
      failure('PULL_UNEXPECTED', 'has become another', sha256(model(300_000, 3))),
    )
  })

  test.each<[string, Behaviour]>([
    ['no JSON', answer(200, {}, '<html>')],
    ['no commit', answer(200, {}, '{"sha":"../../x"}')],
    ['JSON without end', endless(Buffer.alloc(1 << 20, ' '))],
  ])('with %s where its interface is', async (_, behave) => {
    put1('m.gguf')
    hub.hubBehaviours.push(behave)
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_UNEXPECTED', 'HF_ENDPOINT'))
  })

  test('and sends us elsewhere without end, or to no place to go', async () => {
    put1('m.gguf')
    const on: Behaviour = ({ response }) =>
      void response.writeHead(302, { location: `${hub.otherHost}/x` }).end()
    hub.behaviours.push(...Array.from({ length: 20 }, () => on))
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_REDIRECT', '10 times'))
    for (const location of ['file:///etc/passwd', 'ftp://x/y', 'http://']) {
      hub.behaviours.length = 0
      hub.behaviours.push(({ response }) => void response.writeHead(302, { location }).end())
      await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('PULL_REDIRECT', location))
    }
  })

  test.each([
    '../../../outside.gguf',
    '/outside.gguf',
    'a\\..\\outside.gguf',
    'con.gguf',
    'sub/aux.gguf',
    'C:outside.gguf',
    'a?.gguf',
    'a\n.gguf',
    `${'x'.repeat(300)}.gguf`,
  ])('with the file name %j: it is not offered', async (file) => {
    put1('good.gguf')
    put1('odd.gguf', model(1000, 2))
    hub.lies.set(`${name}/odd.gguf`, { path: file })
    const pulled = await pull('hf:org/repo-GGUF')
    expect(path.basename(pulled.path)).toBe('good.gguf')
    expect(readdirSync(home)).toEqual(['.cache'])
  })

  test.each([
    { lfs: { oid: '../x', size: 5 } },
    { lfs: { oid: 'a'.repeat(64), size: -1 } },
    { lfs: { oid: 7 } },
  ])('with %j: it is not offered', async (lie) => {
    put1('good.gguf')
    put1('odd.gguf', model(1000, 2))
    hub.lies.set(`${name}/odd.gguf`, lie)
    expect(path.basename((await pull('hf:org/repo-GGUF')).path)).toBe('good.gguf')
  })
})

describe('names', () => {
  test('a tag, a part of a split model, a folder; a projector only by its own name', async () => {
    put1('m-Q4_K_M.gguf', model(1000, 1))
    put1('m-Q4_K_S.gguf', model(1000, 2))
    put1('mmproj-f16.gguf', model(1000, 3))
    for (const part of [1, 2, 3]) put1(`big/x-Q8_0-0000${part}-of-00003.gguf`, model(1000, 10 + part))
    const got = async (reference: string): Promise<string> => (await pull(reference)).reference
    expect(await got('hf:org/repo-GGUF:q4_k_m')).toBe('hf:org/repo-GGUF/m-Q4_K_M.gguf')
    expect(await got('hf:org/repo-GGUF/mmproj-f16.gguf')).toBe('hf:org/repo-GGUF/mmproj-f16.gguf')
    const whole = 'hf:org/repo-GGUF/big/x-Q8_0-00001-of-00003.gguf'
    expect(await got('hf:org/repo-GGUF:Q8_0')).toBe(whole)
    expect(await got('hf:org/repo-GGUF/big/x-Q8_0-00002-of-00003.gguf')).toBe(whole)
    expect(told.at(-1)!.bytesTotal).toBe(3000)
    const { files } = await findModels(machineAt(home))
    expect(files.find(({ reference }) => reference === whole)!.bytes).toBe(3000)
    await expect(pull('hf:org/repo-GGUF')).rejects.toEqual(
      failure('REFERENCE_AMBIGUOUS', '3 models', 'm-Q4_K_M.gguf', 'm-Q4_K_S.gguf'),
    )
  })

  test('a revision: its ref is kept, and load finds it by that', async () => {
    put1('m.gguf')
    for (const revision of ['v1', 'refs/pr/7']) {
      const { reference, path: file } = await pull(`hf:org/repo-GGUF@${revision}/m.gguf`)
      expect(reference).toBe(`hf:org/repo-GGUF@${revision}/m.gguf`)
      expect(await modelPath(reference, machineAt(home))).toBe(file)
    }
    expect(existsSync(path.join(folder(), 'refs', 'main'))).toBe(false)
    await expect(pull('hf:org/repo-GGUF@v2/m.gguf')).rejects.toEqual(
      failure('MODEL_NOT_ON_HUB', 'no such revision'),
    )
  })

  test('a file that is not there: the nearest ones are told', async () => {
    put1('Qwen3-4B-Q4_K_M.gguf')
    put1('Qwen3-4B-Q8_0.gguf')
    await expect(pull('hf:org/repo-GGUF/qwen3-4b-q5_k_m.gguf')).rejects.toEqual(
      failure('MODEL_NOT_ON_HUB', 'Near it: Qwen3-4B-Q4_K_M.gguf'),
    )
    await expect(pull('hf:org/repo-GGUF:Q2_K')).rejects.toEqual(failure('MODEL_NOT_ON_HUB', 'Q2_K'))
    hub.lies.set(`${name}/Qwen3-4B-Q4_K_M.gguf`, { path: 'model.safetensors' })
    hub.lies.set(`${name}/Qwen3-4B-Q8_0.gguf`, { path: 'readme.md' })
    await expect(pull('hf:org/repo-GGUF')).rejects.toEqual(failure('MODEL_NOT_ON_HUB', 'no GGUF files'))
  })

  test.each([
    ['hf:org/none', answer(401, { 'x-error-code': 'RepoNotFound' }), 'MODEL_NOT_ON_HUB', 'set HF_TOKEN'],
    ['hf:org/none', answer(404), 'MODEL_NOT_ON_HUB', 'org/none'],
    ['hf:org/gated', answer(403, { 'x-error-code': 'GatedRepo' }), 'MODEL_GATED', 'terms'],
    ['hf:org/gated', answer(401, { 'x-error-code': 'GatedRepo' }), 'MODEL_GATED', 'HF_TOKEN'],
    ['hf:org/odd', answer(400), 'PULL_REFUSED', '400'],
  ])('%s', async (reference, behave, code, said) => {
    hub.hubBehaviours.push(behave)
    await expect(pull(reference)).rejects.toEqual(failure(code, said))
  })

  test.each<[unknown, string]>([
    ['model.gguf', 'hf:org/repo/file.gguf'],
    ['ollama:qwen3', 'hf:org/repo/file.gguf'],
    [7, '7'],
    [undefined, 'undefined'],
    ['https://huggingface.co/o/r/blob/main/d/m.gguf', 'That is hf:o/r/d/m.gguf'],
    ['https://huggingface.co/o/r/resolve/v1/m.gguf?download=true', 'That is hf:o/r@v1/m.gguf'],
    ['https://huggingface.co/o/r', 'That is hf:o/r'],
  ])('%j is refused', (reference, said) => {
    expect(() => hubReference(reference)).toThrow(failure('ARGUMENT_INVALID', said))
  })

  test('a small file that is kept in Git itself is known by its name there', async () => {
    const content = put1('m.gguf', model(2000))
    const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
    hub.lies.set(`${name}/m.gguf`, { lfs: undefined, oid })
    await pull('hf:org/repo-GGUF/m.gguf')
    expect(blobs()).toEqual([oid])
  })
})

describe('the machine', () => {
  test('without room on the disk: nothing is asked for', async () => {
    put1('m.gguf')
    hub.lies.set(`${name}/m.gguf`, { lfs: { oid: 'f'.repeat(64), size: 2 ** 52 } })
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('DISK_FULL', 'GB', 'HF_HUB_CACHE'))
    expect(hub.ranges).toEqual([])
  })

  test('with a cache that is no folder', async () => {
    put1('m.gguf')
    put(path.join(home, 'file'), '')
    const environment = { HF_HUB_CACHE: path.join(home, 'file', 'hub') }
    await expect(pull('hf:org/repo-GGUF/m.gguf', { environment })).rejects.toEqual(
      failure('PULL_NOT_WRITTEN', '~'),
    )
  })

  test('whose disk fills up meanwhile', async () => {
    put1('m.gguf')
    const open = fsPromises.open
    jest.spyOn(fsPromises, 'open').mockImplementation(async (...given) => {
      const handle = await open(...given)
      const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
      if (String(given[0]).endsWith('.incomplete')) handle.write = async () => Promise.reject(full)
      return handle
    })
    await expect(pull('hf:org/repo-GGUF/m.gguf')).rejects.toEqual(failure('DISK_FULL', 'kept'))
  })

  test.each(['hard link', 'copy'])('without links to other files: a %s takes its place', async (way) => {
    const content = put1('deep/m.gguf')
    const refused = async (): Promise<never> => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
    }
    jest.spyOn(fsPromises, 'symlink').mockImplementation(refused)
    if (way === 'copy') jest.spyOn(fsPromises, 'link').mockImplementation(refused)
    const { path: file } = await pull('hf:org/repo-GGUF/deep/m.gguf')
    expect(realpathSync(file)).toBe(realpathSync(path.dirname(file)) + path.sep + path.basename(file))
    expect(readFileSync(file).equals(content)).toBe(true)
    await pull('hf:org/repo-GGUF/deep/m.gguf')
    expect(hub.ranges).toHaveLength(1)
  })

  test('behind a proxy that is not there says so, without what stands in its address', async () => {
    const environment = { HTTP_PROXY: 'http://me:secret@127.0.0.1:9' }
    const error = await pull('hf:org/repo-GGUF/m.gguf', { environment }).catch((one: unknown) => one)
    expect(error).toEqual(failure('PULL_FAILED', 'HTTP_PROXY is set, NO_PROXY names hosts to ask without it'))
    expect((error as Error).message).not.toContain('secret')
  })

  test('behind a proxy asks through it, and not for hosts it is not for', async () => {
    put1('m.gguf')
    const proxy = await FakeProxy.start()
    try {
      const environment = { HTTP_PROXY: proxy.address, HF_TOKEN: token }
      await pull('hf:org/repo-GGUF/m.gguf', { environment })
      const hosts = [hub.endpoint, hub.otherHost].map((url) => new URL(url).host)
      expect(new Set(proxy.tunnels)).toEqual(new Set(hosts))
      proxy.tunnels.length = 0
      await pull('hf:org/repo-GGUF/m.gguf', { environment: { ...environment, NO_PROXY: '127.0.0.1' } })
      expect(proxy.tunnels).toEqual([])
    } finally {
      await proxy.stop()
    }
  })

  test.each([
    [{ HF_HUB_OFFLINE: '1' }, 'PULL_OFFLINE', 'HF_HUB_OFFLINE'],
    [{ HF_ENDPOINT: 'huggingface.co' }, 'HUB_ENDPOINT_INVALID', 'https://'],
    [{ HF_ENDPOINT: 'file:///x' }, 'HUB_ENDPOINT_INVALID', 'https://'],
    [{ HF_TOKEN: 'hf_a\r\nx-evil: 1' }, 'HUB_TOKEN_INVALID', 'token'],
  ])('with %j', async (environment, code, said) => {
    put1('m.gguf')
    await expect(pull('hf:org/repo-GGUF/m.gguf', { environment })).rejects.toEqual(failure(code, said))
    expect(hub.asked).toEqual([])
  })
})
