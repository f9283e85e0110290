// Where models are looked for, on each platform with each setting: a table of machines that are only described. The
// folders are those the programs document.
import path from 'node:path'
import type { Machine } from '../../../lib/files/machine.js'
import { type ModelStore, placesOf } from '../../../lib/files/stores.js'
import { madeHome, put } from '../../support/model-folders.js'

const { home, remove } = madeHome()
afterAll(remove)

const windows = { LOCALAPPDATA: path.join(home, 'Local'), APPDATA: path.join(home, 'Roaming') }

async function foldersOf(store: ModelStore, over: Partial<Machine>): Promise<string[]> {
  const places = await placesOf({ platform: 'linux', home, environment: {}, ...over }, store)
  expect(places.every((place) => place.store === store)).toBe(true)
  return places.map(({ folder }) => (folder.startsWith(home) ? path.relative(home, folder) : folder))
}

test.each<[ModelStore, NodeJS.Platform, Record<string, string>, string[]]>([
  ['lmstudio', 'linux', {}, ['.lmstudio/models', '.cache/lm-studio/models']],
  ['lmstudio', 'win32', windows, ['.lmstudio/models', '.cache/lm-studio/models']],
  [
    'ollama',
    'linux',
    {},
    ['.ollama/models', '/usr/share/ollama/.ollama/models', '/var/lib/ollama', '/var/lib/ollama/models'],
  ],
  ['ollama', 'darwin', { OLLAMA_MODELS: '/big/ollama' }, ['/big/ollama', '.ollama/models']],
  ['ollama', 'win32', windows, ['.ollama/models']],
  ['hf', 'linux', {}, ['.cache/huggingface/hub']],
  ['hf', 'linux', { XDG_CACHE_HOME: '/cache' }, ['/cache/huggingface/hub']],
  ['hf', 'darwin', { HF_HOME: '~/hf', XDG_CACHE_HOME: '/cache' }, ['hf/hub']],
  ['hf', 'win32', { ...windows, HUGGINGFACE_HUB_CACHE: '/hub', HF_HOME: '/other' }, ['/hub']],
  ['hf', 'linux', { HF_HUB_CACHE: '/first', HUGGINGFACE_HUB_CACHE: '/second' }, ['/first']],
  ['hf', 'linux', { LLAMA_CACHE: '/llama' }, ['.cache/huggingface/hub', '/llama']],
  ['llamacpp', 'linux', {}, ['.cache/llama.cpp']],
  ['llamacpp', 'linux', { LLAMA_CACHE: '/llama', XDG_CACHE_HOME: '/cache' }, ['/llama', '/cache/llama.cpp']],
  ['llamacpp', 'darwin', {}, ['Library/Caches/llama.cpp']],
  ['llamacpp', 'win32', windows, ['Local/llama.cpp']],
  [
    'jan',
    'linux',
    {},
    [
      '.local/share/Jan/data/llamacpp/models',
      '.local/share/Jan/data/models',
      'jan/llamacpp/models',
      'jan/models',
    ],
  ],
  [
    'jan',
    'win32',
    { ...windows, JAN_DATA_FOLDER: '/jan' },
    [
      '/jan/llamacpp/models',
      '/jan/models',
      'Roaming/Jan/data/llamacpp/models',
      'Roaming/Jan/data/models',
      'jan/llamacpp/models',
      'jan/models',
    ],
  ],
  ['gpt4all', 'linux', {}, ['.local/share/nomic.ai/GPT4All']],
  ['gpt4all', 'linux', { XDG_DATA_HOME: '/data' }, ['/data/nomic.ai/GPT4All']],
  ['gpt4all', 'darwin', {}, ['Library/Application Support/nomic.ai/GPT4All']],
  ['gpt4all', 'win32', windows, ['Local/nomic.ai/GPT4All']],
])('%s on %s with %j', async (store, platform, environment, folders) => {
  expect(await foldersOf(store, { platform, environment })).toEqual(folders)
})

test.each<[ModelStore, NodeJS.Platform, string, string, string]>([
  ['lmstudio', 'linux', '.lmstudio-home-pointer', '/moved/lms\n', '/moved/lms/models'],
  ['lmstudio', 'darwin', '.lmstudio/settings.json', '{"downloadsFolder":"~/far/models"}', 'far/models'],
  ['jan', 'linux', '.local/share/Jan/settings.json', '{"data_folder":"/d/jan"}', '/d/jan/llamacpp/models'],
  ['jan', 'win32', 'Roaming/Jan/settings.json', '{"data_folder":"/d/jan"}', '/d/jan/llamacpp/models'],
  ['gpt4all', 'linux', '.config/nomic.ai/GPT4All.ini', '[General]\nmodelPath=/d/gpt\n', '/d/gpt'],
  ['gpt4all', 'win32', 'Roaming/nomic.ai/GPT4All.ini', '[General]\r\nmodelPath=/d/gpt\r\n', '/d/gpt'],
])('%s on %s: %s names another folder', async (store, platform, file, text, folder) => {
  const made = madeHome()
  try {
    put(path.join(made.home, file), text)
    const environment = {
      LOCALAPPDATA: path.join(made.home, 'Local'),
      APPDATA: path.join(made.home, 'Roaming'),
    }
    const places = await placesOf({ platform, home: made.home, environment }, store)
    expect(places.map((place) => place.folder)).toContain(path.resolve(made.home, folder))
  } finally {
    made.remove()
  }
})

test.each(['{', '[]', 'null', '{"downloadsFolder":7}', '{"downloadsFolder":"not/absolute"}', '\0'])(
  'a settings file that holds %j names nothing',
  async (text) => {
    const made = madeHome()
    try {
      put(path.join(made.home, '.lmstudio', 'settings.json'), text)
      put(path.join(made.home, '.lmstudio-home-pointer'), '')
      const places = await placesOf({ platform: 'linux', home: made.home, environment: {} }, 'lmstudio')
      expect(places).toHaveLength(2)
    } finally {
      made.remove()
    }
  },
)

test('who has no home is looked at where the environment and the system say', async () => {
  const nowhere = {
    platform: 'linux' as const,
    home: '',
    environment: { OLLAMA_MODELS: '/o', HF_HOME: 'relative' },
  }
  const places = await placesOf(nowhere, null)
  expect(new Set(places.map(({ store }) => store))).toEqual(new Set(['ollama']))
  expect(places[0]!.folder).toBe('/o')
})

test('all programs together are each of them in turn', async () => {
  const machine = { platform: 'darwin' as const, home, environment: {} }
  const all = await placesOf(machine, null)
  const stores = [...new Set(all.map(({ store }) => store))]
  expect([...stores].sort()).toEqual(['gpt4all', 'hf', 'jan', 'llamacpp', 'lmstudio', 'ollama'])
  const each = await Promise.all(stores.map((store) => placesOf(machine, store)))
  expect(all).toEqual(each.flat())
})
